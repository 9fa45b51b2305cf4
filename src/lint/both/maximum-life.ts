/** Lives over what somebody set as the most, whatever else speaks for them. */

import { lifeOfTokens } from '../../trust/vault/life.ts';
import { type VaultJwtRole } from '../../trust/vault/role.ts';
import { type MaximumLives } from '../options.ts';
import { type Found, type RuleText } from '../rule.ts';

export const maximumLifeText: RuleText = {
  id: 'life-over-maximum',
  severity: 'high',
  title: 'a life over the maximum',
  reason: 'what leaks stays good for longer than was agreed',
  fix: 'shorten it, or raise the maximum for everybody',
};

/** What a role of IAM has where nobody says (IAM, CreateRole: MaxSessionDuration). */
const DEFAULT_SESSION = 3600;

export function findLongSession(session: unknown, { session: most }: MaximumLives): Found[] {
  const life = session === undefined ? DEFAULT_SESSION : session;
  return over('sessions', life, most, 'maximum session');
}

/** Tokens that live without an end have a rule of their own. */
export function findLongVaultToken(role: VaultJwtRole, { vaultToken: most }: MaximumLives): Found[] {
  const life = lifeOfTokens(role);
  return life.kind === 'seconds' ? over('Vault tokens', life.seconds, most, 'role.token_explicit_max_ttl') : [];
}

export function findLongToken(life: unknown, { token: most }: MaximumLives): Found[] {
  return over('tokens', life, most, 'token life');
}

function over(what: string, life: unknown, most: number | undefined, path: string): Found[] {
  if (most === undefined || typeof life !== 'number' || life <= most) return [];
  return [{ message: `${what} live up to ${life} s, and ${most} s is the most`, path }];
}
