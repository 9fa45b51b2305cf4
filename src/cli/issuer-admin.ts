// A client of the admin API of a running issuer, for what people do to its keys. The token is read from a file alone.
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { secureAddress, shownAddress } from '../workload/address.ts';
import { setting } from '../workload/environment.ts';
import { WorkloadFailure } from '../workload/failure.ts';
import type { HttpReply } from '../workload/http.ts';
import { jsonOrUndefined, parseReply } from '../workload/json.ts';
import { quoteRemote } from '../workload/remote-text.ts';
import { openHttp, type CliIo } from './io.ts';
import { badInput } from './usage.ts';

export interface AdminOptions {
  readonly adminUrl?: string;
  readonly adminTokenFile?: string;
  readonly issuer: string;
}

const time = z.number().nullable();

const keySchema = z.object({
  kid: z.string(),
  algorithm: z.string(),
  state: z.enum(['pending', 'active', 'retiring', 'removed']),
  created_at: z.number(),
  published_at: time,
  active_at: time,
  retiring_at: time,
  removed_at: time,
});

/** Times are seconds since 1970; null where it has not happened. */
export type AdminKey = z.infer<typeof keySchema>;

const keysSchema = z.object({ keys: z.array(keySchema) });
const resealedSchema = z.object({ resealed: z.array(z.string()) });
const problemSchema = z.object({
  detail: z.string(),
  errors: z.array(z.object({ detail: z.string(), hint: z.string().optional() })).optional(),
});

/** Its calls throw a `WorkloadFailure`. None is sent twice: what came of the first is not known. */
export interface AdminKeys {
  readonly list: () => Promise<readonly AdminKey[]>;
  readonly rotate: () => Promise<readonly AdminKey[]>;
  readonly replace: () => Promise<readonly AdminKey[]>;
  /** Names of the keys that were sealed again. */
  readonly reseal: () => Promise<readonly string[]>;
}

export async function adminKeys(io: CliIo, options: AdminOptions): Promise<AdminKeys> {
  const base = adminAddress(io, options);
  const token = await adminToken(io, options);
  const http = openHttp(io, { repeated: ['GET'] });
  const url = (path: string) => {
    const at = new URL(base.origin);
    const { pathname } = base;
    at.pathname = `${pathname.replace(/\/+$/, '')}/admin/issuers/${encodeURIComponent(options.issuer)}/keys${path}`;
    return at;
  };
  const call = async <T>(method: 'GET' | 'POST', path: string, schema: z.ZodType<T>): Promise<T> => {
    const at = url(path);
    const reply = await http({ method, url: at, headers: { authorization: `Bearer ${token}` } });
    if (reply.status !== 200) throw refused(reply, at, token);
    return parseReply(reply.body, schema, shownAddress(at));
  };
  return {
    list: async () => (await call('GET', '', keysSchema)).keys,
    rotate: async () => (await call('POST', '/rotate', keysSchema)).keys,
    replace: async () => (await call('POST', '/replace', keysSchema)).keys,
    reseal: async () => (await call('POST', '/reseal', resealedSchema)).resealed,
  };
}

function adminAddress({ env }: CliIo, { adminUrl }: AdminOptions): URL {
  const given = adminUrl ?? setting(env, 'IDP_ADMIN_URL');
  if (given !== undefined) return secureAddress(given, adminUrl === undefined ? 'IDP_ADMIN_URL' : '--admin-url');
  throw badInput('no admin API is named', 'Pass --admin-url, such as http://127.0.0.1:8081, or set IDP_ADMIN_URL.');
}

async function adminToken({ env }: CliIo, { adminTokenFile }: AdminOptions): Promise<string> {
  const file = adminTokenFile ?? setting(env, 'IDP_ADMIN_TOKEN_FILE');
  if (file === undefined) {
    throw badInput('no admin token is named', 'Pass --admin-token-file, or set IDP_ADMIN_TOKEN_FILE.');
  }
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    throw badInput(`the admin token ${file} cannot be read: ${code}`, 'Check the path and who may read it.');
  });
  const token = text.trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw badInput(`${file} holds no admin token, which is one line without spaces`, 'Check --admin-token-file.');
}

function refused({ status, body }: HttpReply, at: URL, token: string): WorkloadFailure {
  const parsed = problemSchema.safeParse(jsonOrUndefined(body));
  const { detail, errors = [] } = parsed.success ? parsed.data : { detail: 'nothing that an issuer says' };
  const said = [detail, ...errors.map((error) => error.detail).filter((text) => text !== detail)];
  const hints = errors.flatMap(({ hint }) => hint ?? []);
  return new WorkloadFailure(
    parsed.success && status < 500 ? 'issuer-refused' : 'unavailable',
    `${shownAddress(at)} answered HTTP ${status}: ${said.map((text) => quoteRemote(text, [token])).join('; ')}`,
    hints.length > 0
      ? hints.map((text) => quoteRemote(text, [token])).join(' ')
      : (HINTS[status] ?? 'See the log of the issuer.'),
  );
}

const HINTS: Readonly<Record<number, string>> = {
  401: 'Check the admin token.',
  403: 'This admin token may only read.',
  404: 'Check --issuer, and that --admin-url is that of the admin listener.',
  429: 'Too many requests of this address had a wrong token: wait a minute.',
};
