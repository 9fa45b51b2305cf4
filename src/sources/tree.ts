/** Files that are compared: a file, a folder, or either of them at a revision of git. */

import { readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { type Result, accept, problem, refuse } from '../claims/problem.ts';
import { WorkloadFailure } from '../workload/failure.ts';

export interface SourceText {
  readonly file: string;
  readonly text: string;
}

export interface SourceTree {
  /** What its files' paths begin with: of a single file, all of it. */
  readonly root: string;
  readonly isFolder: boolean;
  readonly files: readonly SourceText[];
  /** Reads what one of its files names, by the path beside it. */
  readonly readBeside: (file: string, path: string) => Result<string>;
  /** What was not read, and why. */
  readonly notes: readonly string[];
}

/** In folders only these are documents; what a folder holds besides is none of a review's business. */
const DOCUMENT = /\.(?:json|ya?ml|template)$/;
/** Packages and hidden folders hold what others wrote. */
const SKIPPED = /(?:^|\/)(?:\.[^/]+|node_modules)\//;

export const isDocument = (path: string): boolean => DOCUMENT.test(path) && !SKIPPED.test(path);

export const linkNote = (path: string): string => `${path} is a symbolic link, and was not read`;

/** A file or folder of this machine. */
export function openPath(path: string): SourceTree {
  const at = statOf(path);
  if (!at.isDirectory()) {
    const text = readPath(path);
    if (!text.ok) throw unreadable(text.problems[0]?.message ?? path);
    return { root: path, isFolder: false, files: [{ file: path, text: text.value }], readBeside, notes: [] };
  }
  const entries = readdirSync(path, { recursive: true, withFileTypes: true })
    .map((entry) => ({ entry, file: join(entry.parentPath, entry.name) }))
    .filter(({ file }) => isDocument(relative(path, file)))
    .sort((one, other) => (one.file < other.file ? -1 : 1));
  const files = entries.flatMap(({ entry, file }): SourceText[] => {
    if (!entry.isFile()) return [];
    const text = readPath(file);
    if (!text.ok) throw unreadable(text.problems[0]?.message ?? file);
    return [{ file, text: text.value }];
  });
  const links = entries.filter(({ entry }) => entry.isSymbolicLink()).map(({ file }) => linkNote(file));
  return { root: path, isFolder: true, files, readBeside, notes: links };
}

function statOf(path: string) {
  try {
    return statSync(path);
  } catch (error) {
    throw unreadable(`${path} cannot be read: ${codeOf(error)}`);
  }
}

function readPath(path: string): Result<string> {
  try {
    return accept(readFileSync(path, 'utf8'));
  } catch (error) {
    const code = codeOf(error);
    return refuse(problem([], code === 'ENOENT' ? `there is no file ${path}` : `${path} cannot be read: ${code}`));
  }
}

const readBeside = (file: string, path: string): Result<string> => readPath(resolve(dirname(file), path));

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';

const unreadable = (message: string): WorkloadFailure =>
  new WorkloadFailure('bad-input', message, 'Check the path and who may read it.');
