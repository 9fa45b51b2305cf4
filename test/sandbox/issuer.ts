/** The kit's own issuer as a process of its own, playing the platforms, with their names and over TLS. */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvHttpProxyAgent, fetch } from 'undici';
import { type Authority } from './net/authority.ts';
import { type Child, startChild } from './net/child.ts';
import { type ConnectProxy } from './net/connect-proxy.ts';
import { waitUntil } from './net/ports.ts';
import { ORGANIZATIONS, PRINCIPALS, type Principal, type PrincipalRow } from './principals.ts';
import { PROJECT } from './pulumi.ts';

/** What the platforms are called, and what they offer. Their URLs have no ports: AWS allows none. */
const PLATFORMS = {
  ona: { url: 'https://app.gitpod.io', profiles: [{ profile: 'ona-v3' }, { profile: 'ona-v2' }], kid: 'k{n}' },
  classic: { url: 'https://services.acme.gitpod.cloud/idp', profiles: [{ profile: 'gitpod-classic' }] },
  gitlab: {
    url: 'https://gitlab.example.com',
    profiles: [{ profile: 'gitlab-id-token' }, { profile: 'gitlab-job-jwt', iss: 'gitlab.example.com' }],
    jwks_paths: ['/oauth/discovery/keys', '/-/jwks'],
  },
  'gitlab-com': {
    url: 'https://gitlab.com',
    profiles: [{ profile: 'gitlab-id-token' }],
    jwks_paths: ['/oauth/discovery/keys', '/-/jwks'],
  },
} as const;

export type Platform = keyof typeof PLATFORMS;

export const ISSUER_NAMES = Object.values(PLATFORMS).map(({ url }) => new URL(url).hostname);

export const platformUrl = (platform: Platform): string => PLATFORMS[platform].url;

export interface IssuerOptions {
  readonly directory: string;
  readonly path: string;
  readonly authority: Authority;
  readonly proxy: ConnectProxy;
}

export interface SandboxIssuer {
  readonly configFile: string;
  readonly adminUrl: string;
  /** File with the admin token, 0600. */
  readonly adminTokenFile: string;
  /** The credential that the platform handed to the workload. */
  credential(principal: Principal): string;
  /** A token by the issuer's own token endpoint, through the proxy, as a workload asks for it. */
  token(principal: Principal, audiences?: readonly string[]): Promise<string>;
  /** A token of a workload that is registered for it. */
  mint(row: PrincipalRow, audiences: readonly string[]): Promise<string>;
  /** Replaces the signing key at once, as GitLab may without any notice. */
  replaceKeys(platform: Platform): Promise<void>;
  /** Ends the process and starts it again on the same files. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

interface Running {
  readonly child: Child;
  readonly publicPort: number;
  readonly adminUrl: string;
}

export async function startSandboxIssuer(options: IssuerOptions): Promise<SandboxIssuer> {
  const { directory, authority, proxy } = options;
  const adminToken = randomBytes(32).toString('base64url');
  const adminTokenFile = join(directory, 'admin.token');
  const configFile = join(directory, 'issuer.json');
  const tls = await authority.issue(ISSUER_NAMES as [string, ...string[]]);
  const secret = { mode: 0o600 };
  await Promise.all([
    writeFile(join(directory, 'issuer-cert.pem'), tls.certPem),
    writeFile(join(directory, 'issuer-key.pem'), tls.keyPem, secret),
    writeFile(adminTokenFile, `${adminToken}\n`, secret),
    writeFile(configFile, JSON.stringify(configuration(), undefined, 2)),
  ]);
  let running = await serve(options, configFile);
  const lead = () => {
    for (const name of ISSUER_NAMES) proxy.route(name, { host: '127.0.0.1', port: running.publicPort });
  };
  lead();
  const admin = (method: string, path: string, body?: unknown) =>
    callAdmin(running.adminUrl, adminToken, method, path, body);
  await Promise.all(
    ORGANIZATIONS.map(({ issuer, id, profile }) => admin('PUT', `issuers/${issuer}/organizations/${id}`, { profile })),
  );
  const credentials = await registerAll(admin);
  const ca = { ca: authority.caPem };
  const dispatcher = new EnvHttpProxyAgent({ httpsProxy: proxy.url, requestTls: ca, connect: ca, noProxy: '' });
  return {
    configFile,
    get adminUrl() {
      return running.adminUrl;
    },
    adminTokenFile,
    credential: (principal) => credentials.get(principal) ?? '',
    token: (principal, audiences = []) =>
      exchange(PRINCIPALS[principal], credentials.get(principal) ?? '', audiences, dispatcher),
    mint: async (row, audiences) => exchange(row, await register(admin, row), audiences, dispatcher),
    replaceKeys: async (platform) => {
      await admin('POST', `issuers/${platform}/keys/replace`);
    },
    restart: async () => {
      await running.child.stop();
      running = await serve(options, configFile);
      lead();
    },
    stop: async () => {
      await running.child.stop();
      await dispatcher.close();
    },
  };
  function configuration() {
    return {
      listen: { host: '127.0.0.1', port: 0, tls: { cert_file: 'issuer-cert.pem', key_file: 'issuer-key.pem' } },
      admin: { host: '127.0.0.1', port: 0, token_file: adminTokenFile },
      store: { sqlite: 'issuer.db' },
      custody: [{ secret_file: 'sealing.key' }],
      issuers: PLATFORMS,
    };
  }
}

async function serve({ directory, path }: IssuerOptions, configFile: string): Promise<Running> {
  const readyFile = join(directory, `issuer-${randomBytes(4).toString('hex')}.ready`);
  const child = startChild({
    command: process.execPath,
    args: [join(PROJECT, 'bin', 'idp.js'), 'issuer', 'serve', '--config', configFile, '--ready-file', readyFile],
    env: { PATH: path, HOME: directory },
  });
  let ready: { listening: string; admin: string } | undefined;
  const check = async () => {
    if (!child.running()) throw new Error(`the issuer ended at once:\n${child.output()}`);
    const text = await readFile(readyFile, 'utf8').catch(() => '');
    ready = text === '' ? undefined : (JSON.parse(text) as { listening: string; admin: string });
    return ready !== undefined;
  };
  await waitUntil(check, { what: 'the issuer' });
  if (ready === undefined) throw new Error('the issuer did not say where it listens');
  return { child, publicPort: Number(new URL(ready.listening).port), adminUrl: ready.admin };
}

type Admin = (method: string, path: string, body?: unknown) => Promise<Record<string, unknown>>;

async function callAdmin(adminUrl: string, token: string, method: string, path: string, body: unknown) {
  const response = await fetch(`${adminUrl}/admin/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`admin ${method} ${path}: ${response.status} ${text}`);
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

/** Answers with the workload's credential. */
async function register(admin: Admin, row: PrincipalRow): Promise<string> {
  const { issuer, organization, profile, variant, facts, life } = row;
  const body = {
    organization,
    facts,
    ...(profile === undefined ? {} : { profile }),
    ...(variant === undefined ? {} : { variant }),
    ...(life === undefined ? {} : { token_life_seconds: life }),
  };
  const registered = await admin('POST', `issuers/${issuer}/registrations`, body);
  return String(registered.credential);
}

async function registerAll(admin: Admin): Promise<Map<string, string>> {
  const rows = Object.entries<PrincipalRow>(PRINCIPALS);
  return new Map(await Promise.all(rows.map(async ([name, row]) => [name, await register(admin, row)] as const)));
}

/** RFC 8693, section 2.1. */
async function exchange(
  row: PrincipalRow,
  credential: string,
  audiences: readonly string[],
  dispatcher: EnvHttpProxyAgent,
): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: credential,
    subject_token_type: 'urn:idp-kit:params:oauth:token-type:workload-credential',
  });
  for (const audience of audiences) body.append('audience', audience);
  const response = await fetch(`${platformUrl(row.issuer as Platform)}/token`, { method: 'POST', body, dispatcher });
  const answer = (await response.json()) as { access_token?: string; error_description?: string };
  if (answer.access_token === undefined) throw new Error(`no token: ${String(answer.error_description)}`);
  return answer.access_token;
}
