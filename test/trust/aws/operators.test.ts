import { describe, expect, it } from 'vitest';
import { OPERATOR_NAMES, fitting, operatorOf } from '../../../src/trust/aws/operators.ts';
import { patternOf } from '../../../src/trust/matcher.ts';

function holds(name: string, value: string, wanted: string): boolean {
  const operator = operatorOf(name);
  if (operator === undefined) throw new Error(`there is no ${name}`);
  return fitting(operator.comparison, patternOf(wanted, '?'))(value) !== operator.negated;
}

const NAMES = [
  ...['StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', 'StringLike'],
  ...['StringNotLike', 'NumericEquals', 'NumericNotEquals', 'NumericLessThan', 'NumericLessThanEquals'],
  ...['NumericGreaterThan', 'NumericGreaterThanEquals', 'DateEquals', 'DateNotEquals', 'DateLessThan'],
  ...['DateLessThanEquals', 'DateGreaterThan', 'DateGreaterThanEquals', 'Bool', 'BinaryEquals', 'IpAddress'],
  ...['NotIpAddress', 'ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike'],
];

describe('an operator by its name', () => {
  it('is one of those of the IAM User Guide', () => {
    expect([...OPERATOR_NAMES].sort()).toEqual([...NAMES, 'Null'].sort());
  });

  it.each(NAMES)('%s, also with a set operator, with IfExists and in another case', (name) => {
    const plain = { name, negated: name.includes('Not'), ifExists: false };
    expect(operatorOf(name)).toMatchObject(plain);
    expect(operatorOf(name)).not.toHaveProperty('set');
    expect(operatorOf(name.toUpperCase())).toEqual(operatorOf(name));
    expect(operatorOf(`${name}IfExists`)).toMatchObject({ ...plain, ifExists: true });
    expect(operatorOf(`ForAllValues:${name}`)).toMatchObject({ ...plain, set: 'all' });
    expect(operatorOf(`forAnyValue:${name}ifexists`)).toMatchObject({ ...plain, set: 'any', ifExists: true });
  });

  it.each([
    ...['Null', '', 'StringMatches', 'x:StringEquals', 'ForSomeValues:StringEquals', 'ForAllValues:', 'IfExists'],
    ...['StringEquals:', 'String-Equals', 'StringEqualsIfExistsIfExists', ' StringEquals', 'StringEquals '],
  ])('%j is none with values to compare', (name) => {
    expect(operatorOf(name)).toBeUndefined();
  });

  it('is read once for each spelling', () => {
    expect(operatorOf('STRINGLIKEifexists')).toBe(operatorOf('STRINGLIKEifexists'));
  });
});

it.each<[string, string, string, boolean]>([
  ['StringEquals', 'aB', 'aB', true],
  ['StringEquals', 'aB', 'ab', false],
  ['StringEquals', 'ab', 'a*', false],
  ['StringEquals', 'a*?', 'a*?', true],
  ['StringNotEquals', 'aB', 'ab', true],
  ['StringEqualsIgnoreCase', 'aB', 'Ab', true],
  ['StringEqualsIgnoreCase', 'ab', 'a*', false],
  ['StringNotEqualsIgnoreCase', 'aB', 'Ab', false],
  ['StringLike', 'a:/b', 'a*b', true],
  ['StringLike', 'axb', 'a?b', true],
  ['StringLike', 'ab', 'a?b', false],
  ['StringLike', 'A:b', 'a*b', false],
  ['StringNotLike', 'a:/b', 'a*b', false],
  ['Bool', 'true', 'TRUE', true],
  ['Bool', 'True', 'true', true],
  ['Bool', 'true', 'false', false],
  ['BinaryEquals', 'QmluYXJ5', 'QmluYXJ5', true],
  ['BinaryEquals', 'QmluYXJ5', 'qmluyxj5', false],
  ['BinaryEquals', 'QmluYXJ5', 'Qmlu*', false],
  ['IpAddress', '10.1.2.3', '10.0.0.0/8', true],
  ['NotIpAddress', '10.1.2.3', '10.0.0.0/8', false],
  ['NotIpAddress', '11.1.2.3', '10.0.0.0/8', true],
])('%s of %j and %j: %s', (name, value, wanted, verdict) => {
  expect(holds(name, value, wanted)).toBe(verdict);
});

// In each part by itself: partition, service, region, account, resource; the last one may hold colons.
it.each<[string, string, boolean]>([
  ['arn:aws:iam::1:role/x', 'arn:aws:iam::1:role/x', true],
  ['arn:aws:iam::1:role/x', 'arn:*:iam::?:role/*', true],
  ['arn:aws:iam::1:role/x', 'arn:aws:iam::1:role/X', false],
  ['arn:aws:iam::1:role/x', 'arn:aws:iam::2:role/x', false],
  ['arn:aws:iam::1:role/x', 'arn:aws:sts::1:role/x', false],
  ['arn:aws:iam::1:role/x', 'arn:*', false],
  ['arn:aws:iam::1:role/x', 'arn:aws:*:role/x', false],
  ['arn:aws:iam::1:role/x', 'arn:aws:iam:*:1:role/x', true],
  ['arn:aws:iam::1:role/x', 'arn:aws:iam:?:1:role/x', false],
  ['arn:aws:logs:r:1:group:a:b', 'arn:aws:logs:r:1:group:*', true],
  ['arn:aws:logs:r:1:group:a:b', 'arn:aws:logs:r:1:*:b', true],
  ['arn:aws:logs:r:1:group:a:b', 'arn:aws:logs:r:1:*:c', false],
  ['arn:aws:logs:r:1:group:a', 'arn:aws:logs:r:1:group:a:b', false],
  ['arn:aws:iam::1', 'arn:aws:iam::1:*', false],
  ['arn:aws:iam::1:', 'arn:aws:iam::1:*', true],
])('ArnLike and ArnEquals of %s and %s: %s', (value, wanted, verdict) => {
  for (const name of ['ArnLike', 'ArnEquals']) expect(holds(name, value, wanted)).toBe(verdict);
  for (const name of ['ArnNotLike', 'ArnNotEquals']) expect(holds(name, value, wanted)).toBe(!verdict);
});

const COMPARISONS = ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'];

/** Which of them hold; of what is malformed only the negated one. */
const HOLDING = {
  '<': ['NotEquals', 'LessThan', 'LessThanEquals'],
  '=': ['Equals', 'LessThanEquals', 'GreaterThanEquals'],
  '>': ['NotEquals', 'GreaterThan', 'GreaterThanEquals'],
  malformed: ['NotEquals'],
};

it.each<['Numeric' | 'Date', string, keyof typeof HOLDING, string]>([
  ['Numeric', '10', '=', '10'],
  ['Numeric', '9', '<', '10'],
  ['Numeric', '10', '>', '9.75'],
  ['Numeric', '1.25', '=', '1.250'],
  ['Numeric', '-1', '<', '0'],
  ['Numeric', '007', '=', '7'],
  ...['', 'x', '1x', 'x1', '1.', '.5', '1e3', '0x10', '+1', '--1', ' 1', '1,5', 'NaN', 'Infinity'].flatMap(
    (text): ['Numeric', string, 'malformed', string][] => [
      ['Numeric', '0', 'malformed', text],
      ['Numeric', text, 'malformed', text],
    ],
  ),
  ['Date', '1790000000', '=', '2026-09-21T14:13:20Z'],
  ['Date', '1790000000.5', '=', '2026-09-21T14:13:20.50Z'],
  ['Date', '2026-09-21T14:13:20Z', '=', '2026-09-21T16:13:20+02:00'],
  ['Date', '2026-09-21T14:13:20Z', '=', '2026-09-21T08:43:20-05:30'],
  ['Date', '2026-09-21T14:13Z', '<', '2026-09-21T14:13:20Z'],
  ['Date', '2026-09-21T14:13:00Z', '=', '2026-09-21T14:13Z'],
  ['Date', '2026-09-21', '=', '2026-09-21T00:00:00Z'],
  ['Date', '2026-09', '=', '2026-09-01'],
  ['Date', '2026-10', '>', '2026-09-30T23:59:59.999Z'],
  // Without a zone it is UTC, wherever this runs.
  ['Date', '2026-09-21T14:13:20', '=', '2026-09-21T14:13:20Z'],
  ['Date', '2026-09-21T14:13', '=', '2026-09-21T14:13Z'],
  ...[
    ...['', 'x', 'Sep 21 2026', '2026-9', '2026-9-21', '2026-09-2', '2026-09-021', '12026-09-21', '2026-13'],
    ...['2026-09-21Z', '2026-09-21 14:13', '2026-09-21T14', '2026-09-21T25:00Z', '2026-09-21T14:13:20.Z', '20260921Z'],
    ...['2026-09-21T14:13Zx', 'x2026-09-21T14:13Z', '2026-09-21T14:13+0200', '2026-09T14:13Z', ' 2026-09-21'],
  ].flatMap((text): ['Date', string, 'malformed', string][] => [
    ['Date', '0', 'malformed', text],
    ['Date', text, 'malformed', text],
  ]),
])('%s: %j %s %j', (family, value, relation, wanted) => {
  expect(COMPARISONS.filter((name) => holds(`${family}${name}`, value, wanted))).toEqual(HOLDING[relation]);
});
