/** What is handed out to the same tokens, before and after: each difference, and whether it is certain that it gives less. */

import { isWithinPermissions } from './aws/permissions.ts';
import { isWithinRules } from './vault/rules.ts';

/** What a role hands out, member by member. */
export type Grants = Readonly<Record<string, unknown>>;

/** What is different for the tokens that both versions admit. */
export interface Change {
  readonly what: string;
  readonly before: unknown;
  readonly after: unknown;
  /** `narrows` only where it is certain that less is handed out. */
  readonly effect: 'widens' | 'narrows';
}

/** Compares what is handed out, member by member. */
export function changesOf(before: Grants, after: Grants): readonly Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names
    .filter((name) => key(before[name]) !== key(after[name]))
    .map((what) => {
      const [left, right] = [before[what], after[what]];
      const isLess = Object.hasOwn(RULES, what) ? RULES[what] : isPart;
      return { what, before: left, after: right, effect: isLess?.(left, right) === true ? 'narrows' : 'widens' };
    });
}

/** As text, in which the order of members does not count. */
const key = (value: unknown): string =>
  JSON.stringify([value], (_, inner: unknown) =>
    isMap(inner) ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1))) : inner,
  );

type IsLess = (before: unknown, after: unknown) => boolean;

/** A bound that is absent bounds nothing. */
const isLowerBound: IsLess = (before, after) =>
  typeof after === 'number' && (before === undefined || (typeof before === 'number' && after < before));

/** Absent it is what the profile says, which may be more or less. */
const isLowerNumber: IsLess = (before, after) =>
  typeof before === 'number' && typeof after === 'number' && after < before;

/** What is given beyond what is usual: with less of it, or none, less is handed out. */
const isLowerExtra: IsLess = (before, after) =>
  typeof before === 'number' && (after === undefined || (typeof after === 'number' && after < before));

/** A policy that was not there limits. */
const isNewLimit: IsLess = (before) => before === undefined;

/** What says who the token is of, or when: no difference is certain to be less. */
const isNever: IsLess = () => false;

/** Policies by name count together: a statement may move from one to the other. */
const isWithinInline: IsLess = (before, after) => isWithinPermissions(textsOf(after), textsOf(before));
const isWithinTexts: IsLess = (before, after) => isWithinRules(textsOf(after).join('\n'), textsOf(before).join('\n'));

const textsOf = (value: unknown): string[] => (isMap(value) ? Object.values(value).map(String) : []);

/** Policies of AWS that take away (AWS managed policy reference). */
const DENYING = /(?:^|\/)AWS(?:DenyAll|CompromisedKeyQuarantine)/;

/** Of a policy of which only the name is known it is taken that it gives something. */
const isWithinManaged: IsLess = (before, after) => {
  const gone = Array.isArray(before) ? before.filter((one) => !Array.isArray(after) || !after.includes(one)) : [];
  return isPart(before, after) && !gone.some((one) => DENYING.test(String(one)));
};

/** Whatever has no rule of its own is compared part by part. */
const RULES: Readonly<Record<string, IsLess>> = {
  session: isLowerBound,
  ttl: isLowerBound,
  max_ttl: isLowerBound,
  explicit_max_ttl: isLowerBound,
  num_uses: isLowerBound,
  token_life: isLowerNumber,
  max_token_life: isLowerNumber,
  period: isLowerExtra,
  leeway: isNever,
  boundary: isNewLimit,
  audiences: isPartOfAny,
  algorithms: isPartOfAny,
  managed: isWithinManaged,
  inline: isWithinInline,
  paths: (before, after) => isWithinRules(after, before),
  rules: isWithinTexts,
  user_claim: isNever,
  mappings: isNever,
  sub_fields: isNever,
  facts: isNever,
};

/** A list that is absent lets any through. */
function isPartOfAny(before: unknown, after: unknown): boolean {
  return after !== undefined && (before === undefined || isPart(before, after));
}

/** Lists and maps from which something was only taken away. */
function isPart(before: unknown, after: unknown): boolean {
  if (Array.isArray(before)) {
    const kept = new Set(before.map(key));
    return after === undefined || (Array.isArray(after) && after.every((one) => kept.has(key(one))));
  }
  if (!isMap(before)) return false;
  return (
    after === undefined || (isMap(after) && Object.keys(after).every((name) => key(after[name]) === key(before[name])))
  );
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
