// The makers' own downloads, with a pinned hash; and the memory that a maker's host cannot be reached from here.
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { verify } from './integrity.mjs';
import { capture, which } from './process.mjs';
import { BootstrapError, say, withSignOfLife } from './say.mjs';

const REMEMBERED = 86_400_000;
const UNPACKED = 'unpacked';

/**
 * @typedef {import('./process.mjs').Environment} Environment
 * @typedef {(url: string, file: string, env: Environment) => Promise<string | undefined>} Fetch
 *   resolves to the reason when it did not work
 * @typedef {{ root: string, env: Environment, fetchFile?: Fetch }} Context
 */

/**
 * @param {string} root the cache's folder
 * @param {string} host
 */
function stampOf(root, host) {
  return join(root, 'offline', host);
}

/**
 * @param {string} root
 * @param {string} what a host, or another thing that was tried in vain
 * @returns {Promise<boolean>} whether it failed within the last day
 */
export async function failedLately(root, what) {
  const at = await readFile(stampOf(root, what), 'utf8').then(Number, () => 0);
  return Date.now() - at < REMEMBERED;
}

/**
 * @param {string} root
 * @param {string} what
 * @param {string} reason
 */
export async function rememberFailure(root, what, reason) {
  const stamp = stampOf(root, what);
  await mkdir(dirname(stamp), { recursive: true });
  await writeFile(stamp, String(Date.now()));
  say(`${what}: ${reason}; not tried again for a day (to try sooner, remove ${stamp})`);
}

/**
 * Downloads and unpacks a maker's archive into `folder/bin`.
 *
 * @param {import('./table.mjs').Tool} tool
 * @param {string} platform such as `linux-x64`
 * @param {string} folder
 * @param {Context} context
 * @returns {Promise<boolean>} whether it is there now
 */
export async function downloadTool(tool, platform, folder, { root, env, fetchFile = curl }) {
  const file = tool.vendor?.files[platform];
  if (!tool.vendor || !file) return false;
  const { host } = new URL(file.url);
  if (await failedLately(root, host)) return false;
  if (fetchFile === curl && which('curl', env['PATH']) === undefined) {
    say(`curl is missing, so ${tool.name} is not downloaded but built, which takes longer`);
    return false;
  }
  const archive = join(folder, basename(file.url));
  const reason = await withSignOfLife(`downloading ${tool.name}`, () => fetchFile(file.url, archive, env));
  if (reason !== undefined) {
    await rm(archive, { force: true });
    await rememberFailure(root, host, reason);
    return false;
  }
  try {
    await verify(archive, file.sha256);
    await unpack(tool.vendor, archive, folder, env);
    return true;
  } catch (error) {
    const leftovers = [archive, join(folder, UNPACKED), join(folder, 'bin')];
    await Promise.all(leftovers.map((path) => rm(path, { recursive: true, force: true })));
    if (!(error instanceof BootstrapError)) throw error;
    say(`${error.message}; it is thrown away`);
    return false;
  }
}

/**
 * curl rather than fetch: it honours proxies and their certificates, and bounds connecting apart from the rest.
 *
 * @type {Fetch}
 */
async function curl(url, file, env) {
  say(`downloading ${url}`);
  const bounds = ['--connect-timeout', '5', '--speed-limit', '20000', '--speed-time', '20', '--max-time', '900'];
  const manners = ['--fail', '--location', '--proto', '=https', '--silent', '--show-error'];
  const { code, output, failure } = await capture('curl', [...manners, ...bounds, '--output', file, url], { env });
  return code === 0 ? undefined : (output.trim().split('\n').at(-1) ?? failure ?? `curl ended with ${code}`);
}

/**
 * @param {NonNullable<import('./table.mjs').Tool['vendor']>} vendor
 * @param {string} archive
 * @param {string} folder
 * @param {Environment} env
 */
export async function unpack(vendor, archive, folder, env) {
  const into = join(folder, UNPACKED);
  await mkdir(into, { recursive: true });
  await mkdir(join(folder, 'bin'));
  const unpacked = await runFirst(vendor.unpack === 'tar' ? tar(archive, into) : zip(archive, into), env);
  if (unpacked !== undefined) throw new BootstrapError('build', `${basename(archive)} cannot be unpacked: ${unpacked}`);
  for (const program of vendor.programs) {
    if (!existsSync(join(into, program))) throw new BootstrapError('build', `${basename(archive)} has no ${program}`);
    const placed = join(folder, 'bin', basename(program));
    await rename(join(into, program), placed);
    await chmod(placed, 0o755);
  }
  await rm(into, { recursive: true });
  await rm(archive);
}

/** @typedef {readonly [string, ...string[]]} CommandLine */

/**
 * @param {string} archive
 * @param {string} into
 * @returns {readonly CommandLine[]}
 */
function tar(archive, into) {
  return [['tar', '-xzf', archive, '-C', into]];
}

/**
 * @param {string} archive
 * @param {string} into
 * @returns {readonly CommandLine[]} the ways to do it, best first
 */
function zip(archive, into) {
  return [
    ['unzip', '-q', '-o', archive, '-d', into],
    ['python3', '-m', 'zipfile', '-e', archive, into],
  ];
}

/**
 * @param {readonly CommandLine[]} lines
 * @param {Environment} env
 * @returns {Promise<string | undefined>} why none worked
 */
async function runFirst(lines, env) {
  let reason = 'nothing to unpack it with';
  for (const [command, ...args] of lines) {
    const program = which(command, env['PATH']);
    if (program === undefined) continue;
    const { code, output } = await capture(program, args, { env });
    if (code === 0) return undefined;
    reason = output.trim();
  }
  return reason;
}
