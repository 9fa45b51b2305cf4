/** The condition operators of IAM (IAM User Guide, "IAM JSON policy elements: Condition operators"). */

import { ANY_ONE, ANY_RUN, type Pattern, codesOf, matches } from '../matcher.ts';
import { isInNetwork } from './address.ts';

/** How the values of one family of operators are compared. */
export type Comparison =
  /** By characters; `wild`: `*` and `?` are wildcards. */
  | { readonly kind: 'string'; readonly wild: true }
  | { readonly kind: 'string'; readonly wild: false; readonly ignoreCase: boolean }
  /** By the six parts of an ARN, wildcards in each. */
  | { readonly kind: 'arn' }
  /** By what the text stands for. */
  | { readonly kind: 'value'; readonly compare: (value: string, wanted: string) => boolean };

export interface Operator {
  /** As AWS writes it, without `ForAllValues:`, `ForAnyValue:` and `IfExists`. */
  readonly name: string;
  readonly comparison: Comparison;
  /** `…Not…`: none of the values may match. */
  readonly negated: boolean;
  readonly ifExists: boolean;
  readonly set?: 'all' | 'any';
}

const exact: Comparison = { kind: 'string', wild: false, ignoreCase: false };
const ignoringCase: Comparison = { kind: 'string', wild: false, ignoreCase: true };
const wild: Comparison = { kind: 'string', wild: true };
const arn: Comparison = { kind: 'arn' };

const NUMBER = /^-?[0-9]+(?:\.[0-9]+)?$/;

/** The formats of W3C's profile of ISO 8601: dates, and with a time. */
const DATE = /^[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?$/;
const TIME =
  /^(?<local>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)(?<zone>Z|[+-][0-9]{2}:[0-9]{2})?$/;

function numberOf(text: string): number {
  return NUMBER.test(text) ? Number(text) : Number.NaN;
}

/** Seconds since 1970, from them or from ISO 8601; without a zone it is UTC. */
function instantOf(text: string): number {
  if (NUMBER.test(text)) return Number(text);
  if (DATE.test(text)) return Date.parse(text) / 1000;
  const { local = '', zone = 'Z' } = TIME.exec(text)?.groups ?? {};
  return Date.parse(`${local}${zone}`) / 1000;
}

const by = (read: (text: string) => number, holds: (value: number, wanted: number) => boolean): Comparison => ({
  kind: 'value',
  compare: (value, wanted) => holds(read(value), read(wanted)),
});

const equal = (value: number, wanted: number): boolean => value === wanted;
const less = (value: number, wanted: number): boolean => value < wanted;
const lessOrEqual = (value: number, wanted: number): boolean => value <= wanted;
const greater = (value: number, wanted: number): boolean => value > wanted;
const greaterOrEqual = (value: number, wanted: number): boolean => value >= wanted;

const sameFlag: Comparison = {
  kind: 'value',
  compare: (value, wanted) => value.toLowerCase() === wanted.toLowerCase(),
};
const inNetwork: Comparison = { kind: 'value', compare: isInNetwork };

type Row = readonly [name: string, comparison: Comparison, negated?: true];

const ROWS: readonly Row[] = [
  ['StringEquals', exact],
  ['StringNotEquals', exact, true],
  ['StringEqualsIgnoreCase', ignoringCase],
  ['StringNotEqualsIgnoreCase', ignoringCase, true],
  ['StringLike', wild],
  ['StringNotLike', wild, true],
  // ArnEquals and ArnLike behave identically.
  ['ArnEquals', arn],
  ['ArnLike', arn],
  ['ArnNotEquals', arn, true],
  ['ArnNotLike', arn, true],
  ['Bool', sameFlag],
  ['BinaryEquals', { kind: 'value', compare: (value, wanted) => value === wanted }],
  ['NumericEquals', by(numberOf, equal)],
  ['NumericNotEquals', by(numberOf, equal), true],
  ['NumericLessThan', by(numberOf, less)],
  ['NumericLessThanEquals', by(numberOf, lessOrEqual)],
  ['NumericGreaterThan', by(numberOf, greater)],
  ['NumericGreaterThanEquals', by(numberOf, greaterOrEqual)],
  ['DateEquals', by(instantOf, equal)],
  ['DateNotEquals', by(instantOf, equal), true],
  ['DateLessThan', by(instantOf, less)],
  ['DateLessThanEquals', by(instantOf, lessOrEqual)],
  ['DateGreaterThan', by(instantOf, greater)],
  ['DateGreaterThanEquals', by(instantOf, greaterOrEqual)],
  ['IpAddress', inNetwork],
  ['NotIpAddress', inNetwork, true],
];

const BY_NAME = new Map(ROWS.map((row) => [row[0].toLowerCase(), row]));

/** The one operator that has no values to compare, but only whether the key is there. */
export const NULL_OPERATOR = 'null';

/** Names of operators, for suggestions. */
export const OPERATOR_NAMES: readonly string[] = [...ROWS.map(([name]) => name), 'Null'];

const WRITTEN = /^(?:(?<set>ForAllValues|ForAnyValue):)?(?<base>\w+?)(?<optional>IfExists)?$/i;

const known = new Map<string, Operator | undefined>();

/** Reads an operator as a policy writes it; undefined where there is none of this name, and for `Null`. */
export function operatorOf(written: string): Operator | undefined {
  if (known.has(written)) return known.get(written);
  const { set, base = '', optional } = WRITTEN.exec(written)?.groups ?? {};
  const row = BY_NAME.get(base.toLowerCase());
  const operator: Operator | undefined =
    row === undefined
      ? undefined
      : {
          name: row[0],
          comparison: row[1],
          negated: row[2] === true,
          ifExists: optional !== undefined,
          ...(set === undefined ? {} : { set: set.toLowerCase() === 'forallvalues' ? 'all' : 'any' }),
        };
  known.set(written, operator);
  return operator;
}

/** Does a value of the request fit? */
export type Fits = (value: string) => boolean;

/** Values that fit one value of the policy, in which wildcards are marked. */
export function fitting(comparison: Comparison, wanted: Pattern): Fits {
  if (comparison.kind === 'arn') return fittingArn(wanted);
  const text = plainText(wanted);
  if (comparison.kind === 'value') return (value) => comparison.compare(value, text);
  if (comparison.wild) return (value) => matches(wanted, value);
  if (!comparison.ignoreCase) return (value) => value === text;
  const lower = text.toLowerCase();
  return (value) => value.toLowerCase() === lower;
}

/** The text with wildcards as the characters that they are. */
export function plainText(pattern: Pattern): string {
  return String.fromCharCode(...pattern.map((code) => (code === ANY_RUN ? 0x2a : code === ANY_ONE ? 0x3f : code)));
}

const COLON = 0x3a;
const ARN_PARTS = 6;

/** Cuts at the first five colons; a wildcard does not run across them. */
export function arnParts(pattern: Pattern): Pattern[] {
  const parts: number[][] = [[]];
  for (const code of pattern) {
    if (code === COLON && parts.length < ARN_PARTS) parts.push([]);
    else parts.at(-1)?.push(code);
  }
  return parts;
}

function fittingArn(wanted: Pattern): Fits {
  const parts = arnParts(wanted);
  return (value) => {
    const own = arnParts(codesOf(value)).map(plainText);
    return own.length === parts.length && parts.every((part, at) => matches(part, own[at] ?? ''));
  };
}
