import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkCondition } from '../../../src/trust/aws/condition.ts';
import * as operators from '../../../src/trust/aws/operators.ts';
import { type AwsRequest } from '../../../src/trust/aws/request.ts';
import { type Verdict } from '../../../src/trust/decision.ts';

const VERSION = '2012-10-17';
const TAGS = 'https://aws.amazon.com/tags';
const iss = 'https://app.gitpod.io';
const KEY = 'app.gitpod.io:amr';

const conditionOf = (operator: string, key: string, ...values: string[]) => ({ operator, key, values });

function judge(
  condition: ReturnType<typeof conditionOf>,
  claims: Readonly<Record<string, unknown>> = {},
  version = VERSION,
): Verdict {
  const request: AwsRequest = { claims: { iss, ...claims }, now: 1_790_000_000 };
  return checkCondition(version, condition, request, 'Statement[0]').verdict;
}

// Values of the policy are alternatives; for Null too.
it.each<[string[], Verdict, Verdict]>([
  [['true'], true, false],
  [['TRUE'], true, false],
  [['false'], false, true],
  [['true', 'false'], true, true],
  [['false', 'true'], true, true],
  [['true', 'true'], true, false],
  [[], false, false],
])('Null %j: %s of an absent key, %s of one that is there', (values, absent, present) => {
  expect(judge(conditionOf('Null', KEY, ...values))).toBe(absent);
  expect(judge(conditionOf('null', KEY, ...values), { amr: ['a'] })).toBe(present);
  expect(judge(conditionOf('Null', 'aws:SourceIp', ...values))).toBe('unknown');
});

const AMR: readonly (readonly string[] | undefined)[] = [undefined, ['a'], ['b'], ['a', 'b'], ['b', 'c']];

// IAM User Guide, "Set operators for multivalued context keys" and "…IfExists".
it.each<[string, ...Verdict[]]>([
  ['StringEquals', false, true, false, true, false],
  ['StringNotEquals', true, false, true, false, true],
  ['StringEqualsIfExists', true, true, false, true, false],
  ['StringNotEqualsIfExists', true, false, true, false, true],
  ['ForAllValues:StringEquals', true, true, false, false, false],
  ['ForAllValues:StringNotEquals', true, false, true, false, true],
  ['ForAllValues:StringEqualsIfExists', true, true, false, false, false],
  ['ForAllValues:StringNotEqualsIfExists', true, false, true, false, true],
  ['ForAnyValue:StringEquals', false, true, false, true, false],
  ['ForAnyValue:StringNotEquals', false, false, true, true, true],
  ['ForAnyValue:StringEqualsIfExists', true, true, false, true, false],
  ['ForAnyValue:StringNotEqualsIfExists', true, false, true, true, true],
])('%s "a" of no value, a, b, a and b, b and c', (operator, ...verdicts) => {
  expect(AMR.map((amr) => judge(conditionOf(operator, KEY, 'a'), { amr }))).toEqual(verdicts);
});

describe('a condition without values in the policy', () => {
  it.each<[string, Verdict]>([
    ['StringLike', false],
    ['StringNotLike', true],
    ['ForAnyValue:StringNotLike', true],
  ])('%s: %s', (operator, verdict) => {
    expect(judge(conditionOf(operator, KEY), { amr: ['a'] })).toBe(verdict);
  });
});

describe('variables', () => {
  const tagged = (value: string, sub = value) => ({ sub, [TAGS]: { principal_tags: { team: [value] } } });
  const SUB = 'app.gitpod.io:sub';

  it.each<[string, string, string, Verdict]>([
    ['StringEquals', SUB, '${aws:RequestTag/team}', true],
    ['StringLike', SUB, '${aws:RequestTag/team}', true],
    ['StringNotEquals', SUB, '${aws:RequestTag/team}', false],
    ['StringEqualsIgnoreCase', SUB, '${aws:RequestTag/TEAM}', true],
    ['ArnLike', SUB, '${aws:RequestTag/team}', true],
    ['StringEquals', SUB, '${aws:RequestTag/none}', false],
    ['StringNotEquals', SUB, '${aws:RequestTag/none}', true],
    ['StringEquals', SUB, '${aws:SourceIp}', 'unknown'],
    ['StringNotEquals', SUB, '${aws:SourceIp}', 'unknown'],
    // Only in strings and ARNs; to the others it is text.
    ['Bool', 'aws:SecureTransport', '${aws:SecureTransport}', false],
    ['BinaryEquals', SUB, '${aws:RequestTag/team}', false],
    ['NumericEquals', 'aws:EpochTime', '${aws:EpochTime}', false],
    ['DateNotEquals', 'aws:CurrentTime', '${aws:CurrentTime}', true],
    ['NumericEquals', 'aws:EpochTime', '${aws:SourceIp}', false],
  ])('%s %s %s: %s', (operator, key, value, verdict) => {
    expect(judge(conditionOf(operator, key, value), tagged('arn:aws:x:y:z:web'))).toBe(verdict);
  });

  it('with a value that matches beside one that is not known', () => {
    expect(judge(conditionOf('StringEquals', SUB, '${aws:SourceIp}', 'web'), { sub: 'web' })).toBe(true);
    expect(judge(conditionOf('StringNotEquals', SUB, '${aws:SourceIp}', 'web'), { sub: 'web' })).toBe(false);
  });

  it.each([
    ['StringEquals', ['${aws:RequestTag/team}']],
    ['ArnEquals', ['${aws:RequestTag/team}']],
    ['StringLike', ['x', '${aws:RequestTag/team}']],
    ['StringLike', ['${aws:RequestTag/team}', 'x*']],
  ])('%s %j are those of each token', (operator, values) => {
    const condition = conditionOf(operator, SUB, ...values);
    const tokens = [tagged('web'), tagged('api'), tagged('api', 'web'), tagged('web')];
    expect(tokens.map((claims) => judge(condition, claims))).toEqual([true, true, false, true]);
  });
});

describe('the values of a policy', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each<[string, string, string[], string, number]>([
    ['StringLike', KEY, ['a', 'b*'], VERSION, 2],
    ['ArnLike', KEY, ['a'], VERSION, 1],
    ['StringLike', KEY, ['${aws:RequestTag/team}'], '2008-10-17', 1],
    ['NumericEquals', KEY, ['1', '${aws:EpochTime}'], VERSION, 2],
    // What depends on the request is read again for the next one.
    ['StringLike', KEY, ['a', '${*}'], VERSION, 4],
  ])('%s %s %j of version %s: how often they are read for two tokens', (operator, key, values, version, times) => {
    const fitting = vi.spyOn(operators, 'fitting');
    const condition = conditionOf(operator, key, ...values);
    const verdicts = [['a'], ['a']].map((amr) => judge(condition, { amr }, version));
    expect(verdicts[0]).toBe(verdicts[1]);
    expect(fitting).toHaveBeenCalledTimes(times);
  });
});
