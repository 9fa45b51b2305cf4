/** Containers of the issuer's image: hardened as they should be run, and gone after the tests, with all that was made for them. */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { cacheRoot } from '../../tools/lib/cache.mjs';
import { buildImage, providePodman } from '../../tools/lib/image.mjs';
import { LIMITS, type Podman } from '../../tools/lib/podman.mjs';
import { temporaryDirectory, type Cleanup } from '../serve/directory.ts';
import { repo } from '../tools/scratch.ts';

type Outcome = Awaited<ReturnType<Podman['run']>>;

/** What every container of the issuer is run with. Nothing can be written but what is mounted. */
export const HARDENED: readonly string[] = [
  ...['--read-only', '--read-only-tmpfs=false'],
  ...['--cap-drop', 'all'],
  ...['--security-opt', 'no-new-privileges'],
  ...LIMITS,
];

export interface Image {
  readonly podman: Podman;
  readonly name: string;
}

export interface Mounted {
  /** `issuer.yaml`, mounted read-only. */
  readonly config: string;
  /** Files below `/run/secrets`, which the issuer's user alone may read. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** A volume for `/srv/idp/data`. @default one that is gone with the container */
  readonly volume?: string;
}

export interface Container {
  readonly name: string;
  /** stdout and stderr. */
  readonly logs: () => Promise<string>;
  /** Runs podman on it, such as `container.ask('stop')`. */
  readonly ask: (command: string, ...args: readonly string[]) => Promise<Outcome>;
  /** One field of `podman inspect`, as Go's template has it. */
  readonly inspect: (field: string) => Promise<string>;
}

/** Podman where a container can run, or why none can. */
export async function findContainers() {
  return providePodman({ root: cacheRoot(process.env), env: process.env });
}

type Provided = Extract<Awaited<ReturnType<typeof findContainers>>, { ok: true }>;

export async function builtImage(provided: Provided): Promise<Image & AsyncDisposable> {
  const name = `localhost/idp-kit:test-${unique()}`;
  await buildImage(repo, cacheRoot(process.env), provided, { tag: name });
  const { podman } = provided;
  return {
    podman,
    name,
    [Symbol.asyncDispose]: async () => {
      await must(podman.run(['image', 'rm', name]));
    },
  };
}

/** A volume, for state that outlives its container. */
export async function volume({ podman }: Image, cleanup: Cleanup): Promise<string> {
  const name = `idp-test-${unique()}`;
  await must(podman.run(['volume', 'create', name]));
  cleanup(async () => {
    await must(podman.run(['volume', 'rm', '--force', name]));
  });
  return name;
}

/** Starts the issuer's command line in a container, in the network of this machine. */
export async function start(
  { podman, name: image }: Image,
  { config, secrets = {}, volume: data }: Mounted,
  cleanup: Cleanup,
  command: readonly string[] = [],
): Promise<Container> {
  const directory = await temporaryDirectory(cleanup);
  const file = join(directory, 'issuer.yaml');
  await writeFile(file, config);
  const state = data === undefined ? ['--tmpfs', '/srv/idp/data:U,size=16m'] : ['--volume', `${data}:/srv/idp/data`];
  const options = [
    ...HARDENED,
    ...['--volume', `${file}:/srv/idp/issuer.yaml:ro,z`],
    ...state,
    ...(await secretOptions(podman, directory, secrets, cleanup)),
  ];
  return runDetached(podman, [...options, image, ...command], cleanup);
}

/** Starts a container in the network of this machine, which is gone after the test. */
export async function runDetached(podman: Podman, args: readonly string[], cleanup: Cleanup): Promise<Container> {
  const name = `idp-test-${unique()}`;
  cleanup(async () => {
    await must(podman.run(['rm', '--force', '--ignore', '--time', '0', '--volumes', name]));
  });
  await must(podman.run(['run', '--detach', '--name', name, '--network', 'host', ...args]));
  const ask = (verb: string, ...rest: readonly string[]) => podman.run([verb, ...rest, name]);
  return {
    name,
    ask,
    logs: async () => (await ask('logs')).output,
    inspect: async (field) => (await must(ask('inspect', '--format', `{{${field}}}`))).output.trim(),
  };
}

async function secretOptions(
  podman: Podman,
  directory: string,
  secrets: Readonly<Record<string, string>>,
  cleanup: Cleanup,
): Promise<string[]> {
  // Podman 4 finds no place for secrets in a read-only file system.
  const options = ['--tmpfs', '/run/secrets:rw,mode=755,size=64k'];
  for (const [target, text] of Object.entries(secrets)) {
    const name = await secretOf(podman, directory, text, cleanup);
    options.push('--secret', `${name},target=${target},uid=65532,gid=65532,mode=0400`);
  }
  return options;
}

/** A secret of podman's, which no argument shows. */
export async function secretOf(podman: Podman, directory: string, text: string, cleanup: Cleanup): Promise<string> {
  const name = `idp-test-${unique()}`;
  const file = join(directory, name);
  await writeFile(file, text, { mode: 0o600 });
  await must(podman.run(['secret', 'create', name, file]));
  cleanup(async () => {
    await must(podman.run(['secret', 'rm', name]));
  });
  return name;
}

/** By its health check, as whoever runs it does. */
export async function becomesHealthy(container: Container): Promise<void> {
  const said = async () => {
    const { code, output } = await container.ask('healthcheck', 'run');
    return code === 0 ? 'healthy' : `${output} ${await container.logs()}`;
  };
  await expect.poll(said, { timeout: 30_000, interval: 200 }).toBe('healthy');
  await expect(container.inspect('.State.Running')).resolves.toBe('true');
}

/** Runs a module of Node's in the image, without network. */
export async function evaluate({ podman, name }: Image, program: string, options = HARDENED): Promise<unknown> {
  const args = [
    'run',
    '--rm',
    '--network',
    'none',
    '--no-healthcheck',
    ...options,
    '--entrypoint',
    'node',
    name,
    '--eval',
    program,
  ];
  return JSON.parse((await must(podman.run(args))).output);
}

export async function must(ran: Promise<Outcome>): Promise<Outcome> {
  const outcome = await ran;
  if (outcome.code !== 0) throw new Error(outcome.failure ?? outcome.output);
  return outcome;
}

/** Ports of loopback that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) => {
          server.listen(0, '127.0.0.1', () => {
            const address = server.address();
            resolve(typeof address === 'object' && address !== null ? address.port : 0);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function unique(): string {
  return randomBytes(4).toString('hex');
}
