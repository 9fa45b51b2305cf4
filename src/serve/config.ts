/** The configuration of the server: a file of YAML or JSON, and variables of the environment over it, with every problem. */

import { dirname, resolve } from 'node:path';
import { type Document, LineCounter, type YAMLError, isMap, isNode, isScalar, parseDocument } from 'yaml';
import { type Path, type Problem, describeProblem, problem } from '../claims/problem.ts';
import { overlay } from './environment/overlay.ts';
import { type Environment, variableOf } from './environment/variables.ts';
import { readTextFile } from './files.ts';
import { configSchema } from './schema.ts';
import { type ServerConfig, buildConfig } from './settings.ts';

/** In the file, both counted from 1. */
interface FilePlace {
  readonly line: number;
  readonly column: number;
}

/** In the environment. */
interface VariablePlace {
  readonly variable: string;
}

export type PlacedProblem = Problem & (FilePlace | VariablePlace);

export type Placed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly PlacedProblem[] };

/** All that a configuration is written in. */
export interface Sources {
  /** Of the file; undefined where there is none, and all of it is in the environment. */
  readonly text: string | undefined;
  readonly environment: Environment;
}

/** What is written there, though nobody knows yet of what. */
export interface ParsedSources {
  readonly document: unknown;
  /** Adds the places, sorts by them, and says what is wrong with the variables themselves. */
  readonly place: (problems: readonly Problem[]) => PlacedProblem[];
}

/**
 * Reads a configuration; paths in it are relative to the file, and without one to the working directory.
 * Throws `IssuerFault` where the file cannot be read.
 */
export async function readConfigFile(
  file: string | undefined,
  environment: Environment = {},
): Promise<Placed<ServerConfig>> {
  return parseConfig(await readConfigText(file), directoryOf(file), environment);
}

/** Throws `IssuerFault`. */
export async function readConfigText(file: string | undefined): Promise<string | undefined> {
  const hint = 'Check the path. Where all of it is in the environment, set IDP_ISSUER_CONFIG to nothing.';
  return file === undefined ? undefined : readTextFile(file, 'the configuration', hint);
}

export function directoryOf(file: string | undefined): string {
  return file === undefined ? process.cwd() : dirname(resolve(file));
}

/** @param directory that relative paths are relative to */
export function parseConfig(
  text: string | undefined,
  directory: string,
  environment: Environment = {},
): Placed<ServerConfig> {
  const parsed = parseSources({ text, environment });
  if (!parsed.ok) return parsed;
  const { document, place } = parsed.value;
  const built = buildConfig(document, directory);
  const problems = place(built.ok ? [] : built.problems);
  return built.ok && problems.length === 0 ? built : { ok: false, problems };
}

/** Lays the variables over the file. Where that cannot be read, what is wrong with them is said all the same. */
export function parseSources({ text, environment }: Sources): Placed<ParsedSources> {
  const file = text === undefined ? undefined : parseText(text);
  const laid = overlay(file?.ok === true ? file.value.document : {}, environment, configSchema);
  if (file?.ok === false) return { ok: false, problems: [...file.problems, ...laid.problems] };
  const placed = (found: Problem): PlacedProblem => {
    const { path } = found;
    const within = file?.value.has(path) === true ? undefined : laid.sourceWithin(path);
    const variable = laid.sourceOf(path) ?? within;
    if (variable === undefined && file !== undefined) return { ...found, ...file.value.placeOf(path) };
    return { ...found, variable: variable ?? variableOf(path) };
  };
  const place = (problems: readonly Problem[]) => [...problems.map(placed).sort(byPlace), ...laid.problems];
  return { ok: true, value: { document: laid.document, place } };
}

/** What is in the file comes first, in its order. */
function byPlace(one: PlacedProblem, other: PlacedProblem): number {
  if ('variable' in one || 'variable' in other) return Number('variable' in one) - Number('variable' in other);
  return one.line - other.line || one.column - other.column;
}

interface ParsedText {
  readonly document: unknown;
  /** Is there anything at this very place? */
  readonly has: (path: Path) => boolean;
  readonly placeOf: (path: Path) => FilePlace;
}

/** YAML, of which JSON is a part. */
function parseText(text: string): Placed<ParsedText> {
  const lines = new LineCounter();
  const yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  if (yaml.errors.length > 0) {
    const problems = yaml.errors.map((error) => ({ ...problem([], describeError(error)), ...at(lines, error.pos[0]) }));
    return { ok: false, problems };
  }
  const has = (path: Path) => yaml.hasIn(path);
  try {
    const document = yaml.toJS() as unknown;
    return { ok: true, value: { document, has, placeOf: (path) => placeOf(yaml, lines, path) } };
  } catch {
    // The parser lets aliases pass that lead to nothing, or to so much that it would not end.
    const unresolved = problem([], 'an alias leads to nothing, or to too much', 'write out what it stands for');
    return { ok: false, problems: [{ ...unresolved, ...placeOf(yaml, lines, []) }] };
  }
}

function describeError({ code, message }: YAMLError): string {
  return code === 'MULTIPLE_DOCS' ? 'there is more than one document, and a configuration is one' : message;
}

/**
 * One line a problem: `issuer.yaml:12:5: issuers.ona.url: what is wrong (what to do)`, or
 * `IDP_ISSUER__ISSUERS__ONA__URL: issuers.ona.url: …`.
 */
export function describePlaced(file: string | undefined, found: PlacedProblem): string {
  const place = 'variable' in found ? found.variable : `${file ?? ''}:${found.line}:${found.column}`;
  return `${place}: ${describeProblem(found)}`;
}

export function describeAllPlaced(file: string | undefined, problems: readonly PlacedProblem[]): string {
  return problems.map((found) => describePlaced(file, found)).join('\n');
}

/** The place of the nearest thing that is there, since a missing setting has none of its own: its name, else its value. */
function placeOf(yaml: Document, lines: LineCounter, path: Path): FilePlace {
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
function at(lines: LineCounter, offset: number): FilePlace {
  const { line, col } = lines.linePos(offset);
  return line === 0 ? { line: 1, column: 1 } : { line, column: col };
}
