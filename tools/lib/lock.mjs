// A lock between bootstraps: a folder, which only one process can make. It saves a second build; what keeps the
// cache whole even without it is that folders are published by one rename.
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';
import { onEnd } from './ending.mjs';
import { say } from './say.mjs';

const BEAT = 5_000;
const DEAD_AFTER = 60_000;

/**
 * Runs work while holding a lock, waiting for another holder first.
 *
 * @template T
 * @param {string} path the lock's folder
 * @param {string} what what the holder does, as in `building vault`
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, what, work) {
  await mkdir(dirname(path), { recursive: true });
  await acquire(path, what);
  const forget = onEnd(() => rmSync(path, { recursive: true, force: true }));
  const beat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), BEAT);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    forget();
    await rm(path, { recursive: true, force: true });
  }
}

/**
 * @param {string} path
 * @param {string} what
 */
async function acquire(path, what) {
  for (let tries = 0; !(await claim(path)); tries += 1) {
    if (await isAbandoned(path)) {
      await breakLock(path);
      continue;
    }
    if (tries % 60 === 0) say(`another process is ${what}; waiting for it (${path})`);
    await sleep(250);
  }
}

/** @param {string} path */
async function claim(path) {
  try {
    await mkdir(path);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
  await writeFile(join(path, 'owner.json'), JSON.stringify({ pid: process.pid, host: hostname() }));
  return true;
}

/**
 * Whether the holder is gone: its process has ended, or (on a shared disk, where that cannot be seen) its beat has.
 *
 * @param {string} path
 */
export async function isAbandoned(path) {
  try {
    const owner = JSON.parse(await readFile(join(path, 'owner.json'), 'utf8'));
    if (owner.host === hostname() && !isAlive(owner.pid)) return true;
  } catch {
    // Just made and not yet signed, or just released: its age decides.
  }
  try {
    return Date.now() - (await stat(path)).mtimeMs > DEAD_AFTER;
  } catch {
    return false;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/** @param {string} path */
async function breakLock(path) {
  // Renamed first: of two processes that both see it abandoned, only one removes it.
  const aside = `${path}.${process.pid}.abandoned`;
  await rename(path, aside).catch(() => undefined);
  await rm(aside, { recursive: true, force: true });
}
