/** A file or folder as a revision of git has it, read with plain git commands; the working tree is not looked at. */

import { type ExecFileSyncOptions, execFileSync } from 'node:child_process';
import { posix } from 'node:path';
import { type Result, accept, problem, refuse } from '../claims/problem.ts';
import { WorkloadFailure } from '../workload/failure.ts';
import { type SourceText, type SourceTree, isDocument, linkNote } from './tree.ts';

/** As git writes it (gitrevisions): `REV:path` from the top of the repository, `REV:./path` from here. */
export interface Revision {
  readonly revision: string;
  readonly path: string;
}

/** `REV:path`, or `git:REV:path`; undefined where it is neither. */
export function readRevision(text: string): Revision | undefined {
  const [, revision, path] = /^(?:git:)?([^:]+):(.*)$/s.exec(text) ?? [];
  return revision === undefined || path === undefined ? undefined : { revision, path };
}

export interface RevisionOptions {
  /** Where git is run. Default: here. */
  readonly directory?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Undefined where the revision has nothing at the path. */
export function openRevision({ revision, path }: Revision, options: RevisionOptions): SourceTree | undefined {
  const git = gitIn(options);
  const commit = resolveCommit(git, revision);
  const prefix = /^\.\.?(?:\/|$)/.test(path) ? git(['rev-parse', '--show-prefix']).toString().trim() : '';
  const top = posix.normalize(posix.join(prefix, path === '' ? '.' : path)).replace(/\/$/, '');
  if (top.startsWith('..')) throw badInput(`${path} is outside of the repository`, 'Name a path within it.');
  const root = `${revision}:${top === '.' ? '' : top}`;
  const found = top === '.' ? 'tree' : typeAt(git, commit, top);
  if (found === undefined) return undefined;
  const readBeside = besideIn(git, commit, revision);
  if (found === 'link') throw badInput(linkNote(root), 'Name the file that it leads to.');
  if (found === 'tree') return { root, isFolder: true, ...readTree(git, commit, top, root), readBeside };
  const text = git(['cat-file', 'blob', `${commit}:${top}`]).toString('utf8');
  return { root, isFolder: false, files: [{ file: root, text }], readBeside, notes: [] };
}

/** The commit that a revision names, in full. */
export const commitOf = (revision: string, options: RevisionOptions): string => resolveCommit(gitIn(options), revision);

type Git = (args: readonly string[], input?: string) => Buffer;

/** Whole states of large stacks. */
const LARGEST = 512 * 1024 * 1024;

function gitIn({ directory, env }: RevisionOptions): Git {
  return (args, input) => {
    const options: ExecFileSyncOptions = {
      // What a clone was told to read instead of what was committed does not count.
      env: { ...process.env, ...env, GIT_NO_REPLACE_OBJECTS: '1', GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' },
      maxBuffer: LARGEST,
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(directory === undefined ? {} : { cwd: directory }),
      ...(input === undefined ? {} : { input: Buffer.from(input) }),
    };
    try {
      return execFileSync('git', args, { ...options, encoding: 'buffer' });
    } catch (error) {
      throw gitFailed(error);
    }
  };
}

/** What git said, or why it does not run. */
function gitFailed(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if ('code' in error && error.code === 'ENOENT')
    return badInput('git cannot be run', 'Install git, or compare files.');
  if (!('stderr' in error) || !(error.stderr instanceof Buffer)) return error;
  const [said = ''] = error.stderr.toString('utf8').split('\n');
  return badInput(`git: ${said === '' ? error.message : said}`, 'Run it within the repository.');
}

const badInput = (message: string, hint: string): WorkloadFailure => new WorkloadFailure('bad-input', message, hint);

function resolveCommit(git: Git, revision: string): string {
  try {
    return git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`])
      .toString()
      .trim();
  } catch {
    // Where there is no repository at all, that is what is wrong.
    git(['rev-parse', '--git-dir']);
    throw badInput(
      `there is no revision ${revision}`,
      `A pipeline's clone often has the newest commit alone: git fetch --depth=1 origin ${revision}`,
    );
  }
}

const ENTRY = /^(\d+) (\w+) ([0-9a-f]+)\t(.*)$/s;

interface Entry {
  readonly mode: string;
  readonly type: string;
  readonly id: string;
  readonly path: string;
}

const entriesOf = (output: Buffer): Entry[] =>
  output
    .toString('utf8')
    .split('\0')
    .flatMap((line) => {
      const [, mode = '', type = '', id = '', path = ''] = ENTRY.exec(line) ?? [];
      return path === '' ? [] : [{ mode, type, id, path }];
    });

const LINK = '120000';

/** Of the folder that holds it, since a path alone might be taken for a pattern. */
function typeAt(git: Git, commit: string, path: string): 'tree' | 'blob' | 'link' | undefined {
  const folders = path.split('/').slice(0, -1);
  for (const [index] of folders.entries()) {
    const at = folders.slice(0, index + 1).join('/');
    if (childOf(git, commit, at)?.type !== 'tree') return undefined;
  }
  const found = childOf(git, commit, path);
  if (found?.mode === LINK) return 'link';
  return found?.type === 'tree' || found?.type === 'blob' ? found.type : undefined;
}

function childOf(git: Git, commit: string, path: string): Entry | undefined {
  const folder = posix.dirname(path);
  const entries = entriesOf(git(['ls-tree', '--full-tree', '-z', folder === '.' ? commit : `${commit}:${folder}`]));
  return entries.find((entry) => entry.path === posix.basename(path));
}

function readTree(git: Git, commit: string, top: string, root: string): Pick<SourceTree, 'files' | 'notes'> {
  const entries = entriesOf(
    git(['ls-tree', '--full-tree', '-r', '-z', top === '.' ? commit : `${commit}:${top}`]),
  ).filter(({ path }) => isDocument(path));
  const nameOf = ({ path }: Entry) => (root.endsWith(':') ? `${root}${path}` : `${root}/${path}`);
  const blobs = entries.filter(({ type, mode }) => type === 'blob' && mode !== LINK);
  const texts = readBlobs(git, blobs);
  return {
    files: blobs.map((entry, index): SourceText => ({ file: nameOf(entry), text: texts[index] ?? '' })),
    notes: entries.filter(({ mode }) => mode === LINK).map((entry) => linkNote(nameOf(entry))),
  };
}

/** All in one run of git: each as `<id> blob <size>`, a line feed, the content, a line feed (git-cat-file, batch output). */
function readBlobs(git: Git, entries: readonly Entry[]): string[] {
  if (entries.length === 0) return [];
  const output = git(['cat-file', '--batch'], entries.map(({ id }) => `${id}\n`).join(''));
  let at = 0;
  return entries.map(() => {
    const end = output.indexOf(0x0a, at);
    const size = Number(output.subarray(at, end).toString().split(' ')[2]);
    const text = output.subarray(end + 1, end + 1 + size).toString('utf8');
    at = end + 1 + size + 1;
    return text;
  });
}

function besideIn(git: Git, commit: string, revision: string): SourceTree['readBeside'] {
  return (file, path): Result<string> => {
    const within = posix.normalize(posix.join(posix.dirname(file.slice(revision.length + 1)), path));
    const isOutside = within.startsWith('..') || posix.isAbsolute(path);
    const found = isOutside ? undefined : typeAt(git, commit, within);
    if (found === 'blob') return accept(git(['cat-file', 'blob', `${commit}:${within}`]).toString('utf8'));
    const what = found === 'link' ? linkNote(within) : `there is no file ${within} at ${revision}`;
    return refuse(problem([], what));
  };
}
