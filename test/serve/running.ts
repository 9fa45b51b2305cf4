/** A whole issuer on loopback, with clients for both listeners and everything it logs. */
import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'undici';
import { onTestFinished } from 'vitest';
import { type Kms } from '../../src/keys/kms/port.ts';
import { parseConfig } from '../../src/serve/config.ts';
import { type Proxy } from '../../src/serve/fetch/proxy.ts';
import { createLog } from '../../src/serve/log.ts';
import { type ServerConfig } from '../../src/serve/settings.ts';
import { startIssuer } from '../../src/serve/start.ts';
import { undocumented } from '../http/documented.ts';
import { type Cleanup, temporaryDirectory } from './directory.ts';

export const ADMIN_TOKEN = 'a-long-admin-token-of-the-tests';

export const CONFIG = `
listen: { host: 127.0.0.1, port: 0 }
admin: { host: 127.0.0.1, port: 0, token_sha256: ${createHash('sha256').update(ADMIN_TOKEN).digest('hex')} }
store: { sqlite: issuer.db }
custody: [{ secret_file: sealing.key }]
issuers:
  ona: { url: "https://app.gitpod.io", profiles: [{ profile: ona-v3 }, { profile: ona-v2 }], kid: "k{n}" }
  gitlab:
    url: https://gitlab.example.com
    profiles: [{ profile: gitlab-id-token }, { profile: gitlab-job-jwt, iss: gitlab.example.com }]
    jwks_paths: [/oauth/discovery/keys, /-/jwks]
  classic:
    url: https://services.acme.gitpod.cloud/idp
    profiles: [{ profile: gitpod-classic }]
    algorithm: ES256
    algorithms: [RS256]
`;

export const HOSTS = { ona: 'app.gitpod.io', gitlab: 'gitlab.example.com', classic: 'services.acme.gitpod.cloud' };

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly json: unknown;
}

export interface Running {
  readonly publicUrl: string;
  readonly adminUrl: string;
  readonly metricsUrl: string | undefined;
  readonly directory: string;
  readonly log: () => string;
  readonly get: (host: string, path: string, headers?: Record<string, string>) => Promise<Reply>;
  readonly post: (host: string, path: string, form: Form | string, headers?: Record<string, string>) => Promise<Reply>;
  readonly admin: (method: Method, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Reply>;
  readonly stop: () => Promise<void>;
}

export type Form = readonly (readonly [string, string])[];
type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';

export interface RunOptions {
  readonly config?: string;
  /** Where the files are; by default a directory that goes with the test. */
  readonly directory?: string;
  readonly now?: () => number;
  readonly kms?: Kms;
  /** To the Internet. */
  readonly proxy?: Proxy;
  /** When it ends: after the test, or `afterAll` for one that the tests of a file share. */
  readonly cleanup?: Cleanup;
}

export function configOf(text: string, directory: string): ServerConfig {
  const read = parseConfig(text, directory);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.value;
}

export async function runIssuer(options: RunOptions = {}): Promise<Running> {
  const { config = CONFIG, directory, now, kms, proxy, cleanup = onTestFinished } = options;
  const files = directory ?? (await temporaryDirectory(cleanup));
  let written = '';
  const log = createLog({ write: (line) => void (written += line) }, 'debug');
  const clock = now ?? (() => Math.floor(Date.now() / 1000));
  const running = await startIssuer(configOf(config, files), {
    now: clock,
    random: randomBytes,
    log,
    proxy,
    ...(kms === undefined ? {} : { kms }),
  });
  let stopped = false;
  const stop = async () => {
    if (!stopped) await running.stop();
    stopped = true;
  };
  cleanup(stop);
  const { publicUrl, adminUrl, metricsUrl } = running;
  return {
    publicUrl,
    adminUrl,
    metricsUrl,
    directory: files,
    log: () => written,
    stop,
    get: (host, path, headers = {}) => send(publicUrl + path, 'GET', { host, ...headers }),
    post: (host, path, form, headers = {}) =>
      send(publicUrl + path, 'POST', { host, 'content-type': FORM_TYPE, ...headers }, encode(form)),
    admin: async (method, path, body, headers = {}) => {
      const type = body === undefined ? {} : { 'content-type': 'application/json' };
      const all = { authorization: `Bearer ${ADMIN_TOKEN}`, ...type, ...headers };
      const reply = await send(adminUrl + path, method, all, typeof body === 'string' ? body : JSON.stringify(body));
      const answer = { status: reply.status, type: reply.headers['content-type']?.toString(), text: reply.text };
      const difference = undocumented(method, path, answer);
      if (difference !== undefined) throw new Error(`the OpenAPI document says otherwise: ${difference}`);
      return reply;
    },
  };
}

const FORM_TYPE = 'application/x-www-form-urlencoded';

function encode(form: Form | string): string {
  return typeof form === 'string'
    ? form
    : new URLSearchParams(form.map(([name, value]): [string, string] => [name, value])).toString();
}

async function send(url: string, method: Method, headers: Record<string, string>, body?: string): Promise<Reply> {
  const reply = await request(url, { method, headers, body: body ?? null });
  const text = await reply.body.text();
  const json: unknown = String(reply.headers['content-type']).includes('json') ? JSON.parse(text) : undefined;
  return { status: reply.statusCode, headers: reply.headers, text, json };
}

/** The form of RFC 8693 that a workload sends. */
export function exchangeForm(credential: string, ...audiences: readonly string[]): Form {
  return [
    ['grant_type', 'urn:ietf:params:oauth:grant-type:token-exchange'],
    ['subject_token', credential],
    ['subject_token_type', 'urn:idp-kit:params:oauth:token-type:workload-credential'],
    ['requested_token_type', 'urn:ietf:params:oauth:token-type:id_token'],
    ...audiences.map((audience) => ['audience', audience] as const),
  ];
}

interface Registered {
  readonly id: string;
  readonly credential: string;
}

/** Puts the organization `acme` and registers one workload in it. */
export async function registerOver(
  { admin }: Running,
  issuer: string,
  organization: unknown,
  facts: unknown,
  rest: Readonly<Record<string, unknown>> = {},
): Promise<Registered> {
  const put = await admin('PUT', `/admin/issuers/${issuer}/organizations/acme`, organization);
  if (put.status !== 200) throw new Error(put.text);
  const body = { organization: 'acme', facts, ...rest };
  const reply = await admin('POST', `/admin/issuers/${issuer}/registrations`, body);
  if (reply.status !== 201) throw new Error(reply.text);
  return reply.json as Registered;
}

export async function tokenOver({ post }: Running, host: string, path: string, form: Form): Promise<string> {
  const reply = await post(host, path, form);
  if (reply.status !== 200) throw new Error(reply.text);
  return (reply.json as { access_token: string }).access_token;
}

export async function writeFiles(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(directory, name), text)));
}
