/** A `*` that is no wildcard: without bound_claims_type glob, and in bound_subject, it is itself. */

import { tokensOfVaultRole } from '../../trust/vault/tokens.ts';
import { type VaultJwtRole } from '../../trust/vault/role.ts';
import { type Found, type Rule } from '../rule.ts';
import { shownToken } from '../witness.ts';
import { boundValues, isGlob } from './bound-values.ts';
import { type VaultTrust } from './login.ts';

export const deadPattern: Rule<VaultTrust> = {
  id: 'vault-dead-pattern',
  severity: 'low',
  title: 'a `*` that is no wildcard',
  reason: 'the `*` is a literal there, so that nobody logs in',
  fix: 'set bound_claims_type to glob, and bind `sub` in bound_claims where it is a pattern; or write the exact value',
  find: (trust) => {
    const { role } = trust;
    const subject = role.bound_subject ?? '';
    const dead = isGlob(trust) ? [] : boundValues(trust).filter(({ value }) => String(value).includes('*'));
    const places = [
      ...dead.map(({ claim, value }) => ({ path: `role.bound_claims.${claim}`, value: String(value) })),
      ...(subject.includes('*') ? [{ path: 'role.bound_subject', value: subject }] : []),
    ];
    return places.map(({ path, value }): Found => {
      const witness = trust.questions.find(tokensOfVaultRole(meant(role), {}));
      return {
        message: `\`${value}\` is compared as it stands, \`*\` included`,
        path,
        ...(witness === undefined ? {} : { witness: shownToken(witness, false) }),
      };
    });
  },
};

/** The role that its author had in mind. */
function meant(role: VaultJwtRole): VaultJwtRole {
  const { bound_subject: subject = '', ...rest } = role;
  const bound = subject === '' ? role.bound_claims : { ...role.bound_claims, sub: subject };
  return { ...rest, bound_claims_type: 'glob', ...(bound === undefined ? {} : { bound_claims: bound }) };
}
