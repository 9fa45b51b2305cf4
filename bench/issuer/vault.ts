/** Vault's identity tokens: an entity asks for a token of a role, signed with RS256. With audit and a limit, as the issuer has both. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { type Subject } from './load.ts';

/** More than it reaches: the limit is kept, and nobody is refused. */
const REQUESTS_PER_SECOND = 100_000;

export interface RunningVault {
  readonly tokens: Subject;
  readonly stop: () => Promise<void>;
}

export async function startVault(): Promise<RunningVault> {
  const directory = await mkdtemp(join(tmpdir(), 'idp-bench-vault-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const flags = ['-dev', '-dev-no-store-token', '-dev-root-token-id=root', `-dev-listen-address=127.0.0.1:${port}`];
  const child = spawn('vault', ['server', ...flags], {
    stdio: 'ignore',
    env: { PATH: process.env.PATH, HOME: tmpdir(), VAULT_LOG_LEVEL: 'error' },
  });
  const ended = once(child, 'exit');
  await until(() => request(`${url}/v1/sys/health`).then(({ statusCode }) => statusCode === 200));
  const call = async (method: 'GET' | 'POST', path: string, body?: object) => {
    const headers = { 'x-vault-token': 'root' };
    const reply = await request(`${url}/v1/${path}`, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await reply.body.text();
    if (reply.statusCode >= 300) throw new Error(`${path}: ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as { readonly auth?: { readonly client_token: string } };
  };
  await call('POST', 'sys/audit/file', { type: 'file', options: { file_path: join(directory, 'audit.log') } });
  await call('POST', 'sys/quotas/rate-limit/everybody', { rate: REQUESTS_PER_SECOND });
  await call('POST', 'sys/auth/userpass', { type: 'userpass' });
  await call('POST', 'auth/userpass/users/workload', { password: 'a-password-of-the-benchmark' });
  await call('POST', 'identity/oidc/key/bench', { algorithm: 'RS256', allowed_client_ids: ['*'] });
  await call('POST', 'identity/oidc/role/bench', { key: 'bench', ttl: '1h' });
  await call('POST', 'sys/policies/acl/default', {
    policy: 'path "identity/oidc/token/bench" { capabilities = ["read"] }',
  });
  const { auth } = await call('POST', 'auth/userpass/login/workload', { password: 'a-password-of-the-benchmark' });
  const headers = { 'x-vault-token': auth?.client_token ?? '' };
  return {
    tokens: { url, pid: child.pid ?? 0, requests: [{ method: 'GET', path: '/v1/identity/oidc/token/bench', headers }] },
    stop: async () => {
      child.kill();
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (await holds().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('vault did not come up');
}
