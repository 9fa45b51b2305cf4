// Chromium, for tests of pages: what is on PATH, or Debian's.
import { installFromDebian } from './debian.mjs';
import { which } from './process.mjs';

/**
 * @typedef {import('./process.mjs').Environment} Environment
 * @typedef {{ ok: true, file: string } | { ok: false, reason: string }} Found
 */

/** Ubuntu's package of that name is only a way to its snaps. */
const PACKAGES = {
  name: 'chromium',
  packages: ['chromium', 'fonts-dejavu-core'],
  where: 'Debian',
  why: 'the tests of pages need; a minute or two, once',
  timeout: 600_000,
};

/** Names under which it is packaged. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** @param {Environment} env */
const onPath = (env) => NAMES.map((name) => which(name, env['PATH'])).find((file) => file !== undefined);

/**
 * @param {string} root the cache's folder
 * @param {Environment} env
 * @returns {Promise<Found>}
 */
export async function findChromium(root, env) {
  const found = onPath(env);
  if (found !== undefined) return { ok: true, file: found };
  const failure = await installFromDebian(PACKAGES, root, env);
  const file = onPath(env);
  if (file !== undefined) return { ok: true, file };
  return { ok: false, reason: `chromium is not on PATH, and ${failure ?? 'its package brought none'}` };
}
