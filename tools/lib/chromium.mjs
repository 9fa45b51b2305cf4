// Chromium, for tests of pages.
import { findProgram } from './debian.mjs';

/** Ubuntu's package of that name is only a way to its snaps. */
const CHROMIUM = {
  name: 'chromium',
  names: ['chromium', 'chromium-browser', 'google-chrome'],
  packages: ['chromium', 'fonts-dejavu-core'],
  where: 'Debian',
  why: 'the tests of pages need; a minute or two, once',
  timeout: 600_000,
};

/**
 * @param {string} root the cache's folder
 * @param {import('./process.mjs').Environment} env
 */
export const findChromium = (root, env) => findProgram(CHROMIUM, root, env);
