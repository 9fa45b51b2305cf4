// The stack `local`: the kit's issuer and a Vault on this machine, neither of which reaches the other, and a login with a real token.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'node:http';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type Vault, type Workspace, PATH, startVault, workspace } from '../sandbox-tests/support.ts';
import { type Child, startChild } from '../sandbox/net/child.ts';
import { waitUntil } from '../sandbox/net/ports.ts';
import { pluginPath } from '../sandbox/plugins/select.ts';
import { PROJECT, createStack } from '../sandbox/pulumi.ts';
import { done } from './world.ts';

/** Engines of Pulumi, on a machine that has more to do. */
vi.setConfig({ testTimeout: 180_000 });

let space: Workspace;
let vault: Vault;
let issuer: Child;
let ready: { listening: string; admin: string };

const CONFIG = {
  listen: { host: '127.0.0.1', port: 0 },
  admin: { host: '127.0.0.1', port: 0, token_file: 'admin.token' },
  store: { sqlite: 'issuer.db' },
  custody: [{ secret_file: 'sealing.key' }],
  issuers: { ona: { url: 'https://app.gitpod.io', profiles: [{ profile: 'ona-v3' }] } },
};

const CATALOG = `issuers:
  ona: { profile: ona-v3, vault_mount: jwt }
access:
  api: { issuer: ona, admit: { organization_id: acme, project_id: prj-1 }, vault: { policies: [data-read] } }
`;

beforeAll(async () => {
  space = workspace();
  for (const folder of ['vault', 'pulumi']) mkdirSync(join(space.dir, folder));
  const token = 'x'.repeat(43);
  writeFileSync(join(space.dir, 'admin.token'), token, { mode: 0o600 });
  const config = space.file('issuer.json', JSON.stringify(CONFIG));
  const readyFile = join(space.dir, 'ready');
  const args = [join(PROJECT, 'bin', 'idp.js'), 'issuer', 'serve', '--config', config, '--ready-file', readyFile];
  issuer = startChild({ command: process.execPath, args, env: { PATH, HOME: space.dir } });
  const isReady = () => {
    if (!issuer.running()) throw new Error(issuer.output());
    try {
      ready = JSON.parse(readFileSync(readyFile, 'utf8')) as typeof ready;
      return Promise.resolve(true);
    } catch {
      return Promise.resolve(false);
    }
  };
  [vault] = await Promise.all([startVault(join(space.dir, 'vault')), waitUntil(isReady, { what: 'the issuer' })]);
});

afterAll(async () => {
  await Promise.all([vault.stop(), issuer.stop()]);
  space.remove();
});

async function admin(method: string, path: string, body: unknown): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${'x'.repeat(43)}`, 'content-type': 'application/json' };
  const response = await fetch(`${ready.admin}/admin/${path}`, { method, headers, body: JSON.stringify(body) });
  expect(response.ok).toBe(true);
  return (await response.json()) as Record<string, unknown>;
}

/** A workload's token, asked for on this machine under the issuer's real name. */
async function tokenOf(project: string): Promise<string> {
  const facts = {
    organization_id: 'acme',
    project_id: project,
    environment_id: `env-of-${project}`,
    runner_id: 'r',
    runner_name: 'r',
    creator_principal: 'PRINCIPAL_USER',
    creator_id: 'u',
    creator_name: 'Ada',
  };
  const { credential } = await admin('POST', 'issuers/ona/registrations', { organization: 'acme', facts });
  const form = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: String(credential),
    subject_token_type: 'urn:idp-kit:params:oauth:token-type:workload-credential',
    audience: 'vault.hashicorp.com',
  });
  return new Promise((resolve, reject) => {
    const headers = { host: 'app.gitpod.io', 'content-type': 'application/x-www-form-urlencoded' };
    const sent = request(`${ready.listening}/token`, { method: 'POST', headers }, (reply) => {
      let body = '';
      reply.on('data', (part: Buffer) => (body += part.toString()));
      reply.on('end', () => {
        resolve((JSON.parse(body) as { access_token: string }).access_token);
      });
    });
    sent.on('error', reject);
    sent.end(form.toString());
  });
}

const login = async (token: string): Promise<number> => {
  const body = JSON.stringify({ role: 'api', jwt: token });
  return (await fetch(`${vault.url}/v1/auth/jwt/login`, { method: 'POST', body })).status;
};

const stackWith = (address: string, config: Readonly<Record<string, unknown>>) => {
  const plugins = pluginPath({ directory: join(space.dir, 'plugins'), path: PATH, pulumiHomes: [] });
  const env = { VAULT_ADDR: address, VAULT_TOKEN: vault.token };
  const options = { directory: join(space.dir, 'pulumi'), path: `${plugins.dir}:${PATH}`, env, passphrase: 'p' };
  return createStack('local', { 'idp-kit:catalog': space.file('access.yaml', CATALOG), ...config }, options);
};

it('takes the keys from loopback and admits what the catalog says, as in production', async () => {
  await admin('PUT', 'issuers/ona/organizations/acme', { profile: 'ona-v3' });
  const stack = await stackWith(vault.url, { 'idp-kit:localIssuer': ready.listening });
  done(await stack.up());
  expect(await login(await tokenOf('prj-1'))).toBe(200);
  expect(await login(await tokenOf('prj-2'))).toBe(400);
  done(await stack.destroy());
});

it('refuses a Vault that others use, and an issuer that is not there', async () => {
  const shared = await (await stackWith('https://vault.example.com', {})).preview();
  expect(shared.stdout).toContain('VAULT_ADDR is https://vault.example.com; nothing is provisioned.');
  const silent = await (await stackWith(vault.url, { 'idp-kit:localIssuer': 'http://127.0.0.1:1' })).preview();
  expect(silent.stdout).toContain('ona: http://127.0.0.1:1 does not serve https://app.gitpod.io');
});
