/** From the text of a catalog to its document, with line and column of everything that is wrong. */

import { LineCounter, type Document, isMap, isNode, isPair, isScalar, parseDocument } from 'yaml';
import { z } from 'zod';
import { type Path, type Problem, problem } from '../claims/problem.ts';
import { suggest } from '../claims/suggest.ts';
import { type AccessEntry, type GroupEntry, type IssuerEntry, catalogSchema, entrySchemas } from './schema.ts';

/** A problem with its place in the file; lines and columns count from 1. */
export interface Mistake extends Problem {
  readonly line: number;
  readonly column: number;
}

export interface Located {
  /** Finds the place of a path: the key of the last part, or the nearest thing around it that exists. */
  locate(path: Path): { readonly line: number; readonly column: number };
}

/** Entries by name; undefined where an entry has no readable shape, so that the others can still be checked. */
export type Readable<E> = Readonly<Record<string, E | undefined>>;

export interface ReadableCatalog {
  readonly issuers: Readable<IssuerEntry>;
  readonly access: Readable<AccessEntry>;
  readonly groups: Readable<GroupEntry>;
}

export interface ParsedCatalog {
  readonly document: ReadableCatalog;
  /** What is wrong with the shape. */
  readonly mistakes: readonly Mistake[];
  readonly source: Located;
}

/** Reads and checks the shape. What the values mean is checked by the plan. */
export function parseCatalog(text: string): ParsedCatalog {
  const lines = new LineCounter();
  const yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const source = locator(yaml, lines);
  if (yaml.errors.length > 0) {
    const mistakes = yaml.errors.map(({ message, pos }) => {
      const { line, col } = lines.linePos(pos[0]);
      const hint = 'mend the line, and the rest will be checked';
      return { path: [], message: `this is no YAML: ${message}`, hint, line, column: col };
    });
    return { document: { issuers: {}, access: {}, groups: {} }, mistakes, source };
  }
  const raw: unknown = yaml.toJS({ maxAliasCount: 100 });
  const document = {
    issuers: readSection(raw, 'issuers', entrySchemas.issuers),
    access: readSection(raw, 'access', entrySchemas.access),
    groups: readSection(raw, 'groups', entrySchemas.groups),
  };
  const problems = distinct(
    [catalogSchema.safeParse(raw, REPORT), ...Object.values(document).map(({ issues }) => issues)].flatMap(problemsOf),
  );
  return {
    document: { issuers: document.issuers.entries, access: document.access.entries, groups: document.groups.entries },
    mistakes: problems.map((found) => ({ ...found, ...source.locate(found.path) })),
    source,
  };
}

const REPORT = { reportInput: true } as const;

/** Each entry by itself: one that is wrong does not hide what is wrong with its neighbours. */
function readSection<S extends z.ZodType>(raw: unknown, section: string, schema: S) {
  const found: unknown =
    typeof raw === 'object' && raw !== null ? (raw as Record<string, unknown>)[section] : undefined;
  const named = typeof found === 'object' && found !== null && !Array.isArray(found) ? Object.entries(found) : [];
  const parsed = named.map(([name, entry]) => ({ name, result: parseEntry(schema, entry) }));
  return {
    entries: Object.fromEntries(parsed.map(({ name, result }) => [name, result.data])),
    issues: parsed.flatMap(({ name, result }) =>
      (result.error?.issues ?? []).map((issue) => ({ ...issue, path: [section, name, ...issue.path] })),
    ),
  };
}

/** A key too many is a mistake, but the rest of the entry can be read without it. */
function parseEntry<S extends z.ZodType>(schema: S, entry: unknown) {
  const result = schema.safeParse(entry, REPORT);
  const surplus =
    result.error?.issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : [],
    ) ?? [];
  if (surplus.length === 0 || typeof entry !== 'object' || entry === null)
    return { data: result.data, error: result.error };
  const rest = Object.fromEntries(Object.entries(entry).filter(([key]) => !surplus.includes(key)));
  return { data: schema.safeParse(rest).data, error: result.error };
}

function problemsOf(source: Issue[] | { readonly error?: { readonly issues: Issue[] } }): Problem[] {
  return (Array.isArray(source) ? source : (source.error?.issues ?? [])).flatMap(describe);
}

function distinct(problems: readonly Problem[]): Problem[] {
  const key = ({ path, message }: Problem) => JSON.stringify([path, message]);
  return [...new Map(problems.map((found) => [key(found), found])).values()];
}

function locator(yaml: Document, lines: LineCounter): Located {
  return {
    locate(path) {
      for (let length = path.length; length > 0; length--) {
        const at = offsetOf(yaml, path.slice(0, length));
        if (at === undefined) continue;
        const { line, col } = lines.linePos(at);
        return { line, column: col };
      }
      return { line: 1, column: 1 };
    },
  };
}

/** A key is where the eye looks; an item of a list has only its value. */
function offsetOf(yaml: Document, path: Path): number | undefined {
  const parent: unknown = path.length === 1 ? yaml.contents : yaml.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  if (isMap(parent)) {
    const pair = parent.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === last);
    return isNode(pair?.key) ? pair.key.range?.[0] : undefined;
  }
  const node: unknown = yaml.getIn(path, true);
  return isNode(node) ? node.range?.[0] : undefined;
}

type Issue = z.core.$ZodIssue;

/** One sentence an issue, with what would have been right. */
function describe(issue: Issue): Problem[] {
  const path = issue.path.filter((part) => typeof part !== 'symbol');
  const where = path.at(-1);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) =>
        problem([...path, key], `there is no \`${key}\` here`, suggest(key, keysAt(path))),
      );
    case 'invalid_value':
      return [
        problem(
          path,
          `\`${show(issue.input ?? where)}\` is not one of the values`,
          suggest(show(issue.input ?? ''), issue.values.map(String)),
        ),
      ];
    case 'invalid_type':
      return [
        issue.input === undefined && issue.message.startsWith('Invalid input')
          ? problem(path, missing(where), `wanted: ${issue.expected}`)
          : problem(path, typed(issue.message, where, issue.expected)),
      ];
    case 'invalid_union':
      return [bestOfUnion(issue, path)];
    case 'invalid_key':
      return issue.issues.map((inner) => problem(path, inner.message));
    case 'too_small':
      return [problem(path, `\`${String(where)}\` is empty`, 'write a value, or leave it out')];
    default:
      return [problem(path, issue.message)];
  }
}

const show = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const missing = (where: string | number | undefined) => `\`${String(where)}\` is missing or empty`;

const typed = (message: string, where: string | number | undefined, expected: string) =>
  message.startsWith('Invalid input') ? `\`${String(where)}\` must be a ${expected}` : message;

/** Of a union's complaints the one that says most: a message of our own. */
function bestOfUnion(issue: Extract<Issue, { code: 'invalid_union' }>, path: Path): Problem {
  const inner = issue.errors.flat().flatMap(flatten);
  const own = inner.find(
    ({ message }) => !/^(?:Invalid|Unrecognized|Too small)/.test(message) && message !== 'a string is wanted here',
  );
  const unknown = inner.find(({ code }) => code === 'unrecognized_keys');
  if (own !== undefined) return problem([...path, ...own.path.filter((part) => typeof part !== 'symbol')], own.message);
  if (unknown?.code === 'unrecognized_keys')
    return problem(path, `there is no \`${unknown.keys.join(', ')}\` here`, 'a pattern is written { like: "…*" }');
  return problem(
    path,
    `\`${String(path.at(-1))}\` has a value of the wrong kind`,
    'write a string, a list of strings, or { like: pattern }',
  );
}

function flatten(issue: Issue): Issue[] {
  return issue.code === 'invalid_union'
    ? issue.errors
        .flat()
        .flatMap(flatten)
        .map((one) => ({ ...one, path: [...issue.path, ...one.path] }))
    : [issue];
}

/** The keys that the schema has at a path. */
function keysAt(path: Path): string[] {
  let at: unknown = catalogSchema;
  for (const part of path) at = step(at, part);
  const shape = unwrap(at);
  return shape instanceof z.ZodObject ? Object.keys(shape.shape) : [];
}

function unwrap(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? unwrap(schema.unwrap()) : schema;
}

function step(schema: unknown, part: string | number): unknown {
  const shape = unwrap(schema);
  if (shape instanceof z.ZodObject) return (shape.shape as Record<string, unknown>)[part];
  return shape instanceof z.ZodRecord ? shape.valueType : undefined;
}
