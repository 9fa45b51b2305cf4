/** A real Vault, as a dev server on loopback, and a small client for what the scenarios look at. */
import { randomBytes } from 'node:crypto';
import { startChild } from './net/child.ts';
import { freePort, waitUntil } from './net/ports.ts';

export interface VaultOptions {
  /** Where the `vault` binary is found. */
  readonly path: string;
  /** A home folder of its own; it must exist. */
  readonly home: string;
  /** The CONNECT proxy that leads to the issuers. */
  readonly proxyUrl: string;
}

export interface VaultAnswer {
  readonly status: number;
  readonly data: Readonly<Record<string, unknown>>;
  readonly auth: Readonly<Record<string, unknown>>;
  readonly errors: readonly string[];
}

export interface Vault {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  readonly rootToken: string;
  /** One call of the HTTP API, below `/v1/`; with the root token unless another is given. */
  call(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'LIST',
    path: string,
    body?: unknown,
    token?: string,
  ): Promise<VaultAnswer>;
  stop(): Promise<void>;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

export async function startVault({ path, home, proxyUrl }: VaultOptions): Promise<Vault> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const rootToken = randomBytes(24).toString('base64url');
  const child = startChild({
    command: 'vault',
    // Without -dev-no-store-token it would overwrite the user's ~/.vault-token.
    args: ['server', '-dev', '-dev-no-store-token', `-dev-listen-address=127.0.0.1:${port}`],
    env: {
      PATH: path,
      HOME: home,
      VAULT_DEV_ROOT_TOKEN_ID: rootToken,
      HTTPS_PROXY: proxyUrl,
      NO_PROXY: '127.0.0.1,localhost',
    },
  });
  const vault: Vault = {
    url,
    rootToken,
    call: (method, at, body, token = rootToken) => call(url, method, at, body, token),
    stop: () => child.stop(),
  };
  const healthy = () =>
    fetch(`${url}/v1/sys/health`).then(
      ({ ok }) => ok,
      () => {
        if (child.running()) return false;
        throw new Error(`Vault ended at once:\n${child.output()}`);
      },
    );
  await waitUntil(healthy, { what: 'Vault' });
  return vault;
}

async function call(url: string, method: string, path: string, body: unknown, token: string): Promise<VaultAnswer> {
  const response = await fetch(`${url}/v1/${path}`, {
    method,
    headers: { 'X-Vault-Token': token, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const parsed: unknown = text === '' ? {} : JSON.parse(text);
  const answer = isRecord(parsed) ? parsed : {};
  return {
    status: response.status,
    data: isRecord(answer.data) ? answer.data : {},
    auth: isRecord(answer.auth) ? answer.auth : {},
    errors: Array.isArray(answer.errors) ? answer.errors.map(String) : [],
  };
}
