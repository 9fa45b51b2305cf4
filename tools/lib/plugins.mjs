// Pulumi's real provider plugins, where they can be had. Nothing depends on them: the sandbox has stand-ins.
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir, devNull } from 'node:os';
import { join } from 'node:path';
import { failedLately, rememberFailure } from './download.mjs';
import { capture, which } from './process.mjs';
import { say, withSignOfLife } from './say.mjs';

const HOST = 'get.pulumi.com';
const PROVIDERS = /** @type {const} */ (['aws', 'vault']);
const BOUND = 180_000;

/** @typedef {import('./process.mjs').Environment} Environment */

/**
 * @param {string} repo
 * @param {string} root the cache's folder
 * @param {Environment} env with the pulumi CLI on its PATH
 */
export async function offerPlugins(repo, root, env) {
  const wanted = PROVIDERS.filter((name) => !isThere(name, env));
  if (wanted.length === 0 || (await failedLately(root, HOST))) return;
  const versions = JSON.parse(await readFile(join(repo, 'package.json'), 'utf8')).devDependencies;
  for (const name of wanted) {
    const version = versions[`@pulumi/${name}`];
    const stamp = `pulumi-resource-${name}-${version}`;
    if (await failedLately(root, stamp)) continue;
    if (!(await isReachable(root, env))) return;
    const reason = await install(name, version, env);
    if (reason !== undefined) await rememberFailure(root, stamp, reason);
  }
}

/**
 * @param {string} name
 * @param {Environment} env
 */
export function isThere(name, env) {
  if (which(`pulumi-resource-${name}`, env['PATH']) !== undefined) return true;
  const home = env['PULUMI_HOME'] || join(env['HOME'] || homedir(), '.pulumi');
  try {
    return readdirSync(join(home, 'plugins')).some((entry) => new RegExp(`^resource-${name}-v[\\d.]+$`).test(entry));
  } catch {
    return false;
  }
}

/**
 * @param {string} root
 * @param {Environment} env
 */
async function isReachable(root, env) {
  const curl = which('curl', env['PATH']);
  if (curl === undefined) return false;
  const args = [
    '--silent',
    '--show-error',
    '--head',
    '--connect-timeout',
    '5',
    '--max-time',
    '10',
    '--output',
    devNull,
  ];
  const { code, output } = await capture(curl, [...args, `https://${HOST}/`], { env });
  if (code !== 0) await rememberFailure(root, HOST, output.trim());
  return code === 0;
}

/**
 * @param {string} name
 * @param {string} version
 * @param {Environment} env
 * @returns {Promise<string | undefined>} why it did not work
 */
async function install(name, version, env) {
  const pulumi = which('pulumi', env['PATH']);
  if (pulumi === undefined) return 'no pulumi';
  say(
    `installing Pulumi's real ${name} provider ${version}, for at most ${BOUND / 60_000} minutes; it is not required`,
  );
  const { code, output, failure } = await withSignOfLife(`installing the ${name} provider`, () =>
    capture(pulumi, ['plugin', 'install', 'resource', name, `v${version}`], { env, timeout: BOUND }),
  );
  return code === 0 ? undefined : (failure ?? (output.trim().split('\n').at(-1) || 'took too long'));
}
