// The repository's npm packages: installed when the tree in node_modules is not the locked one.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from './lock.mjs';
import { missing } from './prerequisites.mjs';
import { capture, which } from './process.mjs';
import { BootstrapError, duration, say, withSignOfLife } from './say.mjs';

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean, link?: boolean }} Entry
 * @typedef {{ packages?: Record<string, Entry> }} Lockfile
 */

/**
 * Whether npm's record of what it installed matches the lockfile. Content, not times: a checkout changes those.
 *
 * @param {Lockfile} locked package-lock.json
 * @param {Lockfile} installed node_modules/.package-lock.json
 */
export function isCurrent(locked, installed) {
  const wanted = new Map(Object.entries(locked.packages ?? {}).filter(([path]) => path !== ''));
  const there = installed.packages ?? {};
  const matches = [...wanted].every(([path, entry]) => {
    const found = there[path];
    // Optional ones are for other platforms.
    if (!found) return entry.optional === true || entry.devOptional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
  return matches && Object.keys(there).every((path) => wanted.has(path));
}

/** @param {string} repo */
async function isInstalled(repo) {
  try {
    const read = async (/** @type {string} */ file) => JSON.parse(await readFile(join(repo, file), 'utf8'));
    return isCurrent(await read('package-lock.json'), await read('node_modules/.package-lock.json'));
  } catch {
    return false;
  }
}

/**
 * @param {string} repo
 * @param {string} root the cache's folder
 * @param {import('./process.mjs').Environment} env
 */
export async function installPackages(repo, root, env) {
  if (await isInstalled(repo)) return;
  const npm = which('npm', env['PATH']);
  if (npm === undefined) throw missing('npm', 'npm is missing', 'node_modules is not what package-lock.json says');
  const lock = `npm-ci-${createHash('sha256').update(repo).digest('hex').slice(0, 8)}.lock`;
  await withLock(join(root, 'locks', lock), 'running npm ci', async () => {
    if (await isInstalled(repo)) return;
    const started = Date.now();
    say('running npm ci: node_modules is not what package-lock.json says; about 10 seconds');
    const { code, output, failure } = await withSignOfLife('running npm ci', () =>
      capture(npm, ['ci'], { env, cwd: repo }),
    );
    if (code !== 0) throw new BootstrapError('build', `npm ci failed:\n${failure ?? output}`);
    say(`npm ci took ${duration(Date.now() - started)}`);
  });
}
