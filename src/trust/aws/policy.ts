/** A role's trust policy: its plain JSON, and one parser for whatever form it comes in. */

import { type Problem, type Result, accept, problem, refuse } from '../../claims/problem.ts';

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

/** A condition, one key of one operator, with its values as a list. */
export interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

export interface Statement {
  readonly index: number;
  readonly effect: 'Allow' | 'Deny';
  readonly federated: readonly string[];
  readonly actions: readonly string[];
  readonly conditions: readonly Condition[];
  /** `NotPrincipal`, `NotAction` and principals that are not federated are outside what is understood here. */
  readonly beyond: readonly string[];
}

export interface TrustPolicy {
  /** Policy variables work only in 2012-10-17 (IAM JSON policy elements: Version). */
  readonly version: string;
  readonly statements: readonly Statement[];
}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function strings(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.flatMap((item) =>
    typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean' ? [String(item)] : [],
  );
}

/** Reads a trust policy from its JSON text or from the object. */
export function parseTrustPolicy(source: unknown): Result<TrustPolicy> {
  const document = typeof source === 'string' ? parseJson(source) : accept(source);
  if (!document.ok) return document;
  if (!isObject(document.value)) return refuse(problem([], 'a trust policy is a JSON object'));
  const given = document.value.Statement;
  const statements: readonly unknown[] = Array.isArray(given) ? given : given === undefined ? [] : [given];
  if (statements.length === 0) return refuse(problem(['Statement'], 'the policy has no statement'));
  const problems: Problem[] = [];
  const parsed = statements.flatMap((statement, index) => {
    const read = parseStatement(statement, index);
    if (read.ok) return [read.value];
    problems.push(...read.problems);
    return [];
  });
  if (problems.length > 0) return refuse(...problems);
  return accept({ version: strings(document.value.Version)[0] ?? '2008-10-17', statements: parsed });
}

function parseJson(text: string): Result<unknown> {
  try {
    return accept(JSON.parse(text) as unknown);
  } catch (error) {
    return refuse(problem([], `the policy is no JSON: ${error instanceof Error ? error.message : String(error)}`));
  }
}

function parseStatement(source: unknown, index: number): Result<Statement> {
  const path = ['Statement', index];
  if (!isObject(source)) return refuse(problem(path, 'a statement is a JSON object'));
  const effect = source.Effect;
  if (effect !== 'Allow' && effect !== 'Deny') {
    return refuse(problem([...path, 'Effect'], 'the effect of a statement is Allow or Deny'));
  }
  const principal = source.Principal;
  const condition = source.Condition ?? {};
  if (!isObject(condition)) return refuse(problem([...path, 'Condition'], 'a condition is a JSON object'));
  return accept({
    index,
    effect,
    federated: isObject(principal) ? strings(principal.Federated ?? []) : principal === '*' ? ['*'] : [],
    actions: strings(source.Action ?? []),
    conditions: Object.entries(condition).flatMap(([operator, keys]) =>
      isObject(keys) ? Object.entries(keys).map(([key, values]) => ({ operator, key, values: strings(values) })) : [],
    ),
    beyond: ['NotPrincipal', 'NotAction'].filter((element) => element in source),
  });
}
