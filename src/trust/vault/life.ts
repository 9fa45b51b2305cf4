/** How long a Vault token that a role handed out stays valid, whatever becomes of the role. */

import { type VaultJwtRole } from './role.ts';

/** `seconds`: at most so long after the login. `renewable`: for as long as it is renewed. `system`: the mount's or the server's maximum. */
export type TokenLife =
  { readonly kind: 'seconds'; readonly seconds: number } | { readonly kind: 'renewable' } | { readonly kind: 'system' };

/**
 * Renewal checks only that the role still exists, so a tightened role leaves its tokens alone (Vault, token TTLs; auth-jwt,
 * pathLoginRenew). A batch token cannot be renewed.
 */
export function lifeOfTokens(role: VaultJwtRole): TokenLife {
  const { token_explicit_max_ttl: explicit = 0, token_max_ttl: max = 0, token_period: period = 0 } = role;
  const { token_type: type, token_ttl: ttl = 0 } = role;
  if (type === 'batch' && ttl > 0) return { kind: 'seconds', seconds: ttl };
  if (explicit > 0) return { kind: 'seconds', seconds: explicit };
  if (period > 0) return { kind: 'renewable' };
  return max > 0 ? { kind: 'seconds', seconds: max } : { kind: 'system' };
}
