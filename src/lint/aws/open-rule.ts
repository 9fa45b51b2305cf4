/** The rules about statements that are open to every tenant differ in the cause alone. */

import { type Found, type Rule, type RuleText } from '../rule.ts';
import { shownToken } from '../witness.ts';
import { type Cause, type Opening, openingsBy } from './openings.ts';
import { type AwsTrust } from './trust.ts';

export function openRule(
  rule: RuleText & { readonly cause: Cause; readonly say: (opening: Opening) => string },
): Rule<AwsTrust> {
  const { cause, say, ...text } = rule;
  return {
    ...text,
    find: (trust) =>
      openingsBy(trust, cause).map((opening): Found => ({
        message: say(opening),
        path: placeOf(opening),
        witness: shownToken(opening.witness),
      })),
  };
}

const placeOf = ({ part, condition }: Opening): string =>
  condition === undefined ? part.path : `${part.path}.Condition.${condition.operator}`;
