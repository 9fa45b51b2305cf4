// Debian's packages, for what tests need of the machine: where there is apt, and it may be used.
import { failedLately, rememberFailure } from './download.mjs';
import { capture, which } from './process.mjs';
import { say, withSignOfLife } from './say.mjs';

/**
 * @typedef {import('./process.mjs').Environment} Environment
 * @typedef {{ ok: true, file: string } | { ok: false, reason: string }} Found
 * @typedef {{ name: string, packages: readonly string[], where: string, why: string, timeout: number }} Wanted
 *   `where` is what a person can do, `why` what it is for and how long it takes, `timeout` in milliseconds
 */

/**
 * What is on PATH, or Debian's.
 *
 * @param {Wanted & { names: readonly string[] }} wanted `names`: those under which systems have the program
 * @param {string} root the cache's folder
 * @param {Environment} env
 * @returns {Promise<Found>}
 */
export async function findProgram({ names, ...wanted }, root, env) {
  const onPath = () => names.map((name) => which(name, env['PATH'])).find((file) => file !== undefined);
  const found = onPath();
  if (found !== undefined) return { ok: true, file: found };
  const failure = await installFromDebian(wanted, root, env);
  const file = onPath();
  if (file !== undefined) return { ok: true, file };
  return { ok: false, reason: `${wanted.name} is not on PATH, and ${failure ?? 'its package brought none'}` };
}

/**
 * @param {Wanted} wanted
 * @param {string} root the cache's folder
 * @param {Environment} env
 * @returns {Promise<string | undefined>} why not
 */
export async function installFromDebian({ name, packages, where, why, timeout }, root, env) {
  const apt = which('apt-get', env['PATH']);
  if (apt === undefined) return 'there is no apt-get';
  if (process.getuid?.() !== 0) return `only root may install it (${where}: apt-get install ${packages.join(' ')})`;
  const memory = `${name} from Debian packages`;
  if (await failedLately(root, memory)) return 'its packages could not be installed lately';
  say(`installing ${packages.join(' and ')} from Debian packages, which ${why}`);
  const quiet = { ...env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '--yes', '--no-install-recommends', ...packages];
  // Lists may be old, and may be missing.
  for (const args of [['update'], install]) {
    const { code, output, failure } = await withSignOfLife(`installing ${name}`, () =>
      capture(apt, args, { env: quiet, timeout }),
    );
    if (code === 0 || args !== install) continue;
    const reason = failure ?? output.trim().split('\n').at(-1) ?? `apt-get ended with ${code}`;
    await rememberFailure(root, memory, reason);
    return reason;
  }
  return undefined;
}
