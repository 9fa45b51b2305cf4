// Replacing a file that holds secrets: locked, atomic, readable by its owner only.
import { lstat, mkdir, open, readFile, readlink, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { WorkloadFailure } from '../failure.ts';

/** Longer than the 10 s after which proper-lockfile calls a lock stale, so that a crashed holder's is taken over. */
const LOCK_ATTEMPTS = { retries: 120, minTimeout: 20, maxTimeout: 200, factor: 1.5, randomize: true };

/**
 * Rewrites `path` with what `edit` makes of its present content (undefined where there is no file): a temporary file in the
 * same directory, fsync, rename, mode 0600. A symbolic link stays and its target is replaced. New directories get 0700.
 * Whoever else comes through here waits, so no edit is lost; what `edit` throws leaves the file untouched.
 * @returns the path of the file that was replaced
 */
export async function replaceFile(path: string, edit: (current: Buffer | undefined) => string): Promise<string> {
  try {
    const target = await followLinks(path);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await underLock(target, async (assertHeld) => {
      const content = edit(await readIfThere(target));
      await writeAtomically(target, content, assertHeld);
    });
    return target;
  } catch (thrown) {
    throw thrown instanceof WorkloadFailure ? thrown : notWritten(path, thrown);
  }
}

/** `realpath` fails on a link whose target is still to be created, as `~/.aws/credentials` in a fresh dotfiles checkout. */
async function followLinks(path: string): Promise<string> {
  let current = resolve(path);
  for (let hops = 0; hops < 40; hops += 1) {
    const status = await lstat(current).catch(undefinedIfMissing);
    if (status === undefined) {
      const directory = await realpath(dirname(current)).catch(undefinedIfMissing);
      return directory === undefined ? current : join(directory, basename(current));
    }
    if (!status.isSymbolicLink()) return await realpath(current);
    current = resolve(dirname(current), await readlink(current));
  }
  throw Object.assign(new Error('too many symbolic links'), { code: 'ELOOP' });
}

async function underLock(target: string, work: (assertHeld: () => void) => Promise<void>): Promise<void> {
  const { default: lockfile } = await import('proper-lockfile');
  let compromised = false;
  const release = await lockfile.lock(target, {
    realpath: false,
    retries: LOCK_ATTEMPTS,
    onCompromised: () => {
      compromised = true;
    },
  });
  try {
    await work(() => {
      if (compromised) throw Object.assign(new Error('the lock was taken over'), { code: 'ELOCKED' });
    });
  } finally {
    // A lock that was taken over is not ours to release; its loss has been reported above if it mattered.
    await release().catch(() => undefined);
  }
}

/** The temporary name is fixed, so that what a killed process left behind is swept by the next login. */
async function writeAtomically(target: string, content: string, assertHeld: () => void): Promise<void> {
  const temporary = join(dirname(target), `.${basename(target)}.idp-new`);
  await rm(temporary, { force: true });
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    assertHeld();
    await rename(temporary, target);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
  await syncDirectory(dirname(target));
}

/** Makes the rename survive a power cut. Some file systems cannot open or sync directories; the file is whole all the same. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r').catch(() => undefined);
  await directory?.sync().catch(() => undefined);
  await directory?.close();
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  return await readFile(path).catch(undefinedIfMissing);
}

function undefinedIfMissing(thrown: unknown): undefined {
  if (codeOf(thrown) === 'ENOENT') return undefined;
  throw thrown;
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown';
}

const HINTS: Readonly<Record<string, string>> = {
  EACCES: 'Make the directory writable for this user: the file is replaced by a new one beside it.',
  EPERM: 'Make the directory writable for this user: the file is replaced by a new one beside it.',
  EROFS: 'Point the file somewhere writable (AWS_SHARED_CREDENTIALS_FILE), or leave it out (--no-store for Vault).',
  EBUSY: 'The file is a mount of its own and cannot be replaced: mount its directory instead.',
  ELOCKED: 'Another process holds the lock beside the file; wait for it, or remove the .lock directory if none runs.',
  EISDIR: 'It is a directory; name a file.',
  ENOTDIR: 'A part of the path is a file; name a path inside directories.',
};

function notWritten(path: string, cause: unknown): WorkloadFailure {
  const code = codeOf(cause);
  return new WorkloadFailure(
    'file-not-written',
    `${path} could not be written (${code})`,
    (Object.hasOwn(HINTS, code) ? HINTS[code] : undefined) ?? 'Check the path, its owner and the free space.',
    { cause },
  );
}
