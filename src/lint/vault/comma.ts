/** Commas in bound values: the provider for Terraform and Pulumi splits there, and the value becomes an OR. */

import { text } from '../../trust/language/regular.ts';
import { claimIn } from '../../trust/tokens/token-set.ts';
import { type BoundValue, type VaultJwtRole } from '../../trust/vault/role.ts';
import { tokensOfVaultRole } from '../../trust/vault/tokens.ts';
import { type Found, type Rule } from '../rule.ts';
import { specIn } from '../trust.ts';
import { shownToken } from '../witness.ts';
import { boundValues } from './bound-values.ts';
import { type VaultTrust } from './login.ts';

export const comma: Rule<VaultTrust> = {
  id: 'vault-comma',
  severity: 'high',
  title: 'a comma in a bound value',
  reason: 'the Vault provider of Terraform and Pulumi splits the value at commas: any of the pieces is let in',
  fix: 'write a role for each value, or set disable_bound_claims_parsing where the comma is meant',
  find: (trust) =>
    boundValues(trust).flatMap(({ claim, value }): Found[] => {
      if (typeof value !== 'string' || !value.includes(',') || isMeant(trust, claim)) return [];
      const pieces = value.split(',').map((piece) => piece.trim());
      const split = splitRole(trust.role);
      const last = text(pieces.at(-1) ?? '');
      const { questions } = trust;
      const witness =
        questions.find(tokensOfVaultRole(split, {}), claimIn(claim, last)) ??
        questions.find(tokensOfVaultRole(split, {}));
      return [
        {
          message: `\`${value}\` on \`${claim}\` lets in ${pieces.map((piece) => `\`${piece}\``).join(' or ')}`,
          path: `role.bound_claims.${claim}`,
          ...(witness === undefined ? {} : { witness: shownToken(witness) }),
        },
      ];
    }),
};

/** Where nothing splits, a free text may hold a comma. */
function isMeant(trust: VaultTrust, claim: string): boolean {
  const alphabet = specIn(trust, claim)?.alphabet;
  return !trust.splitsCommas && (alphabet === 'text' || alphabet === 'url');
}

/** The role as the provider writes it. */
export function splitRole(role: VaultJwtRole): VaultJwtRole {
  const entries = Object.entries(role.bound_claims ?? {}).map(([claim, bound]): [string, readonly BoundValue[]] => [
    claim,
    [bound]
      .flat()
      .flatMap((value: BoundValue | readonly BoundValue[]): readonly BoundValue[] =>
        typeof value === 'string' ? value.split(',').map((piece) => piece.trim()) : [value].flat(),
      ),
  ]);
  return { ...role, bound_claims: Object.fromEntries(entries) };
}
