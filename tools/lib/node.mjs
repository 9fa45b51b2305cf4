// The right Node: this program starts on whatever is there, and starts itself again under a newer one where needed.
import { rename, rm } from 'node:fs/promises';
import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { platform, publish, toolFolder } from './cache.mjs';
import { unpackPackage } from './npm-package.mjs';
import { which } from './process.mjs';
import { BootstrapError, say } from './say.mjs';
import { NODE } from './table.mjs';
import { satisfies } from './versions.mjs';

/** @typedef {import('./process.mjs').Environment} Environment */

/**
 * @param {string} root the cache's folder
 * @param {Environment} env
 * @returns {Promise<string | undefined>} the Node to start again under, unless this one will do
 */
export async function newerNode(root, env) {
  return satisfies(process.versions.node, NODE.accept) ? undefined : fetchNode(root, env);
}

/**
 * @param {string} root the cache's folder
 * @param {Environment} env
 * @returns {Promise<string>} the program of the pinned Node, which may be this one
 */
export async function pinnedNode(root, env) {
  return process.versions.node === NODE.version ? realpathSync(process.execPath) : fetchNode(root, env);
}

/**
 * @param {string} root the cache's folder
 * @param {Environment} env
 */
async function fetchNode(root, env) {
  const packages = /** @type {Record<string, { name: string, integrity: string }>} */ (NODE.packages);
  const source = packages[platform()];
  if (!source) {
    const known = Object.keys(packages).join(', ');
    throw new BootstrapError(
      'platform',
      `this is Node ${process.versions.node}, and ${NODE.accept} is needed. It can be fetched for ${known} only, ` +
        `and this is ${platform()}: please install Node ${NODE.version} yourself and run again`,
    );
  }
  const folder = toolFolder(root, 'node', NODE.version);
  await publish(root, folder, 'installing Node', async (draft) => {
    say(
      `this is Node ${process.versions.node}; fetching ${NODE.version} (npm package ${source.name}), some seconds, once`,
    );
    await unpackPackage({ ...source, version: NODE.version }, draft, env, 'package/bin/node');
    await rename(join(draft, 'package', 'bin'), join(draft, 'bin'));
    await rm(join(draft, 'package'), { recursive: true });
  });
  return join(folder, 'bin', 'node');
}

/**
 * Pulumi's language host and npm's scripts take `node` from PATH: it has to be the one that runs this.
 *
 * @param {Environment} env
 * @returns {readonly string[]} folders to put in front
 */
export function ownNodeFolder(env) {
  const found = which('node', env['PATH']);
  if (found !== undefined && realpathSync(found) === realpathSync(process.execPath)) return [];
  return [dirname(process.execPath)];
}
