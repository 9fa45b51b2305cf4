/** One condition of a trust policy against the request (IAM JSON policy elements: condition operators). */

import { type Check, type Verdict, show } from '../decision.ts';
import { matchesWildcards } from '../matcher.ts';
import { type Condition } from './policy.ts';
import { type AwsRequest, claimOfKey, isOfIssuer, isVisible, issuerPrefix, keyValues } from './request.ts';

type Compare = (pattern: string, value: string) => boolean;

interface Operator {
  readonly compare: Compare;
  readonly negated: boolean;
  /** `*` and `?` are wildcards. */
  readonly wild: boolean;
}

const equals: Compare = (pattern, value) => pattern === value;
const equalsIgnoringCase: Compare = (pattern, value) => pattern.toLowerCase() === value.toLowerCase();
const like: Compare = (pattern, value) => matchesWildcards(pattern, value, '?');

/** The string operators of IAM; each other operator is answered with unknown. */
const OPERATORS: Readonly<Record<string, Operator | undefined>> = {
  stringequals: { compare: equals, negated: false, wild: false },
  stringnotequals: { compare: equals, negated: true, wild: false },
  stringequalsignorecase: { compare: equalsIgnoringCase, negated: false, wild: false },
  stringnotequalsignorecase: { compare: equalsIgnoringCase, negated: true, wild: false },
  stringlike: { compare: like, negated: false, wild: true },
  stringnotlike: { compare: like, negated: true, wild: true },
};

/** Only in this version does `${…}` mean anything (IAM policy elements: variables and tags). */
const WITH_VARIABLES = '2012-10-17';

/** Keys about the request or the caller, of which a token says nothing. */
const OUTSIDE = /^(?:aws|sts):/i;

export function checkCondition(version: string, condition: Condition, request: AwsRequest, place: string): Check {
  const values = keyValues(condition.key, request);
  const verdict = judge(version, condition, request, values);
  const advice = deadKey(condition.key, request) ?? (verdict === true ? undefined : adviceFor(condition, values));
  return {
    verdict,
    claim: condition.key,
    operator: condition.operator,
    expected: condition.values.join(', '),
    actual: values === undefined ? show(undefined) : values.join(', '),
    place,
    ...(advice === undefined ? {} : { advice }),
  };
}

/** An absent key fails a positive operator, and passes a negated one, `…IfExists` and `ForAllValues:`. */
function judge(
  version: string,
  { operator: written, key, values: patterns }: Condition,
  request: AwsRequest,
  values: readonly string[] | undefined,
): Verdict {
  const parsed = /^(?:(ForAllValues|ForAnyValue):)?(.*?)(IfExists)?$/i.exec(written);
  const set = parsed?.[1]?.toLowerCase();
  const name = (parsed?.[2] ?? '').toLowerCase();
  if (OUTSIDE.test(key)) return 'unknown';
  if (isOfIssuer(key, request.claims) && isVisible(claimOfKey(key), request) === 'unknown') return 'unknown';
  if (name === 'null') return patterns.some((wanted) => (wanted.toLowerCase() === 'true') === (values === undefined));
  const operator = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
  if (operator === undefined) return 'unknown';
  if (values === undefined) {
    return parsed?.[3] !== undefined || set === 'forallvalues' || (operator.negated && set !== 'foranyvalue');
  }
  const variables = version === WITH_VARIABLES;
  if (variables && patterns.some((pattern) => /\$\{(?![*?$]\})/.test(pattern))) return 'unknown';
  const matches = (pattern: string, value: string) =>
    variables ? compareEscaped(operator, pattern, value) : operator.compare(pattern, value);
  const one = (value: string) => patterns.some((pattern) => matches(pattern, value)) !== operator.negated;
  const every = set === 'forallvalues' || (set === undefined && operator.negated);
  return every ? values.every(one) : values.some(one);
}

/** `${*}`, `${?}` and `${$}` stand for the characters themselves; private-use characters carry them past matching. */
const MARKS = [
  ['*', '\uE000'],
  ['?', '\uE001'],
  ['$', '\uE002'],
] as const;

function compareEscaped({ compare, wild }: Operator, pattern: string, value: string): boolean {
  if (!pattern.includes('${')) return compare(pattern, value);
  const hide = (text: string) => MARKS.reduce((at, [character, mark]) => at.replaceAll(character, mark), text);
  const kept = MARKS.reduce((at, [character, mark]) => at.replaceAll(`\${${character}}`, mark), pattern);
  return compare(wild ? kept.replaceAll('$', '\uE002') : hide(kept), hide(value));
}

/** Why a condition on this key can never be what its author meant. */
function deadKey(key: string, request: AwsRequest): string | undefined {
  if (OUTSIDE.test(key)) return undefined;
  if (!isOfIssuer(key, request.claims)) {
    return `dead: this key is of another issuer; the keys of this one begin with ${issuerPrefix(request.claims)}:`;
  }
  const claim = claimOfKey(key);
  if (claim === 'azp') return 'dead: AWS has no key `azp`; the value of `azp` becomes `aud`: test that';
  if (claim === 'amr' && request.claims.amr === undefined) return 'dead: the token has no `amr`';
  if (isVisible(claim, request) !== false) return undefined;
  return `dead: AWS does not see \`${claim}\` in tokens of this issuer; put it into \`sub\`, or send it as a session tag`;
}

function adviceFor(condition: Condition, values: readonly string[] | undefined): string | undefined {
  if (!/:(?:sub|aud)$/i.test(condition.key) || values === undefined) return undefined;
  const wildcard = condition.values.some((value) => value.includes('*')) && /StringEquals/i.test(condition.operator);
  if (wildcard) return 'in StringEquals a `*` is itself: write StringLike for a pattern';
  return /:aud$/i.test(condition.key)
    ? 'ask for the audience that the policy expects: idp token --audience'
    : 'compare with the token (idp token --decode); letters count in their case';
}
