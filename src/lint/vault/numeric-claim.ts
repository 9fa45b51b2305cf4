/** Numbers as bound values: Vault cuts fractions off, and large ids collide. */

import { tokensOfVaultRole } from '../../trust/vault/tokens.ts';
import { type Rule } from '../rule.ts';
import { shownToken } from '../witness.ts';
import { boundValues } from './bound-values.ts';
import { type VaultTrust } from './login.ts';

export const numericClaim: Rule<VaultTrust> = {
  id: 'vault-numeric-claim',
  severity: 'medium',
  title: 'a number as a bound value',
  reason: 'Vault truncates the numbers of a token and keeps about 15 digits: different ids are taken for one',
  fix: 'bind a claim that is a string, and write the value in quotes',
  find: (trust) =>
    boundValues(trust).flatMap(({ claim, value }) => {
      if (typeof value !== 'number') return [];
      const { questions, part, role } = trust;
      const found = questions.find(part.tokens);
      const fraction = Number.isSafeInteger(value * 2) ? value + Math.sign(value || 1) / 2 : value;
      const witness =
        found === undefined
          ? questions.find(tokensOfVaultRole(asTexts(role), {}))
          : { ...found, claims: { ...found.claims, [claim]: fraction } };
      return [
        {
          message: `${value} on \`${claim}\` is compared as a number`,
          path: `role.bound_claims.${claim}`,
          ...(witness === undefined ? {} : { witness: shownToken(witness, found !== undefined) }),
        },
      ];
    }),
};

/** The role as an issuer whose ids are strings would need it. */
const asTexts = (role: VaultTrust['role']): VaultTrust['role'] => ({
  ...role,
  bound_claims: Object.fromEntries(
    Object.entries(role.bound_claims ?? {}).map(([claim, bound]) => [claim, [bound].flat().map(String)]),
  ),
});
