/** A token that shows a finding, as its issuer would mint it. */

import { type Witness } from '../trust/tokens/solve.ts';
import { TAGS_CLAIM } from '../trust/aws/session.ts';
import { type ShownToken } from './rule.ts';

/** A time that reads as one: witnesses are the same whenever they are made. */
const ISSUED = 1_767_225_600;
const LIFE = 300;

export function shownToken({ claims, given }: Pick<Witness, 'claims' | 'given'>, admitted = true): ShownToken {
  return { claims: { ...withTags(claims), ...timesIn(claims) }, admitted, given };
}

/** The token whatever was found: the one that was found is worth more. */
export function timesIn(claims: Readonly<Record<string, unknown>>, life = LIFE): Record<string, unknown> {
  const isTime = (value: unknown) => typeof value === 'number';
  return {
    iat: isTime(claims.iat) ? claims.iat : ISSUED,
    exp: isTime(claims.exp) ? claims.exp : ISSUED + life,
  };
}

/** STS reads the values of session tags as lists of one text. */
function withTags(claims: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const tags = claims[TAGS_CLAIM];
  if (typeof tags !== 'object' || tags === null) return claims;
  const { principal_tags: principal } = tags as { readonly principal_tags?: Readonly<Record<string, unknown>> };
  const listed = Object.entries(principal ?? {}).map(([key, value]) => [key, Array.isArray(value) ? value : [value]]);
  return { ...claims, [TAGS_CLAIM]: { ...tags, principal_tags: Object.fromEntries(listed) as unknown } };
}
