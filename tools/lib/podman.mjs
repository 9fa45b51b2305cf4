// Podman: what is on PATH, or Debian's; in the way it runs on this machine, with a storage of its own in the cache.
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installFromDebian } from './debian.mjs';
import { probe } from './probe.mjs';
import { capture, which } from './process.mjs';

/**
 * @typedef {import('./process.mjs').Environment} Environment
 * @typedef {import('./process.mjs').Outcome} Outcome
 * @typedef {{ run: (args: readonly string[], options?: { timeout?: number, cwd?: string }) => Promise<Outcome>, command: readonly string[] }} Podman
 *   `command` is its program with the global options, for those who start it themselves
 * @typedef {{ ok: true, podman: Podman } | { ok: false, reason: string }} Provided
 */

const PACKAGES = {
  name: 'podman',
  packages: ['podman', 'runc'],
  where: 'Debian and Ubuntu',
  why: 'the tests of the container image need; under a minute, once',
  timeout: 300_000,
};

/** Restricted machines refuse to raise limits, so containers get lower ones; more is not needed. */
export const LIMITS = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'];

/** The usual way, and the one for machines within containers, without systemd. */
const WAYS = [[], ['--runtime', 'runc', '--cgroup-manager', 'cgroupfs']];

/**
 * @param {string} root the cache's folder
 * @param {Environment} env
 * @returns {Promise<{ ok: true, file: string } | { ok: false, reason: string }>}
 */
export async function findPodman(root, env) {
  if (process.platform !== 'linux')
    return { ok: false, reason: `containers run on Linux, and this is ${process.platform}` };
  const found = which('podman', env['PATH']);
  if (found !== undefined) return newEnough(found, env);
  const failure = await installFromDebian(PACKAGES, root, env);
  const file = which('podman', env['PATH']);
  if (file !== undefined) return newEnough(file, env);
  return { ok: false, reason: `podman is not on PATH, and ${failure ?? 'its package brought none'}` };
}

/**
 * @param {string} file
 * @param {Environment} env
 * @returns {Promise<{ ok: true, file: string } | { ok: false, reason: string }>}
 */
async function newEnough(file, env) {
  const verdict = await probe({ accept: '>=4', probe: { kind: 'output', args: ['--version'] } }, file, env);
  return verdict.good ? { ok: true, file } : { ok: false, reason: `${file} ${verdict.reason}` };
}

/**
 * The ways in which podman may run here, best first: whoever takes one tries it.
 *
 * @param {string} file
 * @param {string} root the cache's folder, which gets the images
 * @param {Environment} env
 * @returns {readonly Podman[]}
 */
export function waysOf(file, root, env) {
  // Sockets live below the run root, and their paths may not be long.
  const name = `idp-kit-${createHash('sha256').update(root).digest('hex').slice(0, 8)}`;
  const storage = ['--root', join(root, 'containers'), '--runroot', join(tmpdir(), name)];
  return WAYS.map((way) => {
    const options = [...way, ...storage];
    return {
      command: [file, ...options],
      run: (args, { timeout, cwd } = {}) =>
        capture(file, [...options, ...args], {
          env,
          ...(timeout === undefined ? {} : { timeout }),
          ...(cwd === undefined ? {} : { cwd }),
        }),
    };
  });
}
