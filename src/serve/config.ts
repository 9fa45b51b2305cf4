/** The configuration of the server: YAML or JSON, parsed once, with every problem and its place. */

import { dirname, resolve } from 'node:path';
import { type Document, LineCounter, type YAMLError, isMap, isNode, isScalar, parseDocument } from 'yaml';
import { type Path, type Problem, describeProblem, problem } from '../claims/problem.ts';
import { readTextFile } from './files.ts';
import { type ServerConfig, buildConfig } from './settings.ts';

/** A problem with its place in the file, both counted from 1. */
export interface PlacedProblem extends Problem {
  readonly line: number;
  readonly column: number;
}

export type Placed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly PlacedProblem[] };

/** A text that is YAML, though nobody knows yet of what. */
export interface ParsedText {
  readonly document: unknown;
  /** Adds the places, and sorts by them. */
  readonly place: (problems: readonly Problem[]) => PlacedProblem[];
}

/** Reads a configuration file; paths in it are relative to it. Throws `IssuerFault` where it cannot be read. */
export async function readConfigFile(file: string): Promise<Placed<ServerConfig>> {
  return parseConfig(await readTextFile(file, 'the configuration'), dirname(resolve(file)));
}

/** @param directory that relative paths are relative to */
export function parseConfig(text: string, directory: string): Placed<ServerConfig> {
  const parsed = parseText(text);
  if (!parsed.ok) return parsed;
  const { document, place } = parsed.value;
  const built = buildConfig(document, directory);
  return built.ok ? built : { ok: false, problems: place(built.problems) };
}

/** YAML, of which JSON is a part. */
export function parseText(text: string): Placed<ParsedText> {
  const lines = new LineCounter();
  const yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  if (yaml.errors.length > 0) {
    const problems = yaml.errors.map((error) => ({ ...problem([], describeError(error)), ...at(lines, error.pos[0]) }));
    return { ok: false, problems };
  }
  const place = (problems: readonly Problem[]) =>
    problems
      .map((found) => ({ ...found, ...placeOf(yaml, lines, found.path) }))
      .sort((one, other) => one.line - other.line || one.column - other.column);
  try {
    return { ok: true, value: { document: yaml.toJS() as unknown, place } };
  } catch {
    // The parser lets aliases pass that lead to nothing, or to so much that it would not end.
    const unresolved = problem([], 'an alias leads to nothing, or to too much', 'write out what it stands for');
    return { ok: false, problems: place([unresolved]) };
  }
}

function describeError({ code, message }: YAMLError): string {
  return code === 'MULTIPLE_DOCS' ? 'there is more than one document, and a configuration is one' : message;
}

/** One line a problem: `issuer.yaml:12:5: issuers.ona.url: what is wrong (what to do)`. */
export function describePlaced(file: string, found: PlacedProblem): string {
  return `${file}:${found.line}:${found.column}: ${describeProblem(found)}`;
}

export function describeAllPlaced(file: string, problems: readonly PlacedProblem[]): string {
  return problems.map((found) => describePlaced(file, found)).join('\n');
}

/** The place of the nearest thing that is there, since a missing setting has none of its own: its name, else its value. */
function placeOf(yaml: Document, lines: LineCounter, path: Path) {
  for (let length = path.length; length > 0; length -= 1) {
    const parent: unknown = length === 1 ? yaml.contents : yaml.getIn(path.slice(0, length - 1), true);
    const step = path[length - 1];
    const name = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && key.value === step)?.key : undefined;
    const node = name ?? yaml.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return at(lines, node.range[0]);
  }
  return at(lines, yaml.contents?.range?.[0] ?? 0);
}

/** The beginning, where the text is empty. */
function at(lines: LineCounter, offset: number) {
  const { line, col } = lines.linePos(offset);
  return line === 0 ? { line: 1, column: 1 } : { line, column: col };
}
