// The issuer's image, built by podman from the Dockerfile; on bases of its own where none are given.
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { fingerprint, gatherParts, withBaseTar } from './base-image.mjs';
import { withLock } from './lock.mjs';
import { LIMITS, findPodman, waysOf } from './podman.mjs';
import { capture } from './process.mjs';
import { BootstrapError, duration, say, withSignOfLife } from './say.mjs';

/**
 * @typedef {import('./process.mjs').Environment} Environment
 * @typedef {import('./podman.mjs').Podman} Podman
 * @typedef {{ root: string, env: Environment }} Context
 * @typedef {{ run: string, build: string }} Bases
 */

const NAME = 'localhost/idp-kit';

/**
 * Podman with the bases, tried: a container has run.
 *
 * @param {Context} context
 * @returns {Promise<{ ok: true, podman: Podman, bases: Bases } | { ok: false, reason: string }>}
 */
export async function providePodman({ root, env }) {
  const found = await findPodman(root, env);
  if (!found.ok) return found;
  let reason = '';
  for (const podman of waysOf(found.file, root, env)) {
    const tried = await tryWay(podman, { root, env });
    if (typeof tried !== 'string') return { ok: true, podman, bases: tried };
    reason = tried;
  }
  return { ok: false, reason: `podman cannot run a container here: ${reason}` };
}

/**
 * @param {Podman} podman
 * @param {Context} context
 * @returns {Promise<Bases | string>} or why it does not run
 */
async function tryWay(podman, context) {
  try {
    const bases = { run: await base('run', podman, context), build: await base('build', podman, context) };
    const args = ['run', '--rm', '--network', 'host', ...LIMITS, bases.run, 'node', '--version'];
    const { code, output, failure } = await podman.run(args, { timeout: 60_000 });
    return code === 0 ? bases : (failure ?? lastLine(output));
  } catch (error) {
    if (error instanceof BootstrapError) return error.message;
    throw error;
  }
}

/**
 * @param {import('./base-image.mjs').Kind} kind
 * @param {Podman} podman
 * @param {Context} context
 * @returns {Promise<string>} its name
 */
async function base(kind, podman, { root, env }) {
  const parts = await gatherParts(kind, { root, env });
  const name = `${NAME}-base-${kind}:${await fingerprint(parts)}`;
  if ((await podman.run(['image', 'exists', name])).code === 0) return name;
  // Node takes the authorities of this machine only when told to: a registry behind a proxy may need them.
  const trust = kind === 'build' && parts.authorities !== undefined;
  const changes = [
    'ENV PATH=/usr/local/bin:/usr/bin:/bin',
    ...(trust ? [`ENV NODE_EXTRA_CA_CERTS=/${CERTIFICATES}`] : []),
  ];
  await withBaseTar(parts, root, env, async (tar) => {
    await must(podman, ['import', ...changes.flatMap((change) => ['--change', change]), tar, name], 'import');
  });
  return name;
}

const CERTIFICATES = 'etc/ssl/certs/ca-certificates.crt';

/**
 * Builds the image. Its stages keep their names, so that what did not change is not built again; what they leave behind
 * is removed.
 *
 * @param {string} repo
 * @param {string} root the cache's folder
 * @param {{ podman: Podman, bases: Bases }} provided
 * @param {{ tag: string, fresh?: boolean }} options `fresh`: without what was built before
 * @returns {Promise<string>} the id of the image
 */
export function buildImage(repo, root, provided, options) {
  return withLock(join(root, 'locks', 'image.lock'), 'building the image', () => build(repo, provided, options));
}

/**
 * @param {string} repo
 * @param {{ podman: Podman, bases: Bases }} provided
 * @param {{ tag: string, fresh?: boolean }} options
 */
async function build(repo, { podman, bases }, { tag, fresh = false }) {
  const started = Date.now();
  const { epoch, revision } = await sourceOf(repo, process.env);
  const { version } = JSON.parse(readFileSync(join(repo, 'package.json'), 'utf8'));
  const common = [
    ...['--build-arg', `BASE=${bases.run}`, '--build-arg', `BUILD=${bases.build}`],
    ...['--build-arg', `VERSION=${version}`, '--build-arg', `REVISION=${revision}`],
    ...['--build-arg', `SOURCE_DATE_EPOCH=${epoch}`],
    // Health checks are none of OCI's. The host's network: a bridge is not to be had everywhere.
    ...['--format', 'docker', '--network', 'host', ...LIMITS, ...(fresh ? ['--no-cache'] : ['--layers'])],
  ];
  const stage = async (/** @type {readonly string[]} */ more, /** @type {string} */ what) => {
    await withSignOfLife(`building ${what}`, () =>
      must(podman, ['build', ...common, ...more, repo], `building ${what}`),
    );
  };
  for (const name of fresh ? [] : ['compiled', 'packages']) {
    await stage(['--target', name, '--tag', `${NAME}-${name}:cached`], `the stage ${name}`);
  }
  await stage(['--timestamp', String(epoch), '--tag', tag], 'the image');
  await podman.run(['image', 'prune', '--force']);
  say(`the image ${tag} is built, ${duration(Date.now() - started)}`);
  return (await must(podman, ['image', 'inspect', '--format', '{{.Id}}', tag], 'inspect')).trim();
}

/**
 * What the image is made from, so that the same source gives the same image.
 *
 * @param {string} repo
 * @param {Environment} env
 */
async function sourceOf(repo, env) {
  const git = (/** @type {readonly string[]} */ args) => capture('git', ['-C', repo, ...args], { env });
  const [time, name] = await Promise.all([
    git(['log', '-1', '--format=%ct']),
    git(['describe', '--always', '--dirty', '--abbrev=40', '--exclude=*']),
  ]);
  const given = Number(env['SOURCE_DATE_EPOCH']);
  const committed = time.code === 0 ? Number(time.output.trim()) : 0;
  return {
    epoch: Number.isInteger(given) && given > 0 ? given : committed,
    revision: name.code === 0 ? name.output.trim() : 'unknown',
  };
}

/**
 * @param {Podman} podman
 * @param {readonly string[]} args
 * @param {string} what
 * @returns {Promise<string>} what it printed
 */
async function must(podman, args, what) {
  const { code, output, failure } = await podman.run(args);
  if (code !== 0)
    throw new BootstrapError('build', `podman: ${what} failed:\n${failure ?? output.trim().slice(-2000)}`);
  return output;
}

/** @param {string} text */
function lastLine(text) {
  return text.trim().split('\n').at(-1) ?? 'it says nothing';
}
