/** A role's trust policy: its plain JSON, and one parser for whatever form it comes in. */

import { type Path, type Problem, type Result, accept, problem, refuse } from '../../claims/problem.ts';
import { suggest } from '../../claims/suggest.ts';
import { NULL_OPERATOR, OPERATOR_NAMES, operatorOf } from './operators.ts';

/** IAM JSON policy, as AWS stores it. */
export interface PolicyDocument {
  readonly Version: string;
  readonly Statement: readonly PolicyStatement[];
}

export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal: { readonly Federated: string };
  readonly Action: string | readonly string[];
  readonly Condition: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** Default quota of a role trust policy, in characters (IAM quotas). */
export const TRUST_POLICY_QUOTA = 2048;

/** What the quota can be raised to (IAM quotas). */
export const TRUST_POLICY_MAXIMUM = 4096;

/** Characters that count for the quota: white space between elements does not (IAM and STS character limits). */
export function sizeOf(document: object): number {
  return JSON.stringify(document).length;
}

/** A condition, one key of one operator, with its values as a list. */
export interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** Principals by kind: `Federated`, `AWS`, …; `*` alone is everybody. */
export type Principals = '*' | Readonly<Record<string, readonly string[]>>;

export interface Statement {
  readonly index: number;
  readonly effect: 'Allow' | 'Deny';
  readonly principals: Principals;
  /** `NotPrincipal`: everybody but these. */
  readonly exceptPrincipals: boolean;
  readonly actions: readonly string[];
  /** `NotAction`: every action but these. */
  readonly exceptActions: boolean;
  readonly conditions: readonly Condition[];
}

export interface TrustPolicy {
  /** Policy variables work only in 2012-10-17 (IAM JSON policy elements: Version). */
  readonly version: string;
  readonly statements: readonly Statement[];
  /** Without white space between the elements, which does not count for the quota. */
  readonly characters: number;
}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const VERSIONS = ['2012-10-17', '2008-10-17'];

/** Reads a trust policy from its JSON text or from the object. What IAM would not store is a problem. */
export function parseTrustPolicy(source: unknown): Result<TrustPolicy> {
  const document = typeof source === 'string' ? parseJson(source) : accept(source);
  if (!document.ok) return document;
  if (!isObject(document.value)) return refuse(problem([], 'a trust policy is a JSON object'));
  const { Version: version = '2008-10-17', Statement: given } = document.value;
  const statements: readonly unknown[] = Array.isArray(given) ? given : given === undefined ? [] : [given];
  const problems: Problem[] = [...checkNames(document.value, ['Version', 'Id', 'Statement'], [])];
  if (typeof version !== 'string' || !VERSIONS.includes(version)) {
    problems.push(problem(['Version'], `there is no version ${String(version)}`, `write "${VERSIONS[0] ?? ''}"`));
  }
  if (statements.length === 0) problems.push(problem(['Statement'], 'the policy has no statement'));
  const parsed = statements.map((statement, index) => parseStatement(statement, index, problems));
  if (problems.length > 0) return refuse(...problems);
  return accept({
    version: String(version),
    statements: parsed.filter((statement) => statement !== undefined),
    characters: sizeOf(document.value),
  });
}

function parseJson(text: string): Result<unknown> {
  try {
    return accept(JSON.parse(text) as unknown);
  } catch (error) {
    return refuse(problem([], `the policy is no JSON: ${error instanceof Error ? error.message : String(error)}`));
  }
}

const ELEMENTS = ['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Condition'];

function checkNames(source: Json, names: readonly string[], path: Path): Problem[] {
  return Object.keys(source)
    .filter((name) => !names.includes(name))
    .map((name) =>
      name === 'Resource' || name === 'NotResource'
        ? problem([...path, name], `a trust policy has no ${name}: the resource is the role itself`)
        : problem([...path, name], `a policy has no element \`${name}\` here`, suggest(name, names)),
    );
}

function parseStatement(source: unknown, index: number, problems: Problem[]): Statement | undefined {
  const path = ['Statement', index];
  const wrong = (found: readonly Problem[]) => problems.push(...found);
  if (!isObject(source)) {
    wrong([problem(path, 'a statement is a JSON object')]);
    return undefined;
  }
  wrong(checkNames(source, ELEMENTS, path));
  const effect = source.Effect;
  if (effect !== 'Allow' && effect !== 'Deny') {
    wrong([problem([...path, 'Effect'], 'the effect of a statement is Allow or Deny')]);
  }
  const principal = oneOf(source, 'Principal', 'NotPrincipal', path);
  const action = oneOf(source, 'Action', 'NotAction', path);
  if (!principal.ok) wrong(principal.problems);
  if (!action.ok) wrong(action.problems);
  const principals = principal.ok ? parsePrincipals(principal.value.value, [...path, principal.value.name]) : undefined;
  const actions = action.ok ? texts(action.value.value, [...path, action.value.name]) : undefined;
  const conditions = parseConditions(source.Condition ?? {}, [...path, 'Condition']);
  for (const part of [principals, actions, conditions]) if (part?.ok === false) wrong(part.problems);
  if (!principal.ok || !action.ok || principals?.ok !== true || actions?.ok !== true || !conditions.ok)
    return undefined;
  return {
    index,
    effect: effect === 'Deny' ? 'Deny' : 'Allow',
    principals: principals.value,
    exceptPrincipals: principal.value.name === 'NotPrincipal',
    actions: actions.value,
    exceptActions: action.value.name === 'NotAction',
    conditions: conditions.value,
  };
}

function oneOf(source: Json, name: string, other: string, path: Path): Result<{ name: string; value: unknown }> {
  const given = [name, other].filter((element) => source[element] !== undefined);
  const [only] = given;
  if (only === undefined || given.length > 1) {
    return refuse(problem(path, `a statement has exactly one of ${name} and ${other}`));
  }
  return accept({ name: only, value: source[only] });
}

function parsePrincipals(source: unknown, path: Path): Result<Principals> {
  if (source === '*') return accept('*');
  if (!isObject(source)) return refuse(problem(path, 'a principal is "*" or an object such as {"Federated": ARN}'));
  return mapOf(source, path, texts);
}

function parseConditions(source: unknown, path: Path): Result<readonly Condition[]> {
  if (!isObject(source)) return refuse(problem(path, 'a condition is a JSON object'));
  const blocks = mapOf(source, path, (keys, at): Result<readonly Condition[]> => {
    const operator = String(at.at(-1));
    if (operatorOf(operator) === undefined && operator.toLowerCase() !== NULL_OPERATOR) {
      return refuse(problem(at, `there is no condition operator \`${operator}\``, suggest(operator, OPERATOR_NAMES)));
    }
    if (!isObject(keys)) return refuse(problem(at, 'an operator holds an object of condition keys'));
    const values = mapOf(keys, at, texts);
    if (!values.ok) return values;
    return accept(Object.entries(values.value).map(([key, wanted]) => ({ operator, key, values: wanted })));
  });
  return blocks.ok ? accept(Object.values(blocks.value).flat()) : blocks;
}

function mapOf<T>(
  source: Json,
  path: Path,
  read: (value: unknown, path: Path) => Result<T>,
): Result<Record<string, T>> {
  const problems: Problem[] = [];
  const entries = Object.entries(source).flatMap(([name, value]): [string, T][] => {
    const result = read(value, [...path, name]);
    if (result.ok) return [[name, result.value]];
    problems.push(...result.problems);
    return [];
  });
  return problems.length > 0 ? refuse(...problems) : accept(Object.fromEntries(entries));
}

/** One value or several; numbers and truth values are written as text. */
function texts(source: unknown, path: Path): Result<readonly string[]> {
  const list: readonly unknown[] = Array.isArray(source) ? source : [source];
  const isText = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value);
  if (!list.every(isText)) return refuse(problem(path, 'a value is a string, or a list of strings'));
  return accept(list.map(String));
}
