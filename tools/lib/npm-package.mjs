// One npm package, fetched with its pinned hash and unpacked: for programs that npm ships, such as Node itself.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { verify } from './integrity.mjs';
import { missing } from './prerequisites.mjs';
import { capture, which } from './process.mjs';
import { BootstrapError } from './say.mjs';

/**
 * @typedef {{ name: string, version: string, integrity: string }} PinnedPackage
 */

/**
 * Unpacks into `folder/package`.
 *
 * @param {PinnedPackage} source
 * @param {string} folder
 * @param {import('./process.mjs').Environment} env
 * @param {string} [member] the one file or folder that is wanted, such as `package/bin/node`
 */
export async function unpackPackage({ name, version, integrity }, folder, env, member = 'package') {
  const npm = which('npm', env['PATH']);
  if (npm === undefined) throw missing('npm', 'npm is missing', `it fetches ${name} ${version}`);
  const tar = which('tar', env['PATH']);
  if (tar === undefined) throw missing('tar', 'tar is missing', `it unpacks ${name} ${version}`);
  const packed = await capture(npm, ['pack', `${name}@${version}`, '--pack-destination', folder], { env, cwd: folder });
  const [archive] = (await readdir(folder)).filter((file) => file.endsWith('.tgz'));
  if (packed.code !== 0 || archive === undefined) {
    throw new BootstrapError('build', `npm could not fetch ${name}:\n${packed.failure ?? packed.output}`);
  }
  await verify(join(folder, archive), integrity);
  const unpacked = await capture(tar, ['-xzf', join(folder, archive), '-C', folder, member], { env });
  if (unpacked.code !== 0) throw new BootstrapError('build', `${archive} cannot be unpacked:\n${unpacked.output}`);
  await rm(join(folder, archive));
}
