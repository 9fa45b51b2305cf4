/** One condition of a trust policy against the request (IAM JSON policy elements: condition operators). */

import { type Check, type Verdict, all, any, not, show } from '../decision.ts';
import { patternOf } from '../matcher.ts';
import { type Fits, type Operator, fitting, operatorOf } from './operators.ts';
import { type Condition } from './policy.ts';
import {
  type AwsRequest,
  claimOfKey,
  type KeyValues,
  isGlobal,
  isOfIssuer,
  isVisible,
  issuerPrefix,
  keyValues,
} from './request.ts';
import { hasVariables, resolve } from './variables.ts';

export function checkCondition(version: string, condition: Condition, request: AwsRequest, place: string): Check {
  const values = keyValues(condition.key, request);
  const verdict = judge(version, condition, request, values);
  const advice = deadKey(condition.key, request) ?? (verdict === true ? undefined : adviceFor(condition, request));
  return {
    verdict,
    claim: condition.key,
    operator: condition.operator,
    expected: condition.values.join(', '),
    actual: values === undefined ? show(undefined) : values === 'unknown' ? 'not known here' : values.join(', '),
    place,
    ...(advice === undefined ? {} : { advice }),
  };
}

function judge(version: string, condition: Condition, request: AwsRequest, values: KeyValues): Verdict {
  const { operator: written, values: wanted } = condition;
  const operator = operatorOf(written);
  if (values === 'unknown') return 'unknown';
  if (operator === undefined) return wanted.some((one) => (one.toLowerCase() === 'true') === (values === undefined));
  if (values === undefined) return holdsWhenAbsent(operator);
  const fits = fitsOf(condition, operator, version, request);
  const holds = (value: string): Verdict => {
    const found = any(fits.map((one) => (typeof one === 'function' ? one(value) : one)));
    return operator.negated ? not(found) : found;
  };
  return needsAll(operator) ? all(values.map(holds)) : any(values.map(holds));
}

/** A comparison for each value of the policy, or the verdict on it whatever the value. */
function fitsOf(
  condition: Condition,
  { comparison }: Operator,
  version: string,
  request: AwsRequest,
): readonly (Fits | Verdict)[] {
  const known = FITS.get(condition);
  if (known !== undefined) return known;
  // Variables mean something to the operators on strings and ARNs alone (IAM User Guide, "Variables and tags").
  const isText = comparison.kind !== 'value';
  const valuesOf = (other: string) => keyValues(other, request);
  const fits = condition.values.map((text) => {
    const pattern = isText ? resolve(text, version, valuesOf) : patternOf(text, '?');
    return pattern === 'unknown' ? 'unknown' : pattern !== undefined && fitting(comparison, pattern);
  });
  // What depends on no request is the same for the next one.
  if (!isText || !condition.values.some((text) => hasVariables(text, version))) FITS.set(condition, fits);
  return fits;
}

const FITS = new WeakMap<Condition, readonly (Fits | Verdict)[]>();

/** An absent key fails a positive operator and `ForAnyValue:`, and passes a negated one, `…IfExists` and `ForAllValues:`. */
export function holdsWhenAbsent({ ifExists, set, negated }: Operator): boolean {
  if (ifExists || set === 'all') return true;
  return set === undefined && negated;
}

/** Must each value of the key hold, or some value? Without a set operator a negated one asks for each. */
export function needsAll({ set, negated }: Operator): boolean {
  return set === 'all' || (set === undefined && negated);
}

/** Why a condition on this key can never be what its author meant. */
function deadKey(key: string, request: AwsRequest): string | undefined {
  if (isGlobal(key)) return undefined;
  const prefix = issuerPrefix(request.claims);
  if (prefix === '') return 'the token has no `iss`, so it has no condition keys';
  if (!isOfIssuer(key, prefix)) {
    return `dead: this key is of another issuer; the keys of this one begin with ${prefix}:`;
  }
  const claim = claimOfKey(key);
  if (claim === 'azp') return 'dead: AWS has no key `azp`; the value of `azp` becomes `aud`: test that';
  if (claim === 'amr' && request.claims.amr === undefined) return 'dead: the token has no `amr`';
  if (isVisible(claim, request.visible) !== false) return undefined;
  return `dead: AWS does not see \`${claim}\` in tokens of this issuer; put it into \`sub\`, or send it as a session tag`;
}

function adviceFor({ key, operator, values }: Condition, request: AwsRequest): string | undefined {
  const actual = keyValues(key, request);
  if (actual === 'unknown') return 'no token says this: it is known at the request alone';
  if (isGlobal(key) || actual === undefined) return undefined;
  const claim = claimOfKey(key);
  const wildcard = values.some((value) => value.includes('*')) && /^String(?:Not)?Equals/i.test(operator);
  if (wildcard) return 'in StringEquals a `*` is itself: write StringLike for a pattern';
  if (claim === 'aud') return 'ask for the audience that the policy expects: idp token --audience';
  return 'compare with the token (idp token --decode); letters count in their case';
}
