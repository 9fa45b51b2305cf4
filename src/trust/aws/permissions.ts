/** Does one permissions policy of IAM allow no more than another? Certain where it says so, and else it may be either. */

import { wildcards } from '../language/regular.ts';
import { genericSpace } from '../tokens/profile-space.ts';
import { solve } from '../tokens/solve.ts';
import { claimIn, minus } from '../tokens/token-set.ts';

type Json = Readonly<Record<string, unknown>>;

const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Policies count together. Statement by statement: each Allow is within one of the other's, and each of the other's denials is
 * within one of their own.
 * @param inner their JSON texts
 */
export function isWithinPermissions(inner: readonly string[], outer: readonly string[]): boolean {
  const [own, other] = [inner.map(statementsOf), outer.map(statementsOf)];
  if (own.includes(undefined) || other.includes(undefined)) return false;
  const of = (policies: readonly (readonly Json[] | undefined)[], effect: string) =>
    policies.flatMap((statements = []) => statements.filter(({ Effect }) => Effect === effect));
  return (
    of(own, 'Allow').every((statement) => of(other, 'Allow').some((one) => isWithin(statement, one))) &&
    of(other, 'Deny').every((statement) => of(own, 'Deny').some((one) => isWithin(statement, one)))
  );
}

/** Undefined where the document is no policy that can be read. */
function statementsOf(text: string): readonly Json[] | undefined {
  const document = parsed(text);
  if (!isMap(document)) return undefined;
  const given = document.Statement;
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  return list.every((one): one is Json => isMap(one) && isReadable(one)) ? list : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What is not known here decides in ways that are not known here. */
const ELEMENTS = ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'];

const isReadable = (statement: Json): boolean =>
  Object.keys(statement).every((name) => ELEMENTS.includes(name)) &&
  ['Action', 'NotAction', 'Resource', 'NotResource'].every(
    (name) => statement[name] === undefined || [statement[name]].flat().every((one) => typeof one === 'string'),
  );

function isWithin(inner: Json, outer: Json): boolean {
  const sameCondition = JSON.stringify(inner.Condition) === JSON.stringify(outer.Condition);
  return (
    (outer.Condition === undefined || sameCondition) &&
    covers(inner, outer, 'Action', (pattern) => pattern.toLowerCase()) &&
    covers(inner, outer, 'Resource', (pattern) => pattern)
  );
}

/** Each pattern of the inner statement is within one of the outer's; of what is excepted, the other way round. */
function covers(inner: Json, outer: Json, name: 'Action' | 'Resource', normal: (pattern: string) => string): boolean {
  const of = (statement: Json, element: string): string[] | undefined =>
    statement[element] === undefined
      ? undefined
      : [statement[element]].flat().flatMap((one) => (typeof one === 'string' ? [normal(one)] : []));
  const [plain, excepted] = [of(inner, name), of(inner, `Not${name}`)];
  const [others, otherExcepted] = [of(outer, name), of(outer, `Not${name}`)];
  const each = (patterns: readonly string[], within: readonly string[]) =>
    patterns.every((pattern) => within.some((one) => isWithinPattern(pattern, one)));
  if (plain !== undefined && others !== undefined) return each(plain, others);
  return excepted !== undefined && otherExcepted !== undefined && each(otherExcepted, excepted);
}

/** A policy variable is a text of its own, which only the same variable or a wildcard takes in. */
function isWithinPattern(inner: string, outer: string): boolean {
  if (inner === outer || outer === '*') return true;
  const language = (pattern: string) => claimIn('text', wildcards(pattern, { one: '?' }));
  if (/[$]/.test(inner + outer)) return false;
  return solve(genericSpace(), minus(language(inner), language(outer))).kind === 'empty';
}
