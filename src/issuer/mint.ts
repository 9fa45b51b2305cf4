/** Minting: from a profile, a variant and the facts of a workload to the claims of its token. Pure. */

import { type Claims } from '../claims/claims.ts';
import { type Result, accept, problem, refuse } from '../claims/problem.ts';
import { type IssuerProfile, type Variant, claimsFromFacts } from '../claims/profile.ts';
import { renderSubject } from '../claims/subject.ts';
import { type AudienceClaims } from './audience.ts';
import { subjectTable } from './facts.ts';

/** For relying parties whose clock is behind (GitLab does the same); only `nbf` may lie in the past. */
const BACKDATED_SECONDS = 5;

export interface MintRequest {
  readonly profile: IssuerProfile;
  readonly variant: Variant;
  readonly facts: Claims;
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
export function mintClaims(request: MintRequest): Result<MintedClaims> {
  const { profile, variant, facts, audience, now, lifeSeconds, jti } = request;
  const subject = subjectOf(variant, facts);
  if (!subject.ok) return subject;
  const extras = {
    nbf: now - BACKDATED_SECONDS,
    jti,
  };
  return accept({
    ...claimsFromFacts(variant, facts),
    ...Object.fromEntries(profile.registered.map((claim) => [claim, extras[claim]])),
    ...audience,
    iss: profile.issuer,
    sub: subject.value,
    iat: now,
    exp: now + lifeSeconds,
  });
}

/** `sub` of the workload's tokens. An empty one is nobody's, though a template of optional fields can yield it. */
export function subjectOf(variant: Variant, facts: Claims): Result<string> {
  const known = { ...facts, ...claimsFromFacts(variant, facts) };
  const subject = renderSubject(variant.subject, known, subjectTable(variant));
  return subject.ok && subject.value === ''
    ? refuse(problem(['sub'], 'the subject would be empty: the workload has none of the fields it is made of'))
    : subject;
}
