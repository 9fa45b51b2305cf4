/** From the text of a catalog to its document, with line and column of everything that is wrong. */

import { type Alias, type Document, LineCounter, isMap, isNode, isPair, isScalar, parseDocument, visit } from 'yaml';
import { type z } from 'zod';
import { type Path, type Problem } from '../claims/problem.ts';
import { problemsOf } from './issues.ts';
import {
  type AccessEntry,
  type EnvironmentEntry,
  type GroupEntry,
  type IssuerEntry,
  catalogSchema,
  entrySchemas,
} from './schema.ts';

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
  readonly environments: Readable<EnvironmentEntry>;
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
  const yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error', uniqueKeys: false });
  const source = locator(yaml, lines);
  const malformed = [
    ...yaml.errors.map(({ message, pos }) => ({ message, at: pos[0] })),
    ...repeatedKeys(yaml),
    ...badAliases(yaml),
  ];
  if (malformed.length > 0) {
    const mistakes = malformed.map(({ message, at }) => {
      const { line, col } = lines.linePos(at);
      const hint = 'mend the line, and the rest will be checked';
      return { path: [], message: `this is no YAML: ${message}`, hint, line, column: col };
    });
    return { document: { issuers: {}, access: {}, groups: {}, environments: {} }, mistakes, source };
  }
  const raw: unknown = yaml.toJS({ maxAliasCount: -1 });
  const document = {
    issuers: readSection(raw, 'issuers', entrySchemas.issuers),
    access: readSection(raw, 'access', entrySchemas.access),
    groups: readSection(raw, 'groups', entrySchemas.groups),
    environments: readSection(raw, 'environments', entrySchemas.environments),
  };
  const problems = distinct(
    [catalogSchema.safeParse(raw, REPORT), ...Object.values(document).map(({ issues }) => issues)].flatMap(problemsOf),
  );
  return {
    document: {
      issuers: document.issuers.entries,
      access: document.access.entries,
      groups: document.groups.entries,
      environments: document.environments.entries,
    },
    mistakes: problems.map((found) => ({ ...found, ...source.locate(found.path) })),
    source,
  };
}

/** A key that is there twice. The parser's own check compares each key with each other one, which takes long in long maps. */
function repeatedKeys(yaml: Document): { readonly message: string; readonly at: number }[] {
  const found: { readonly message: string; readonly at: number }[] = [];
  visit(yaml, {
    Map: (_, map) => {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value))
          found.push({ message: `\`${String(key.value)}\` is there twice`, at: key.range?.[0] ?? 0 });
        seen.add(key.value);
      }
    },
  });
  return found;
}

/** Aliases that may stand in one catalog, written out: more would be an attack on whoever reads it. */
const ALIAS_LIMIT = 100;

/** Aliases of nothing, of themselves, or of so many others that they would unfold to too much: the parser lets them pass. */
function badAliases(yaml: Document): { readonly message: string; readonly at: number }[] {
  const found: { readonly message: string; readonly at: number }[] = [];
  let unfolded = 0;
  const unfold = (alias: Alias): void => {
    unfolded += 1;
    const target = alias.resolve(yaml);
    if (target === undefined) return;
    visit(target, {
      Alias: (_, inner) => {
        if (unfolded <= ALIAS_LIMIT) unfold(inner);
        return unfolded > ALIAS_LIMIT ? visit.BREAK : undefined;
      },
    });
  };
  visit(yaml, {
    Alias: (_, alias) => {
      const at = alias.range?.[0] ?? 0;
      if (alias.resolve(yaml) === undefined) found.push({ message: `nothing before is named &${alias.source}`, at });
      unfold(alias);
      if (unfolded <= ALIAS_LIMIT) return undefined;
      found.push({ message: `its aliases unfold to more than ${ALIAS_LIMIT}`, at });
      return visit.BREAK;
    },
  });
  return found;
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
