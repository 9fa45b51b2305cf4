// How large the issuer's image is, and how long it takes from nothing to its first ready answer.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { LIMITS } from './podman.mjs';
import { BootstrapError } from './say.mjs';

/** @typedef {import('./podman.mjs').Podman} Podman */

const RUNS = 9;
const NAME = 'idp-measure';
const HARDENED = ['--read-only', '--cap-drop', 'all', '--security-opt', 'no-new-privileges', ...LIMITS];

/**
 * @param {Podman} podman
 * @param {string} image
 * @returns {Promise<string[]>} lines for people
 */
export async function measureImage(podman, image) {
  const scratch = await mkdtemp(join(tmpdir(), 'idp-measure-'));
  const volume = `${NAME}-${process.pid}`;
  try {
    const port = await freePort();
    await writeFile(join(scratch, 'issuer.yaml'), configOf(port, await freePort()));
    const sizes = await measureSizes(podman, image, join(scratch, 'pushed'));
    const startIn = (/** @type {string[]} */ data) =>
      startOnce(podman, image, join(scratch, 'issuer.yaml'), port, data);
    const first = await times(() => startIn(['--tmpfs', '/srv/idp/data:U']));
    const again = await times(() => startIn(['--volume', `${volume}:/srv/idp/data`]));
    await must(podman, ['create', '--name', volume, image]);
    await must(podman, ['cp', `${volume}:/opt/idp`, join(scratch, 'idp')]);
    await mkdir(join(scratch, 'data'));
    const alone = await times(() =>
      startAlone(join(scratch, 'idp', 'bin', 'idp.js'), join(scratch, 'issuer.yaml'), port),
    );
    return [
      ...sizes,
      `podman run to /readyz, first start (a key is made): ${first}`,
      `podman run to /readyz, with the state of before: ${again}`,
      `the process alone to /readyz, with the state of before: ${alone}`,
    ];
  } finally {
    await podman.run(['rm', '--force', '--time', '0', volume]);
    await podman.run(['volume', 'rm', '--force', volume]);
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * As a registry would get it: layers compressed by gzip.
 *
 * @param {Podman} podman
 * @param {string} image
 * @param {string} folder
 */
async function measureSizes(podman, image, folder) {
  const [{ Size: size }] = JSON.parse(await must(podman, ['image', 'inspect', image]));
  await must(podman, ['push', '--compress', image, `dir:${folder}`]);
  const { layers } = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
  const digests = /** @type {string[]} */ (
    layers.map((/** @type {{ digest: string }} */ { digest }) => digest.slice(7))
  );
  const compressed = await Promise.all(digests.map(async (name) => (await stat(join(folder, name))).size));
  const history = JSON.parse(await must(podman, ['history', '--format', 'json', image]));
  const made = history.filter((/** @type {{ size: number }} */ { size: bytes }) => bytes > 0);
  return [
    `image: ${megabytes(size)}, compressed ${megabytes(compressed.reduce((sum, bytes) => sum + bytes, 0))}`,
    `layers compressed: ${compressed.map(megabytes).join(', ')}`,
    ...made.map((/** @type {{ size: number, CreatedBy: string }} */ { size: bytes, CreatedBy }) => {
      return `layer ${megabytes(bytes)}: ${CreatedBy.replace(/^\/bin\/sh -c #\(nop\) /, '').slice(0, 60)}`;
    }),
  ];
}

/**
 * @param {Podman} podman
 * @param {string} image
 * @param {string} config
 * @param {number} port
 * @param {readonly string[]} data where the state goes
 */
async function startOnce(podman, image, config, port, data) {
  const name = `${NAME}-${process.pid}-run`;
  const mount = ['--volume', `${config}:/srv/idp/issuer.yaml:ro,z`];
  const args = ['run', '--detach', '--rm', '--name', name, '--network', 'host', '--no-healthcheck', ...HARDENED];
  const started = performance.now();
  try {
    const ran = must(podman, [...args, ...mount, ...data, image]);
    const [ready] = await Promise.all([untilReady(port), ran]);
    return ready - started;
  } finally {
    await podman.run(['stop', '--time', '15', '--ignore', name]);
    await podman.run(['rm', '--force', '--time', '0', '--ignore', name]);
  }
}

/**
 * @param {string} program
 * @param {string} config
 * @param {number} port
 */
async function startAlone(program, config, port) {
  const started = performance.now();
  const child = spawn(process.execPath, [program, 'issuer', 'serve', '--config', config], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  try {
    return (await untilReady(port)) - started;
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

/**
 * @param {number} port
 * @returns {Promise<number>} when, as `performance.now()`
 */
async function untilReady(port) {
  const deadline = performance.now() + 60_000;
  while (performance.now() < deadline) {
    const status = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      (reply) => reply.status,
      () => 0,
    );
    if (status === 200) return performance.now();
    await pause(2);
  }
  throw new BootstrapError('build', 'the issuer was not ready within a minute');
}

/**
 * The first run warms the disk's cache and is not counted.
 *
 * @param {() => Promise<number>} run
 */
async function times(run) {
  await run();
  const all = [];
  for (let index = 0; index < RUNS; index += 1) all.push(await run());
  all.sort((a, b) => a - b);
  const [least = 0, median = 0, most = 0] = [all[0], all[RUNS >> 1], all.at(-1)];
  return `${median.toFixed(0)} ms (${least.toFixed(0)} to ${most.toFixed(0)}, ${RUNS} runs)`;
}

/**
 * @param {number} port
 * @param {number} admin
 */
function configOf(port, admin) {
  return JSON.stringify({
    listen: { port },
    admin: { port: admin, token_sha256: '0'.repeat(64) },
    store: { sqlite: 'data/issuer.db' },
    custody: [{ secret_file: 'data/sealing.key' }],
    issuers: { ona: { url: 'https://tokens.example.com', profiles: [{ profile: 'ona-v3' }] } },
  });
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** @param {number} bytes */
function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/**
 * @param {Podman} podman
 * @param {readonly string[]} args
 */
async function must(podman, args) {
  const { code, output, failure } = await podman.run(args);
  if (code !== 0) throw new BootstrapError('build', `podman ${args[0] ?? ''}: ${failure ?? output.trim()}`);
  return output;
}
