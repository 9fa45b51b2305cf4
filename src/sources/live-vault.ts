// A role of a JWT mount, and the mount's configuration, as Vault has them now.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Check } from '../trust/decision.ts';
import { type VaultJwtConfig } from '../trust/vault/role.ts';
import { shownAddress } from '../workload/address.ts';
import { setting, type Environment } from '../workload/environment.ts';
import { WorkloadFailure } from '../workload/failure.ts';
import { type Http } from '../workload/http.ts';
import { jsonOrUndefined } from '../workload/json.ts';
import { quoteRemote } from '../workload/remote-text.ts';
import { UNREACHABLE_ISSUER } from '../workload/vault/refusals.ts';
import { mountAddress, vaultHeaders } from '../workload/vault/settings.ts';

export interface LiveVaultRole {
  readonly role: unknown;
  readonly config: unknown;
}

export interface VaultReading {
  readonly role: string;
  /** Path of the auth mount, without `auth/`. */
  readonly mount: string;
}

export interface VaultPorts {
  readonly env: Environment;
  readonly http: Http;
  readonly homedir: string;
}

/** Reads with the Vault token of VAULT_TOKEN or `~/.vault-token`. Throws a `WorkloadFailure`. */
export async function readLiveVaultRole({ role, mount }: VaultReading, ports: VaultPorts): Promise<LiveVaultRole> {
  const token = await vaultToken(ports);
  const read = (path: string) => readPath(mountAddress(mount, path, ports.env), token, ports);
  return { role: await read(`role/${encodeURIComponent(role)}`), config: await read('config') };
}

/** Does Vault reach the issuer? Only Vault knows, so it is asked, by a login that it must refuse; undefined where that does not tell. */
export async function askForIssuer(
  { role, mount }: VaultReading,
  config: VaultJwtConfig,
  { env, http }: VaultPorts,
): Promise<Check | undefined> {
  // Vault writes what is not configured as an empty text.
  const [source] = (['oidc_discovery_url', 'jwks_url'] as const).flatMap((field) =>
    (config[field] ?? '') === '' ? [] : [{ field, address: config[field] }],
  );
  if (source === undefined) return undefined;
  const body = JSON.stringify({ role, jwt: unsignedWith(config.jwt_supported_algs?.[0]) });
  const url = mountAddress(mount, 'login', env);
  const reply = await http({ method: 'POST', url, headers: vaultHeaders({}, env), body });
  const said = errorsOf(jsonOrUndefined(reply.body));
  const unreachable = UNREACHABLE_ISSUER.test(said);
  if (!unreachable && !said.includes('signature')) return undefined;
  return {
    verdict: !unreachable,
    claim: 'keys',
    operator: 'reachable',
    expected: `Vault can fetch the keys of ${source.address}`,
    actual: unreachable ? quoteRemote(said, []) : 'it can',
    place: `config.${source.field}`,
    ...(unreachable
      ? { advice: "check the network, the proxy and the configured CA of Vault's servers: the request is theirs" }
      : {}),
  };
}

/** A token that nobody signed: Vault fetches the issuer's keys before it refuses it. */
function unsignedWith(alg = 'RS256'): string {
  const parts = [JSON.stringify({ alg, kid: 'none' }), '{}', 'nobody signed this'];
  return parts.map((part) => Buffer.from(part).toString('base64url')).join('.');
}

/** VAULT_TOKEN or `~/.vault-token`. Throws a `WorkloadFailure`. */
export async function vaultToken({ env, homedir }: VaultPorts): Promise<string> {
  const given = setting(env, 'VAULT_TOKEN') ?? (await readFile(join(homedir, '.vault-token'), 'utf8').catch(() => ''));
  const token = given.trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new WorkloadFailure('bad-input', 'there is no Vault token', 'Log in first (vault login), or set VAULT_TOKEN.');
}

/** @param namespace by default VAULT_NAMESPACE. Throws a `WorkloadFailure` */
export async function readPath(
  url: URL,
  token: string,
  { env, http }: VaultPorts,
  namespace?: string,
): Promise<unknown> {
  const headers = { ...vaultHeaders({ namespace }, env), 'x-vault-token': token };
  const { status, body } = await http({ method: 'GET', url, headers });
  const answer = jsonOrUndefined(body);
  if (status === 200 && isObject(answer) && isObject(answer.data)) return answer.data;
  const address = shownAddress(url);
  if (status === 404) {
    throw new WorkloadFailure(
      'bad-input',
      `there is nothing at ${address}`,
      'Check the role, the mount and the namespace.',
    );
  }
  const errors = errorsOf(answer);
  throw new WorkloadFailure(
    status === 403 ? 'vault-refused' : 'unavailable',
    `${address} answered HTTP ${status}${errors === '' ? '' : `: ${quoteRemote(errors, [token])}`}`,
    'The Vault token needs read on it.',
  );
}

export function errorsOf(answer: unknown): string {
  return isObject(answer) && Array.isArray(answer.errors) ? answer.errors.map(String).join('; ') : '';
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
