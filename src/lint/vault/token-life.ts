/** Vault tokens without an end: a role that is tightened leaves those alone that it handed out. */

import { lifeOfTokens } from '../../trust/vault/life.ts';
import { type Rule } from '../rule.ts';
import { shownToken } from '../witness.ts';
import { type VaultTrust } from './login.ts';

const WHAT = {
  renewable: 'its tokens are periodic: they live for as long as somebody renews them',
  system: 'its tokens have no maximum life but that of the mount or the server',
} as const;

export const tokenLife: Rule<VaultTrust> = {
  id: 'vault-endless-token',
  severity: 'high',
  title: 'no maximum life of the Vault token',
  reason: 'renewal checks only that the role exists: a tightened role keeps its old tokens alive',
  fix: 'set token_explicit_max_ttl (or token_max_ttl), and no token_period',
  find: ({ role, questions, part }) => {
    const life = lifeOfTokens(role);
    if (life.kind === 'seconds') return [];
    const witness = questions.find(part.tokens);
    return [
      {
        message: WHAT[life.kind],
        path: life.kind === 'renewable' ? 'role.token_period' : 'role.token_explicit_max_ttl',
        ...(witness === undefined ? {} : { witness: shownToken(witness) }),
      },
    ];
  },
};
