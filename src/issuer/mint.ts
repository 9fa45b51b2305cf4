/** Minting: from the identity of a workload to the claims of its token. Pure. */

import { type Claims } from '../claims/claims.ts';
import { type AudienceClaims } from './audience.ts';
import { type Identity } from './identity.ts';

/** For relying parties whose clock is behind (GitLab does the same); only `nbf` may lie in the past. */
const BACKDATED_SECONDS = 5;

export interface MintRequest {
  readonly identity: Identity;
  readonly audience: AudienceClaims;
  readonly now: number;
  readonly lifeSeconds: number;
  /** Used where the profile's tokens have a `jti`. */
  readonly jti: string;
}

export interface MintedClaims extends Claims {
  readonly iss: string;
  readonly sub: string;
  readonly iat: number;
  readonly exp: number;
}

/** The claims of a token (RFC 7519, section 4.1). Registered ones win over whatever the facts say. */
export function mintClaims({ identity, audience, now, lifeSeconds, jti }: MintRequest): MintedClaims {
  const { profile, sub, claims } = identity;
  const { registered, issuer } = profile;
  return {
    ...claims,
    ...(registered.includes('nbf') ? { nbf: now - BACKDATED_SECONDS } : undefined),
    ...(registered.includes('jti') ? { jti } : undefined),
    ...audience,
    iss: issuer,
    sub,
    iat: now,
    exp: now + lifeSeconds,
  };
}
