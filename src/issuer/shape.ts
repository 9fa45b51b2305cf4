/** Documents that people and programs write, read by a schema: every mistake as a plain sentence with its place. */

import { z } from 'zod';
import { type Path, type Problem, type Result, accept, problem, refuse } from '../claims/problem.ts';
import { suggest } from '../claims/suggest.ts';

/** The words of one kind of document. */
export interface Wording {
  /** The document as a whole, e.g. `the configuration`. */
  readonly whole: string;
  /** A part that has a name, e.g. `setting`. */
  readonly part: string;
  /** An object, e.g. `a map`. */
  readonly object: string;
}

/** What could be read of something, part by part; undefined where it is wrong, so that the rest can still be checked. */
export type Known<T> = { readonly [K in keyof T]: T[K] | undefined };

type Values<S extends z.ZodRawShape> = { readonly [K in keyof S]: z.output<S[K]> };

/** Issues whose schema has no message of its own get an empty one instead of zod's, which no user should have to read. */
const REPORT = { reportInput: true, error: () => '' } as const;

export function readShape<S extends z.ZodType>(schema: S, value: unknown, wording: Wording): Result<z.output<S>> {
  const parsed = schema.safeParse(value, REPORT);
  if (parsed.success) return accept(parsed.data);
  return refuse(...parsed.error.issues.flatMap((issue) => describeIssue(issue, schema, wording)));
}

/** The parts that are right by themselves. Those that are absent have their defaults. */
export function readParts<S extends z.ZodRawShape>(shape: S, value: unknown): Known<Values<S>> {
  const parts = Object.entries(shape).map(([name, schema]) => {
    const parsed = z.safeParse(schema, partOf(value, name));
    return [name, parsed.data] as const;
  });
  return Object.fromEntries(parts) as Known<Values<S>>;
}

export interface Item<T> {
  readonly index: number;
  readonly value: T;
}

/** The items of a list that are right by themselves, with their places in it. */
export function readItems<S extends z.ZodType>(schema: S, value: unknown): Item<z.output<S>>[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item, index) => {
    const parsed = schema.safeParse(item);
    return parsed.success ? [{ index, value: parsed.data }] : [];
  });
}

/** What stands under a name in a document that nobody has checked yet. */
export function partOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

/** A schema whose rule is a reader of ours: its problems keep their words and hints. */
export function readBy<S extends z.ZodType, T>(schema: S, read: (value: z.output<S>) => Result<T>) {
  return schema.transform((input, context): T => {
    const result = read(input);
    if (result.ok) return result.value;
    for (const { path, message, hint } of result.problems) {
      context.issues.push({ code: 'custom', input, path: [...path], message, params: { hint } });
    }
    return z.NEVER;
  });
}

/** The same by a check that yields nothing but problems. */
export function checkedBy<S extends z.ZodType>(schema: S, check: (value: z.output<S>) => readonly Problem[]) {
  return readBy(schema, (value): Result<z.output<S>> => {
    const problems = check(value);
    return problems.length === 0 ? accept(value) : refuse(...problems);
  });
}

function describeIssue(issue: z.core.$ZodIssue, schema: z.ZodType, wording: Wording): Problem[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    const offered = namesIn(schemaAt(schema, path));
    return issue.keys.map((key) => problem([...path, key], `there is no such ${wording.part}`, suggest(key, offered)));
  }
  if (issue.code === 'custom') {
    const hint: unknown = issue.params?.hint;
    return [problem(path, issue.message, typeof hint === 'string' ? hint : undefined)];
  }
  if (issue.input === undefined || issue.input === null) return [describeAbsence(issue.input, path, schema, wording)];
  if (issue.message !== '') return [problem(path, issue.message)];
  if (issue.code === 'invalid_value') {
    return [problem(path, `there is no \`${shown(issue.input)}\` here`, suggestValue(issue.input, issue.values))];
  }
  const what = nameOf(path, wording);
  const kind = issue.code === 'invalid_type' ? kindOf(issue.expected, wording) : 'of another kind';
  return [problem(path, `${what} must be ${kind}`, explain(schema, path))];
}

function describeAbsence(input: undefined | null, path: Path, schema: z.ZodType, wording: Wording): Problem {
  return problem(path, `${nameOf(path, wording)} is ${input === null ? 'empty' : 'missing'}`, explain(schema, path));
}

function nameOf(path: Path, { whole }: Wording): string {
  const last = path.at(-1);
  if (last === undefined) return whole;
  return typeof last === 'number' ? 'this item' : `\`${last}\``;
}

const KINDS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  // Nothing here is measured in fractions.
  number: 'a whole number',
  int: 'a whole number',
  string: 'a string',
};

function kindOf(expected: string, { object }: Wording): string {
  return expected === 'object' || expected === 'record' ? object : (KINDS[expected] ?? 'of another kind');
}

/** What would be right: the description in the schema, or the names that there are. */
function explain(schema: z.ZodType, path: Path): string | undefined {
  const at = schemaAt(schema, path);
  if (at instanceof z.ZodType && at.description !== undefined) return at.description;
  const names = namesIn(at);
  return names.length === 0 ? undefined : `it has: ${names.join(', ')}`;
}

/** Whoever sent a value too long to be meant does not need to read it again. */
const SHOWN = 100;

function shown(value: unknown): string {
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, SHOWN);
}

function suggestValue(value: unknown, offered: readonly unknown[]): string {
  return suggest(shown(value), offered.map(String));
}

function namesIn(schema: unknown): string[] {
  const inner = unwrap(schema);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

/** The schema of a place; items of lists and entries of records stand for any. Wrappers stay on, with their descriptions. */
function schemaAt(schema: z.ZodType, path: Path): unknown {
  let at: unknown = schema;
  for (const step of path) {
    const outer = unwrap(at);
    if (outer instanceof z.ZodObject) at = (outer.shape as Readonly<Record<string, unknown>>)[String(step)];
    else if (outer instanceof z.ZodRecord) at = outer.valueType;
    else at = outer instanceof z.ZodArray ? outer.element : undefined;
  }
  return at;
}

/** What a schema is without what says that it may be absent, or what becomes of it. */
export function unwrap(schema: unknown): unknown {
  const wrapped =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault;
  if (wrapped) return unwrap(schema.unwrap());
  return schema instanceof z.ZodPipe ? unwrap(schema.in) : schema;
}
