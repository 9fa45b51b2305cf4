/** The whole flow on one machine: issuers, Vault, AWS, and `pulumi up` of the project's own stacks on a catalog. */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { type Gate, startGate } from './aws/gate.ts';
import { startMoto } from './aws/moto.ts';
import { type AwsClients, ADMIN_CREDENTIALS, REGION, awsClients } from './aws/session.ts';
import { type SandboxIssuer, startSandboxIssuer } from './issuer.ts';
import { createAuthority } from './net/authority.ts';
import { type ConnectProxy, startConnectProxy } from './net/connect-proxy.ts';
import { waitUntil } from './net/ports.ts';
import { type PluginPath, pluginPath } from './plugins/select.ts';
import { type Stack, createStack } from './pulumi.ts';
import { type Vault, startVault } from './vault.ts';

export interface Sandbox {
  readonly directory: string;
  readonly caFile: string;
  readonly caPem: string;
  /** PATH of everything that the sandbox starts. */
  readonly path: string;
  readonly plugins: PluginPath;
  readonly proxy: ConnectProxy;
  readonly issuer: SandboxIssuer;
  readonly vault: Vault;
  readonly gate: Gate;
  readonly aws: AwsClients;
  /** The account that moto plays. */
  readonly account: string;
  readonly stacks: { readonly aws: Stack; readonly vault: Stack };
  /** Environment of a workload: names of the issuers lead through the proxy, nothing is inherited. */
  readonly workloadEnv: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export interface SandboxOptions {
  /** Told what is being done. */
  readonly progress: (step: string) => void;
  readonly now: () => Date;
  /** @default the process's own */
  readonly path?: string;
}

/** The account of moto's default credentials. */
const ACCOUNT = '123456789012';

export const SECRETS = {
  database: 'correct horse battery staple',
  staging: 'pa$$w0rd',
  production: 'real-pa$$w0rd',
  shared: 'shared-value',
} as const;

export async function startSandbox({
  progress,
  now,
  path: inherited = process.env.PATH ?? '',
}: SandboxOptions): Promise<Sandbox> {
  const directory = await mkdtemp(join(tmpdir(), 'idp-kit-sandbox-'));
  // Should this process end before it is told to stop: its children end with it, and so does the folder.
  const sweep = () => {
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  };
  process.once('exit', sweep);
  const stops: (() => Promise<unknown>)[] = [
    async () => {
      process.off('exit', sweep);
      await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    },
  ];
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  const started = <T extends { stop(): Promise<void> }>(part: T): T => {
    stops.push(() => part.stop());
    return part;
  };
  try {
    progress('starting issuers, Vault and AWS');
    const authority = await createAuthority({ now });
    const caFile = join(directory, 'ca.pem');
    await writeFile(caFile, authority.caPem);
    const plugins = pluginPath({
      directory: join(directory, 'plugins'),
      path: inherited,
      pulumiHomes: [process.env.PULUMI_HOME, join(homedir(), '.pulumi')].filter((home) => home !== undefined),
    });
    const path = `${plugins.dir}:${inherited}`;
    const homes = await makeHomes(directory, 'vault-home', 'moto-home', 'issuer-home', 'pulumi', 'workload-home');
    const proxy = started(await startConnectProxy());
    const [issuer, vault, moto] = await Promise.all([
      startSandboxIssuer({ directory: homes['issuer-home'], path, authority, proxy }).then(started),
      startVault({ path, home: homes['vault-home'], proxyUrl: proxy.url }).then(started),
      startMoto({ path, home: homes['moto-home'] }).then(started),
    ]);
    const gate = started(await startGate({ motoUrl: moto.url, authority, proxyUrl: proxy.url, now }));
    const aws = awsClients(gate.url, authority.caPem);
    progress('putting the secrets where the workloads will look for them');
    await Promise.all([seedVault(vault), seedAws(aws)]);
    const catalog = await copyCatalog(directory, authority.caPem);
    const stacks = await createStacks({ directory: homes.pulumi, path, vault, gate, caFile, catalog, proxy });
    const sandbox: Sandbox = {
      directory,
      caFile,
      caPem: authority.caPem,
      path,
      plugins,
      proxy,
      issuer,
      vault,
      gate,
      aws,
      account: ACCOUNT,
      stacks,
      stop,
      workloadEnv: workloadEnv({ path, home: homes['workload-home'], proxy, caFile, gate, vault }),
    };
    await provision(sandbox, progress);
    return sandbox;
  } catch (error) {
    await stop();
    throw error;
  }
}

async function makeHomes<N extends string>(directory: string, ...names: N[]): Promise<Record<N, string>> {
  const made = await Promise.all(
    names.map(async (name) => {
      const home = join(directory, name);
      await mkdir(home, { recursive: true, mode: 0o700 });
      return [name, home] as const;
    }),
  );
  return Object.fromEntries(made) as Record<N, string>;
}

/** As a user's folder would look: the catalog, its policies, and the CA that its issuers are signed by. */
async function copyCatalog(directory: string, caPem: string): Promise<string> {
  const folder = join(directory, 'catalog');
  await cp(join(import.meta.dirname, 'catalog'), folder, { recursive: true });
  await writeFile(join(folder, 'ca.pem'), caPem);
  return join(folder, 'access.yaml');
}

interface StackParts {
  readonly directory: string;
  readonly path: string;
  readonly vault: Vault;
  readonly gate: Gate;
  readonly caFile: string;
  readonly catalog: string;
  readonly proxy: ConnectProxy;
}

async function createStacks({ directory, path, vault, gate, caFile, catalog, proxy }: StackParts) {
  const env = {
    // To the issuers, which the programs ask before they write trust.
    HTTPS_PROXY: proxy.url,
    NO_PROXY: '127.0.0.1,localhost',
    AWS_ENDPOINT_URL: gate.url,
    AWS_ACCESS_KEY_ID: ADMIN_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: ADMIN_CREDENTIALS.secretAccessKey,
    AWS_REGION: REGION,
    AWS_CA_BUNDLE: caFile,
    VAULT_ADDR: vault.url,
    VAULT_TOKEN: vault.rootToken,
  };
  const options = { directory, path, env, passphrase: randomBytes(16).toString('hex') };
  const config = { 'idp-kit:catalog': catalog, 'idp-kit:protect': false };
  const [aws, second] = [
    await createStack('aws', { ...config, 'aws:region': REGION }, options),
    await createStack('vault', config, options),
  ];
  return { aws, vault: second };
}

async function provision({ stacks }: Sandbox, progress: (step: string) => void): Promise<void> {
  progress(`pulumi up -s ${stacks.aws.name}, pulumi up -s ${stacks.vault.name}`);
  const results = await Promise.all([stacks.aws.up(), stacks.vault.up()]);
  for (const { status, stdout, stderr } of results) {
    if (status !== 0) throw new Error(`pulumi up failed:\n${stdout}\n${stderr}`);
  }
}

/** What exists before the kit comes: KV engines with secrets, and a policy that a role refers to by name. */
async function seedVault(vault: Vault): Promise<void> {
  const must = async (...args: Parameters<Vault['call']>) => {
    const answer = await vault.call(...args);
    if (answer.status >= 300)
      throw new Error(`Vault ${args[0]} ${args[1]}: ${answer.status} ${answer.errors.join('; ')}`);
  };
  // The dev server mounts version 2 at secret/; seed 004 is written for version 1.
  await must('DELETE', 'sys/mounts/secret');
  await must('POST', 'sys/mounts/secret', { type: 'kv', options: { version: '1' } });
  await must('POST', 'sys/mounts/kv', { type: 'kv', options: { version: '2' } });
  await Promise.all([
    must('POST', 'secret/myproject/staging/db', { password: SECRETS.staging }),
    must('POST', 'secret/myproject/production/db', { password: SECRETS.production }),
    must('POST', 'secret/mygroup/myproject/staging/db', { password: SECRETS.staging }),
    must('POST', 'secret/mygroup/web/staging/db', { password: 'of-web' }),
    must('POST', 'secret/platform/db', { password: 'of-platform' }),
    must('POST', 'secret/saas/db', { password: 'of-saas' }),
    must('PUT', 'sys/policies/acl/data-read', { policy: 'path "kv/data/data/*" { capabilities = ["read"] }' }),
  ]);
  const paths = [
    'shared/db',
    'data/db',
    'projects/019527e4-0000-7000-8000-0000000000a1/db',
    'projects/019527e4-0000-7000-8000-0000000000a2/db',
    'people/019527e4-0000-7000-8000-0000000000d1/db',
    'environments/019527e4-0000-7000-8000-0000000000c1/db',
  ];
  // A new KV version 2 engine upgrades itself for a moment and answers 400 until it has.
  const ready = async () =>
    (await vault.call('POST', 'kv/data/shared/db', { data: { password: SECRETS.shared } })).status < 300;
  await waitUntil(ready, { what: 'the KV engine' });
  await Promise.all(paths.map((path) => must('POST', `kv/data/${path}`, { data: { password: SECRETS.shared } })));
}

async function seedAws({ secrets }: AwsClients): Promise<void> {
  await secrets.send(new CreateSecretCommand({ Name: 'database-password', SecretString: SECRETS.database }));
}

interface WorkloadParts {
  readonly path: string;
  readonly home: string;
  readonly proxy: ConnectProxy;
  readonly caFile: string;
  readonly gate: Gate;
  readonly vault: Vault;
}

function workloadEnv({ path, home, proxy, caFile, gate, vault }: WorkloadParts): Record<string, string> {
  return {
    PATH: path,
    HOME: home,
    HTTPS_PROXY: proxy.url,
    NO_PROXY: '127.0.0.1,localhost',
    IDP_CA_FILE: caFile,
    AWS_CA_BUNDLE: caFile,
    AWS_ENDPOINT_URL: gate.url,
    AWS_DEFAULT_REGION: REGION,
    AWS_PAGER: '',
    VAULT_ADDR: vault.url,
  };
}
