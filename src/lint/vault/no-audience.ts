/** A role that binds no audience where the issuer's tokens have one. */

import { tokensOfVaultRole } from '../../trust/vault/tokens.ts';
import { type Rule } from '../rule.ts';
import { valueAt } from '../tenants.ts';
import { shownToken } from '../witness.ts';
import { type VaultTrust } from './login.ts';

export const noAudience: Rule<VaultTrust> = {
  id: 'vault-no-audience',
  severity: 'high',
  title: 'no audience is bound',
  reason: 'the role refuses tokens that have an audience, and takes those that were minted for anybody',
  fix: 'bind the audience that is asked for in bound_audiences, such as vault.hashicorp.com',
  find: ({ role, questions, part }) => {
    const { profiles } = questions.issuer;
    const without = profiles.some(({ audience }) => audience === 'none');
    if ((role.bound_audiences ?? []).length > 0 || without) return [];
    const taken = questions.find(part.tokens);
    const audience = valueAt(taken?.claims ?? {}, 'aud');
    const bound = { ...role, bound_audiences: ['vault.hashicorp.com'] };
    const witness = taken ?? questions.find(tokensOfVaultRole(bound, {}));
    return [
      {
        message:
          audience === undefined
            ? 'no audience is bound, so that no token which has one can log in'
            : 'no audience is bound',
        path: 'role.bound_audiences',
        ...(witness === undefined ? {} : { witness: shownToken(witness, taken !== undefined) }),
      },
    ];
  },
};
