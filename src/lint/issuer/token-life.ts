/** Tokens that live long, or cannot be told apart once they were used. */

import { type TokenIssuer } from '../../trust/resource.ts';
import { type Found, type RuleText } from '../rule.ts';
import { timesIn } from '../witness.ts';

export const tokenLifeText: RuleText = {
  id: 'issuer-token-life',
  severity: 'medium',
  title: 'tokens that can be replayed',
  reason: 'a token that leaks is good until it expires, and without `jti` nobody can tell a second use from the first',
  fix: 'have tokens live for an hour at most, 5 to 10 minutes where that will do, and give each a `jti`',
};

const HOUR = 3600;

/** @param example the claims of some token of the issuer, times and `jti` aside */
export function findTokenLife({ life, jti }: TokenIssuer, example: Readonly<Record<string, unknown>>): Found[] {
  const long = typeof life === 'number' && life > HOUR;
  const nameless = Object.fromEntries(Object.entries(example).filter(([claim]) => claim !== 'jti'));
  return [
    ...(long
      ? [
          {
            message: `tokens live up to ${life} s`,
            path: 'token life',
            witness: { claims: { ...example, ...timesIn({}, life) }, admitted: true, given: [] },
          },
        ]
      : []),
    ...(jti === false
      ? [
          {
            message: 'tokens have no `jti`',
            path: 'claims',
            witness: { claims: { ...nameless, ...timesIn({}) }, admitted: true, given: [] },
          },
        ]
      : []),
  ];
}
