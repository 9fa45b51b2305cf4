/** Mistakes and outages, by `pulumi up` of the real stacks: a clear error, and nothing half-done. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../sandbox/net/authority.ts';
import { type ConnectProxy, startConnectProxy } from '../sandbox/net/connect-proxy.ts';
import { freePort } from '../sandbox/net/ports.ts';
import { pluginPath } from '../sandbox/plugins/select.ts';
import { type Stack, createStack } from '../sandbox/pulumi.ts';
import { startSandboxIssuer, type SandboxIssuer } from '../sandbox/issuer.ts';
import { type Vault, startVault } from '../sandbox/vault.ts';

let directory: string;
let path: string;
let proxy: ConnectProxy;
let issuer: SandboxIssuer;
let vault: Vault;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'idp-kit-mistakes-'));
  const inherited = process.env.PATH ?? '';
  path = `${pluginPath({ directory: join(directory, 'plugins'), path: inherited, pulumiHomes: [] }).dir}:${inherited}`;
  const authority = await createAuthority({ now: () => new Date() });
  await writeFile(join(directory, 'ca.pem'), authority.caPem);
  proxy = await startConnectProxy();
  [issuer, vault] = await Promise.all([
    startSandboxIssuer({ directory, path, authority, proxy }),
    startVault({ path, home: directory, proxyUrl: proxy.url }),
  ]);
});

afterAll(async () => {
  await Promise.all([issuer.stop(), vault.stop()]);
  await proxy.stop();
  await rm(directory, { recursive: true, force: true });
});

const GOOD = `
issuers:
  ona: { profile: ona-v3, ca_file: ca.pem }
access:
  project:
    issuer: ona
    admit: { organization_id: 0191e223-0000-7000-8000-00000000000a, project_id: 019527e4-0000-7000-8000-0000000000a1 }
    vault: { read: ["secret/x/*"] }
`;

interface Given {
  readonly env?: Readonly<Record<string, string>>;
  readonly config?: Readonly<Record<string, unknown>>;
  /** @default vault */
  readonly program?: string;
}

async function stackOf(catalog: string, { env = {}, config = {}, program = 'vault' }: Given = {}): Promise<Stack> {
  const file = join(directory, 'access.yaml');
  await writeFile(file, catalog);
  const options = {
    directory,
    path,
    env: {
      VAULT_ADDR: vault.url,
      VAULT_TOKEN: vault.rootToken,
      HTTPS_PROXY: proxy.url,
      NO_PROXY: '127.0.0.1,localhost',
      ...env,
    },
    passphrase: 'mistakes',
  };
  return createStack(program, { 'idp-kit:catalog': file, 'idp-kit:protect': false, ...config }, options);
}

/** Mounts of the kit, and its policies, at Vault. */
async function provisioned(): Promise<string[]> {
  const [mounts, policies] = await Promise.all([
    vault.call('GET', 'sys/auth'),
    vault.call('GET', 'sys/policies/acl?list=true'),
  ]);
  const names = [...Object.keys(mounts.data), ...((policies.data.keys as string[] | undefined) ?? [])];
  return names.filter((name) => name.startsWith('jwt') || name.startsWith('idp-'));
}

describe('a catalog with mistakes', () => {
  const cases: [what: string, change: (good: string) => string, ...says: string[]][] = [
    [
      'an unknown claim',
      (good) => good.replace('project_id:', 'projct_id:'),
      'access.yaml:7:',
      'did you mean project_id?',
    ],
    ['no claims', (good) => good.replace(/admit: .*/, 'admit: {}'), 'access.yaml:7:5', 'every tenant'],
    [
      'a wildcard tenant',
      (good) => good.replace(/admit: .*/, 'admit: { organization_id: { like: "*" } }'),
      'access.yaml:7:',
      'other tenants',
    ],
    ['malformed YAML', (good) => good.replace('access:', 'access: ['), 'access.yaml:', 'this is no YAML'],
    [
      'a claim that AWS cannot see',
      (good) =>
        good.replace('project_id:', 'runner_id:').replace('vault:', 'aws: { managed: [ReadOnlyAccess] }\n    vault:'),
      'AWS cannot see the claim `runner_id`',
      'sub_fields',
    ],
    [
      'two mistakes',
      (good) => good.replace('ona-v3', 'ona-v4').replace('secret/x/*', 'secret/x*'),
      'did you mean ona-v2?',
      'put a slash before the `*`',
      '2 mistakes',
    ],
  ];
  it.each(cases)('%s stops the program, and nothing is provisioned', async (_, change, ...says) => {
    const stack = await stackOf(change(GOOD));
    const { status, stdout, stderr } = await stack.up();
    expect(status).not.toBe(0);
    for (const text of says) expect(stdout + stderr).toContain(text);
    expect(await provisioned()).toEqual([]);
    expect(await stack.resources()).toEqual([]);
  });
});

describe('Vault out of reach', () => {
  it('says so when nothing listens', async () => {
    const port = await freePort();
    const stack = await stackOf(GOOD, { env: { VAULT_ADDR: `http://127.0.0.1:${port}` } });
    const { status, stdout, stderr } = await stack.up();
    expect(status).not.toBe(0);
    expect(stdout + stderr).toMatch(/ECONNREFUSED|connection refused|cannot be reached/i);
    expect(await provisioned()).toEqual([]);
  });

  it('says so when the token is wrong', async () => {
    const stack = await stackOf(GOOD, { env: { VAULT_TOKEN: 'not-the-token' } });
    const { status, stdout, stderr } = await stack.up();
    expect(status).not.toBe(0);
    expect(stdout + stderr).toContain('permission denied');
    expect(stdout + stderr).not.toContain('not-the-token');
    expect(await provisioned()).toEqual([]);
  });

  it('provisions nothing while the issuer is out of reach', async () => {
    proxy.cut('app.gitpod.io');
    const stack = await stackOf(GOOD);
    const { status, stdout, stderr } = await stack.up();
    proxy.restore('app.gitpod.io');
    expect(status).not.toBe(0);
    expect(stdout + stderr).toContain('ona must answer before trust in it is written');
    expect(await provisioned()).toEqual([]);
  });

  it('goes on where it stopped, once Vault reaches the issuer', async () => {
    proxy.cut('app.gitpod.io');
    const stack = await stackOf(GOOD, { config: { 'idp-kit:notCheckedFromHere': ['ona'] } });
    const first = await stack.up();
    proxy.restore('app.gitpod.io');
    expect(first.stdout + first.stderr).toContain('error checking oidc discovery URL');
    const second = await stack.up();
    expect(second.status).toBe(0);
    expect(await provisioned()).toEqual(['jwt-ona/', 'idp-project']);
    expect((await stack.destroy()).status).toBe(0);
    expect(await provisioned()).toEqual([]);
  });
});

describe('a stack whose name says nothing', () => {
  it('is refused with the names that there are', async () => {
    const stack = await stackOf(GOOD, { program: 'staging' });
    const { status, stdout, stderr } = await stack.up();
    expect(status).not.toBe(0);
    expect(stdout + stderr).toContain('its name begins with one of issuer, aws, vault, local');
  });
});
