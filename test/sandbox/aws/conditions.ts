/**
 * The Condition block of a policy statement (IAM User Guide, "IAM JSON policy elements: Condition operators" and "…: multiple
 * keys or values"). Written from AWS's documents only, so that it can stand against the kit's own evaluation.
 */
import { BlockList, isIP } from 'node:net';
import { arnSegments, literalOf, matches, piecesOf, type PatternOptions, type Piece } from './policy-pattern.ts';

/** Does the value of the request match this one value of the policy? */
type Match = (value: string, wanted: string, options: PatternOptions) => boolean;

interface Operator {
  readonly match: Match;
  /** True for `…Not…`: none of the values may match. */
  readonly negated: boolean;
}

export class PolicyError extends Error {}

const text =
  (compare: (value: string, pieces: readonly Piece[]) => boolean): Match =>
  (value, wanted, options) => {
    const pieces = piecesOf(wanted, options);
    return pieces !== undefined && compare(value, pieces);
  };

const arn = text((value, pieces) => {
  const [have, wanted] = [arnSegments([{ text: value }]), arnSegments(pieces)];
  if (have.length !== wanted.length) return false;
  return wanted.every((segment, index) => matches(segment, literalOf(have[index] ?? [])));
});

const number =
  (compare: (value: number, wanted: number) => boolean): Match =>
  (value, wanted) =>
    isNumber(value) && isNumber(wanted) && compare(Number(value), Number(wanted));

const isNumber = (value: string): boolean => /^-?\d+(\.\d+)?$/.test(value.trim());

/** ISO 8601, or seconds since 1970. */
const instant = (value: string): number => (isNumber(value) ? Number(value) : Date.parse(value) / 1000);

const date =
  (compare: (value: number, wanted: number) => boolean): Match =>
  (value, wanted) =>
    compare(instant(value), instant(wanted));

function inNetwork(value: string, wanted: string): boolean {
  const [network = '', prefix] = wanted.split('/');
  const [family, wantedFamily] = [isIP(value), isIP(network)];
  if (family === 0 || family !== wantedFamily) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(network, prefix === undefined ? (family === 4 ? 32 : 128) : Number(prefix), type);
  return list.check(value, type);
}

const same = (value: number, wanted: number): boolean => value === wanted;
const equals = text((value, pieces) => value === literalOf(pieces));
const equalsIgnoringCase = text((value, pieces) => value.toLowerCase() === literalOf(pieces).toLowerCase());
const like = text((value, pieces) => matches(pieces, value));

const is = (match: Match): Operator => ({ match, negated: false });
const isNot = (match: Match): Operator => ({ match, negated: true });

/** One row an operator. ArnEquals and ArnLike behave identically, says AWS. */
const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: is(equals),
  StringNotEquals: isNot(equals),
  StringEqualsIgnoreCase: is(equalsIgnoringCase),
  StringNotEqualsIgnoreCase: isNot(equalsIgnoringCase),
  StringLike: is(like),
  StringNotLike: isNot(like),
  ArnEquals: is(arn),
  ArnLike: is(arn),
  ArnNotEquals: isNot(arn),
  ArnNotLike: isNot(arn),
  Bool: is((value, wanted) => value.toLowerCase() === wanted.toLowerCase()),
  BinaryEquals: is((value, wanted) => value === wanted),
  NumericEquals: is(number(same)),
  NumericNotEquals: isNot(number(same)),
  NumericLessThan: is(number((value, wanted) => value < wanted)),
  NumericLessThanEquals: is(number((value, wanted) => value <= wanted)),
  NumericGreaterThan: is(number((value, wanted) => value > wanted)),
  NumericGreaterThanEquals: is(number((value, wanted) => value >= wanted)),
  DateEquals: is(date(same)),
  DateNotEquals: isNot(date(same)),
  DateLessThan: is(date((value, wanted) => value < wanted)),
  DateLessThanEquals: is(date((value, wanted) => value <= wanted)),
  DateGreaterThan: is(date((value, wanted) => value > wanted)),
  DateGreaterThanEquals: is(date((value, wanted) => value >= wanted)),
  IpAddress: is(inNetwork),
  NotIpAddress: isNot(inNetwork),
};

export interface ConditionFailure {
  readonly operator: string;
  readonly key: string;
  readonly wanted: readonly string[];
  readonly actual: readonly string[] | undefined;
}

/** The first key that fails, or nothing when the whole block holds: operators and keys AND together. */
export function failingCondition(
  condition: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>,
  options: PatternOptions,
): ConditionFailure | undefined {
  for (const [operator, keys] of Object.entries(condition)) {
    for (const [key, wanted] of Object.entries(keys)) {
      const actual = options.context.get(key.toLowerCase());
      if (!holds(operator, wanted, actual, options)) return { operator, key, wanted, actual };
    }
  }
  return undefined;
}

function holds(
  name: string,
  wanted: readonly string[],
  actual: readonly string[] | undefined,
  options: PatternOptions,
): boolean {
  if (name === 'Null') return wanted.some((value) => (value.toLowerCase() === 'true') === (actual === undefined));
  const [, set, base = '', optional] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(name) ?? [];
  const operator = OPERATORS[base];
  if (operator === undefined) throw new PolicyError(`Invalid Condition type : ${name}`);
  if (actual === undefined) return optional !== undefined || absent(set, operator);
  const holdsFor = (value: string): boolean =>
    wanted.some((one) => operator.match(value, one, options)) !== operator.negated;
  if (set === 'ForAnyValue') return actual.some(holdsFor);
  if (set === 'ForAllValues') return actual.every(holdsFor);
  // Without a set operator a key of several values is read as "any", and for a negated operator as "none".
  return operator.negated ? actual.every(holdsFor) : actual.some(holdsFor);
}

/** A key that is not there: false, but true when negated; and always true, always false for the set operators. */
function absent(set: string | undefined, { negated }: Operator): boolean {
  if (set === 'ForAllValues') return true;
  if (set === 'ForAnyValue') return false;
  return negated;
}
