/** What of a role is known, and which rules can be asked of that. */

import { type Json, Unknown } from '../../trust/resource.ts';
import { type Gap, knownMembers } from '../known.ts';

/** The members that are known, of bound claims each by itself. */
export function knownRole(role: Json): Json {
  const { bound_claims: claims, user_claim: userClaim } = role;
  return {
    ...knownMembers(role),
    ...(isMap(claims) ? { bound_claims: knownMembers(claims) } : {}),
    // No role is without one, and the rules that look at it are not asked.
    ...(userClaim instanceof Unknown ? { user_claim: 'sub' } : {}),
  };
}

const isMap = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Unknown);

/** What a rule looks at, where that is not all that says who is let in. */
const LOOKS_AT: Readonly<Record<string, RegExp>> = {
  'vault-comma': /^disable_bound_claims_parsing/,
  'vault-dead-pattern': /^bound_claims_type/,
  'vault-endless-token': /^token_(?:explicit_max_ttl|max_ttl|ttl|period|type)/,
  'vault-no-audience': /^bound_audiences/,
  'vault-numeric-claim': /^bound_claims_type/,
  'life-over-maximum': /^token_(?:explicit_max_ttl|max_ttl|ttl|period|type)/,
};

/** What is bound can only keep tokens out: where some of it is not known, nobody can say who is let in too many. */
const BOUNDS = /^(?:bound_|user_claim|token_bound_cidrs)/;

/** Is all known that the rule looks at? */
export function canAsk({ id }: { readonly id: string }, gaps: readonly Gap[]): boolean {
  return !gaps.some(({ path }) => (LOOKS_AT[id] ?? BOUNDS).test(path));
}
