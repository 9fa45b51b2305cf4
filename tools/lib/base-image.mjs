// Base images where none can be pulled: Node, the libraries that it is linked with, and little more, as a tar.
// One for what runs, without a shell; one for what builds, with a shell and npm.
import { copyFile, cp, lstat, mkdir, mkdtemp, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { publish, toolFolder } from './cache.mjs';
import { pinnedNode } from './node.mjs';
import { unpackPackage } from './npm-package.mjs';
import { capture, which } from './process.mjs';
import { BootstrapError } from './say.mjs';
import { NPM } from './table.mjs';

/**
 * @typedef {import('./process.mjs').Environment} Environment
 * @typedef {'run' | 'build'} Kind
 * @typedef {{ programs: Readonly<Record<string, string>>, libraries: readonly string[], authorities: string | undefined, npm: string | undefined }} Parts
 *   `programs` by their path in the image
 */

const AUTHORITIES = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/cert.pem'];
// Loaded by name, so that no program is linked with them; since glibc 2.34 they are part of it.
const LOADED_LATER = ['libnss_files.so.2', 'libnss_dns.so.2', 'libresolv.so.2'];
const FILES = {
  'etc/passwd': 'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n',
  'etc/group': 'root:x:0:\nnonroot:x:65532:\n',
  'etc/nsswitch.conf': 'hosts: files dns\n',
};
const CERTIFICATES = 'etc/ssl/certs/ca-certificates.crt';
/** Changes when what is made of the same parts does. */
const RECIPE = 1;

/**
 * @param {Kind} kind
 * @param {{ root: string, env: Environment }} context
 * @returns {Promise<Parts>}
 */
export async function gatherParts(kind, { root, env }) {
  const node = await pinnedNode(root, env);
  const programs = { 'usr/local/bin/node': node, ...(kind === 'build' ? shellPrograms(env) : {}) };
  const linked = await Promise.all(Object.values(programs).map((file) => librariesOf(file, env)));
  const libc = linked.flat().find((file) => /^libc\.so/.test(basename(file)));
  const later = LOADED_LATER.map((name) => join(dirname(libc ?? '/lib/libc.so.6'), name)).filter((file) =>
    existsSync(file),
  );
  return {
    programs,
    libraries: [...new Set([...linked.flat(), ...later])].sort(),
    authorities: AUTHORITIES.find((file) => existsSync(file)),
    npm: kind === 'build' ? await npmFolder(root, env) : undefined,
  };
}

/** @param {Environment} env */
function shellPrograms(env) {
  const found = { 'bin/sh': which('sh', env['PATH']), 'usr/bin/env': which('env', env['PATH']) };
  return Object.fromEntries(
    Object.entries(found).flatMap(([path, file]) => (file === undefined ? [] : [[path, file]])),
  );
}

/**
 * @param {string} program
 * @param {Environment} env
 * @returns {Promise<string[]>} absolute paths, as the loader looks for them
 */
async function librariesOf(program, env) {
  const { code, output, failure } = await capture('ldd', [program], { env: { ...env, LC_ALL: 'C' } });
  const files = output.match(/\/\S+(?= \(0x)/g) ?? [];
  if (code === 0 && files.length > 0 && !output.includes('not found')) return files;
  throw new BootstrapError('build', `the libraries of ${program} cannot be listed:\n${failure ?? output}`);
}

/**
 * @param {string} root
 * @param {Environment} env
 */
async function npmFolder(root, env) {
  const folder = toolFolder(root, 'npm', NPM.version);
  await publish(root, folder, 'fetching npm', (draft) => unpackPackage(NPM, draft, env));
  return join(folder, 'package');
}

/**
 * @param {Parts} parts
 * @returns {Promise<string>} the same for the same files
 */
export async function fingerprint({ programs, libraries, authorities, npm }) {
  const files = [...Object.values(programs), ...libraries, ...(authorities === undefined ? [] : [authorities])];
  const seen = await Promise.all(files.map(async (file) => [file, await stat(file).then((s) => [s.size, s.mtimeMs])]));
  const text = JSON.stringify([RECIPE, Object.keys(programs), seen, npm === undefined ? '' : NPM.integrity, FILES]);
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/**
 * @param {Parts} parts
 * @param {string} folder where a scratch folder is made
 * @param {Environment} env
 * @param {(tar: string) => Promise<void>} use the tar is gone afterwards
 */
export async function withBaseTar(parts, folder, env, use) {
  await mkdir(folder, { recursive: true });
  const scratch = await mkdtemp(join(folder, '.base.'));
  try {
    const tree = join(scratch, 'tree');
    await layOut(parts, tree);
    const archive = join(scratch, 'base.tar');
    const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
    const { code, output, failure } = await capture('tar', [...same, '-C', tree, '-cf', archive, '.'], { env });
    if (code !== 0) throw new BootstrapError('build', `the base image cannot be packed:\n${failure ?? output}`);
    await use(archive);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * @param {Parts} parts
 * @param {string} tree
 */
async function layOut({ programs, libraries, authorities, npm }, tree) {
  for (const folder of ['proc', 'sys', 'dev', 'run', 'root', 'home/nonroot', 'usr/local/bin', 'etc']) {
    await mkdir(join(tree, folder), { recursive: true });
  }
  await mkdir(join(tree, 'tmp'), { mode: 0o777 });
  for (const [path, text] of Object.entries(FILES)) await writeFile(join(tree, path), text);
  for (const [path, file] of Object.entries(programs)) await place(file, join(tree, path));
  for (const file of libraries) await place(file, join(tree, file));
  if (authorities !== undefined) await place(authorities, join(tree, CERTIFICATES));
  if (npm === undefined) return;
  const modules = join(tree, 'usr/local/lib/node_modules');
  await mkdir(modules, { recursive: true });
  await cp(npm, join(modules, 'npm'), { recursive: true });
  for (const name of ['npm', 'npx']) {
    await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, join(tree, 'usr/local/bin', name));
  }
}

/**
 * @param {string} from
 * @param {string} to
 */
async function place(from, to) {
  await mkdir(dirname(to), { recursive: true });
  const real = (await lstat(from)).isSymbolicLink() ? await realpath(from) : from;
  await copyFile(real, to);
}
