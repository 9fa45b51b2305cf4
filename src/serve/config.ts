/** The configuration of the server: YAML or JSON, parsed once, with every problem and its place. */

import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { type Path, type Problem, type Result, accept, describeProblem, problem, refuse } from '../claims/problem.ts';
import { IssuerFault } from '../store/fault.ts';
import { type ServerConfig, buildConfig } from './settings.ts';

/** A problem with its place in the file, both counted from 1. */
export interface PlacedProblem extends Problem {
  readonly line?: number;
  readonly column?: number;
}

export type ConfigResult =
  | { readonly ok: true; readonly value: ServerConfig }
  | { readonly ok: false; readonly problems: readonly PlacedProblem[] };

/** Reads a configuration file; paths in it are relative to it. Throws `IssuerFault` where it cannot be read. */
export async function readConfigFile(file: string): Promise<ConfigResult> {
  return parseConfig(await readTextFile(file, 'the configuration'), dirname(resolve(file)));
}

/** @param directory that relative paths are relative to */
export function parseConfig(text: string, directory: string): ConfigResult {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    return refuse(
      ...document.errors.map(({ message, pos }) => ({ ...problem([], message), ...placeAt(lines, pos[0]) })),
    );
  }
  const built: Result<ServerConfig> = buildConfig(document.toJS() as unknown, directory);
  if (built.ok) return accept(built.value);
  return refuse(...built.problems.map((found) => ({ ...found, ...placeOf(document, lines, found.path) })));
}

/** One line a problem: `issuer.yaml:12:5: issuers.ona.url: what is wrong (what to do)`. */
export function describePlaced(file: string, found: PlacedProblem): string {
  const place = found.line === undefined ? '' : `:${found.line}:${found.column ?? 1}`;
  return `${file}${place}: ${describeProblem(found)}`;
}

/** The place of the nearest thing that is there: a missing key has none of its own. */
function placeOf(document: ReturnType<typeof parseDocument>, lines: LineCounter, path: Path) {
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (typeof node !== 'object' || node === null || !('range' in node)) continue;
    const { range } = node;
    if (Array.isArray(range) && typeof range[0] === 'number') return placeAt(lines, range[0]);
  }
  return {};
}

function placeAt(lines: LineCounter, offset: number) {
  const { line, col } = lines.linePos(offset);
  return line === 0 ? {} : { line, column: col };
}

/** Reads a text file that the configuration names. */
export async function readTextFile(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    throw new IssuerFault(
      'file-unreadable',
      `${what} ${file} cannot be read: ${why}`,
      'Check the path and who may read it.',
      {
        cause,
      },
    );
  }
}
