// A real Vault in development mode, with a JWT mount that trusts one key.
import { spawn } from 'node:child_process';
import { freePort } from '../support/server.ts';

export interface TestVault extends AsyncDisposable {
  readonly address: string;
  /** A call with the root token. */
  readonly call: (method: string, path: string, body?: unknown) => Promise<unknown>;
}

/** Starts `vault` from PATH. `-dev-no-store-token` keeps it from the user's own ~/.vault-token. */
export async function startVault(home: string): Promise<TestVault> {
  const address = `http://127.0.0.1:${await freePort()}`;
  const options = [
    '-dev',
    '-dev-no-store-token',
    '-dev-root-token-id=root',
    `-dev-listen-address=${new URL(address).host}`,
  ];
  const vault = spawn('vault', ['server', ...options], {
    env: { PATH: process.env.PATH, HOME: home },
    stdio: 'ignore',
  });
  const ended = new Promise<never>((_resolve, reject) => {
    vault.once('error', reject);
    vault.once('exit', (code) => {
      reject(new Error(`vault ended with ${code ?? 'a signal'}`));
    });
  });
  ended.catch(() => undefined);
  await Promise.race([ready(address), ended]);
  return {
    address,
    call: async (method, path, body) => {
      const reply = await fetch(`${address}/v1/${path}`, {
        method,
        headers: { 'x-vault-token': 'root' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
      return reply.status === 204 ? undefined : await reply.json();
    },
    [Symbol.asyncDispose]: async () => {
      vault.kill();
      await ended.catch(() => undefined);
    },
  };
}

async function ready(address: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const up = await fetch(`${address}/v1/sys/health`).then(
      (reply) => reply.ok,
      () => false,
    );
    if (up) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('vault did not come up');
}

/** A mount at `path` that trusts `publicKey`, and a role `deploy` of it that every test starts from. */
export async function mountJwt(vault: TestVault, path: string, publicKey: string, iss: string): Promise<void> {
  await vault.call('POST', `sys/auth/${path}`, { type: 'jwt' });
  await vault.call('POST', `auth/${path}/config`, {
    jwt_validation_pubkeys: [publicKey],
    bound_issuer: iss,
    jwt_supported_algs: ['RS256'],
  });
  await writeRole(vault, path, 'deploy', {});
}

export async function writeRole(
  vault: TestVault,
  path: string,
  name: string,
  change: Record<string, unknown>,
): Promise<void> {
  await vault.call('POST', `auth/${path}/role/${name}`, {
    role_type: 'jwt',
    user_claim: 'sub',
    bound_audiences: ['vault.hashicorp.com'],
    bound_claims: { project_id: '22' },
    token_policies: ['deploy'],
    token_ttl: '15m',
    ...change,
  });
}
