// wrk, for the load of benchmarks.
import { findProgram } from './debian.mjs';

const WRK = {
  name: 'wrk',
  names: ['wrk'],
  packages: ['wrk'],
  where: 'Debian and Ubuntu',
  why: 'the load of the benchmark needs; seconds, once',
  timeout: 300_000,
};

/**
 * @param {string} root the cache's folder
 * @param {import('./process.mjs').Environment} env
 */
export const findWrk = (root, env) => findProgram(WRK, root, env);
