// The right Node: this program starts on whatever is there, and starts itself again under a newer one where needed.
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { platform, publish, toolFolder } from './cache.mjs';
import { verify } from './integrity.mjs';
import { missing } from './prerequisites.mjs';
import { capture, which } from './process.mjs';
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
  if (satisfies(process.versions.node, NODE.accept)) return undefined;
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
    await unpackNode(source, draft, env);
  });
  return join(folder, 'bin', 'node');
}

/**
 * @param {{ name: string, integrity: string }} source
 * @param {string} draft
 * @param {Environment} env
 */
async function unpackNode(source, draft, env) {
  const npm = which('npm', env['PATH']);
  if (npm === undefined) throw missing('npm', 'npm is missing', `it fetches Node ${NODE.version}`);
  const tar = which('tar', env['PATH']);
  if (tar === undefined) throw missing('tar', 'tar is missing', `it unpacks Node ${NODE.version}`);
  const packed = await capture(npm, ['pack', `${source.name}@${NODE.version}`, '--pack-destination', draft], {
    env,
    cwd: draft,
  });
  const [archive] = (await readdir(draft)).filter((name) => name.endsWith('.tgz'));
  if (packed.code !== 0 || archive === undefined) {
    throw new BootstrapError('build', `npm could not fetch ${source.name}:\n${packed.failure ?? packed.output}`);
  }
  await verify(join(draft, archive), source.integrity);
  const unpacked = await capture(tar, ['-xzf', join(draft, archive), '-C', draft, 'package/bin/node'], { env });
  if (unpacked.code !== 0) throw new BootstrapError('build', `${archive} cannot be unpacked:\n${unpacked.output}`);
  await mkdir(join(draft, 'bin'));
  await rename(join(draft, 'package', 'bin', 'node'), join(draft, 'bin', 'node'));
  await rm(join(draft, 'package'), { recursive: true });
  await rm(join(draft, archive));
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
