/** Static files in a folder, which some web server has as the root of the host. */

import { createHash } from 'node:crypto';
import { access, chmod, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { IssuerFault, reasonOf, systemCode } from '../../store/fault.ts';
import { type FoundFile, type PublishTarget } from './target.ts';

/** For everybody: whoever serves it is somebody else. */
const FILE_MODE = 0o644;
const FOLDER_MODE = 0o755;

/** Longer than the 10 s after which proper-lockfile calls a lock stale, so that a killed publisher's is taken over. */
const LOCK_ATTEMPTS = { retries: 120, minTimeout: 20, maxTimeout: 200, factor: 1.5, randomize: true };
const LOCK = '.idp-publish.lock';

/** @param folder absolute; it must be there. Publishers on one machine or one shared file system take turns. */
export function folderTarget(folder: string): PublishTarget {
  const fileAt = (path: string) => join(folder, ...path.split('/'));
  return {
    name: folder,
    read: (path) => guarded(folder, () => readFound(fileAt(path))),
    write: (file, before) =>
      guarded(folder, () =>
        underLock(folder, async (demandHeld) => {
          const place = fileAt(file.path);
          if ((await readFound(place))?.tag !== before?.tag) return false;
          await replace(place, file.body, demandHeld);
          return true;
        }),
      ),
  };
}

async function guarded<T>(folder: string, run: () => Promise<T>): Promise<T> {
  try {
    await access(folder);
    return await run();
  } catch (cause) {
    throw new IssuerFault(
      'target-unavailable',
      `nothing can be published in ${folder}: ${systemCode(cause) === 'ELOCKED' ? 'another publisher does not let go of it' : reasonOf(cause)}`,
      'Make the folder, and let this user write to it.',
      { cause },
    );
  }
}

async function readFound(place: string): Promise<FoundFile | undefined> {
  try {
    const body = await readFile(place, 'utf8');
    return { body, tag: createHash('sha256').update(body).digest('hex') };
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw cause;
  }
}

async function underLock<T>(folder: string, work: (demandHeld: () => void) => Promise<T>): Promise<T> {
  const { default: lockfile } = await import('proper-lockfile');
  let lost = false;
  const release = await lockfile.lock(folder, {
    lockfilePath: join(folder, LOCK),
    retries: LOCK_ATTEMPTS,
    onCompromised: () => {
      lost = true;
    },
  });
  try {
    return await work(() => {
      if (lost) throw Object.assign(new Error('the lock was taken over'), { code: 'ELOCKED' });
    });
  } finally {
    // One that was taken over is not ours to release.
    await release().catch(() => undefined);
  }
}

/** The name of the draft is fixed, so that the next publisher sweeps what a killed one left. */
async function replace(place: string, body: string, demandHeld: () => void): Promise<void> {
  const directory = dirname(place);
  await mkdir(directory, { recursive: true, mode: FOLDER_MODE });
  const draft = join(directory, `.${basename(place)}.idp-new`);
  await rm(draft, { force: true });
  try {
    const file = await open(draft, 'wx', FILE_MODE);
    try {
      await file.writeFile(body);
      await file.sync();
    } finally {
      await file.close();
    }
    // Whatever the umask has taken away.
    await chmod(draft, FILE_MODE);
    demandHeld();
    await rename(draft, place);
  } finally {
    await rm(draft, { force: true });
  }
}
