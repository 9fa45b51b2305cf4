// The tool cache: one folder per tool, version and platform, there as a whole or not at all.
import { existsSync, rmSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { onEnd } from './ending.mjs';
import { withLock } from './lock.mjs';

/**
 * @param {import('./process.mjs').Environment} env
 * @returns {string} the cache's folder: `IDP_KIT_CACHE`, or `idp-kit` in the user's cache folder
 */
export function cacheRoot(env) {
  if (env['IDP_KIT_CACHE']) return resolve(env['IDP_KIT_CACHE']);
  return join(env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache'), 'idp-kit');
}

/** @returns {string} such as `linux-x64` */
export function platform() {
  return `${process.platform}-${process.arch}`;
}

/**
 * @param {string} root the cache's folder
 * @param {string} name
 * @param {string} version
 * @returns {string} where that tool lives once published
 */
export function toolFolder(root, name, version) {
  return join(root, 'tools', `${name}-${version}-${platform()}`);
}

/**
 * Makes a cache folder, once: `fill` writes into a folder beside it, which is then renamed into place.
 *
 * @param {string} root the cache's folder
 * @param {string} final the folder to publish, directly under `tools`
 * @param {string} what what filling does, as in `building vault`
 * @param {(folder: string) => Promise<void>} fill
 * @param {(folder: string) => boolean} [isWhole] whether an existing folder can still be used
 */
export async function publish(root, final, what, fill, isWhole = existsSync) {
  if (isWhole(final)) return;
  const name = final.slice(join(root, 'tools').length + 1);
  await mkdir(join(root, 'tools'), { recursive: true });
  await withLock(join(root, 'locks', `${name}.lock`), what, async () => {
    if (isWhole(final)) return;
    await sweep(join(root, 'tools'), `.${name}.`);
    const draft = await mkdtemp(join(root, 'tools', `.${name}.`));
    const forget = onEnd(() => rmSync(draft, { recursive: true, force: true }));
    try {
      await chmod(draft, 0o755);
      await fill(draft);
      await rm(final, { recursive: true, force: true });
      await rename(draft, final);
    } finally {
      forget();
      await rm(draft, { recursive: true, force: true });
    }
  });
}

/**
 * Removes what an earlier bootstrap left behind when it was killed.
 *
 * @param {string} folder
 * @param {string} prefix
 */
async function sweep(folder, prefix) {
  const left = (await readdir(folder)).filter((name) => name.startsWith(prefix));
  await Promise.all(left.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}
