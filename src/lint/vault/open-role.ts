/** A role that binds no tenant: an audience, a network, or what every tenant has. */

import { type Rule } from '../rule.ts';
import { isOpen } from '../trust.ts';
import { shownToken } from '../witness.ts';
import { type VaultTrust } from './login.ts';

export const openRole: Rule<VaultTrust> = {
  id: 'vault-open-role',
  severity: 'critical',
  title: 'a role that binds no tenant',
  reason: 'any tenant of the issuer logs in: an audience is asked for freely, and a network is shared',
  fix: 'bind an immutable id of your organization, and of what in it, in bound_claims',
  find: (trust) => {
    const { part, questions, role } = trust;
    if (!isOpen(trust, part)) return [];
    const witness = questions.spread(part.tokens, 'organization', part.values);
    const bound = [
      ...Object.keys(role.bound_claims ?? {}),
      ...((role.bound_audiences ?? []).length > 0 ? ['the audience'] : []),
      ...((role.token_bound_cidrs ?? []).length > 0 ? ['the network'] : []),
    ];
    const what = bound.length === 0 ? 'nothing' : bound.join(', ');
    return [
      {
        message: `${what} is bound, which tokens of other tenants have as well`,
        path: 'role.bound_claims',
        ...(witness === undefined ? {} : { witness: shownToken(witness) }),
      },
    ];
  },
};
