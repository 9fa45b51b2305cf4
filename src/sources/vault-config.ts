// The configuration of a JWT mount, written again as it is: Vault keeps the keys of an issuer without end, until a token
// comes that none of them has signed, the configuration is written, or it restarts.
import { isDeepStrictEqual } from 'node:util';
import { shownAddress } from '../workload/address.ts';
import { WorkloadFailure } from '../workload/failure.ts';
import { jsonOrUndefined } from '../workload/json.ts';
import { quoteRemote } from '../workload/remote-text.ts';
import { mountAddress, vaultHeaders } from '../workload/vault/settings.ts';
import { type VaultPorts, errorsOf, isObject, readPath, vaultToken } from './live-vault.ts';

export interface VaultMount {
  /** Path of the auth mount, without `auth/`. */
  readonly mount: string;
  /** @default VAULT_NAMESPACE */
  readonly namespace?: string | undefined;
}

type Config = Readonly<Record<string, unknown>>;

/**
 * Writes `auth/{mount}/config` with the values that it has, so that Vault drops the keys it keeps, and sees that nothing
 * else has changed. Vault fetches the issuer's keys for that: it must reach them.
 * @returns where the mount has its keys from: the URLs of JWK Sets, or of an issuer with discovery
 * @throws `WorkloadFailure`: `bad-input` for a mount that must be written by hand, `vault-refused`, `unavailable`, `unreachable`
 */
export async function rewriteMountConfig(at: VaultMount, ports: VaultPorts): Promise<readonly KeySource[]> {
  const token = await vaultToken(ports);
  const url = mountAddress(at.mount, 'config', ports.env);
  const read = async () => asConfig(await readPath(url, token, ports, at.namespace), at.mount);
  const config = await read();
  const sources = keySources(config);
  demandWritable(config, sources, at.mount);
  const headers = { ...vaultHeaders(at, ports.env), 'x-vault-token': token };
  const reply = await ports.http({ method: 'POST', url, headers, body: JSON.stringify(config) });
  if (reply.status !== 200 && reply.status !== 204) {
    const said = quoteRemote(errorsOf(jsonOrUndefined(reply.body)), [token]);
    throw new WorkloadFailure(
      reply.status >= 500 ? 'unavailable' : 'vault-refused',
      `${shownAddress(url)} is as it was, and Vault keeps its keys: HTTP ${reply.status}${said === '' ? '' : `: ${said}`}`,
      "The Vault token needs update on it, and Vault's servers must reach the issuer.",
    );
  }
  const after = await read();
  const changed = [...new Set([...Object.keys(config), ...Object.keys(after)])].filter(
    (member) => !isDeepStrictEqual(config[member], after[member]),
  );
  if (changed.length === 0) return sources;
  throw new WorkloadFailure(
    'vault-refused',
    `${shownAddress(url)} was written, and is not as it was: ${changed.join(', ')}`,
    'Somebody may have changed it meanwhile: compare it with what you meant it to be.',
  );
}

export interface KeySource {
  readonly kind: 'discovery' | 'jwks';
  readonly url: string;
}

/** Vault writes what is not configured as an empty text or list. */
function keySources({ oidc_discovery_url: discovery, jwks_url: jwks, jwks_pairs: pairs }: Config): KeySource[] {
  const paired = (Array.isArray(pairs) ? (pairs as readonly unknown[]) : []).map((pair) =>
    isObject(pair) ? pair.jwks_url : undefined,
  );
  return [
    ...[discovery].filter(isGiven).map((url) => ({ kind: 'discovery' as const, url })),
    ...[jwks, ...paired].filter(isGiven).map((url) => ({ kind: 'jwks' as const, url })),
  ];
}

const isGiven = (value: unknown): value is string => typeof value === 'string' && value !== '';

function demandWritable(config: Config, sources: readonly KeySource[], mount: string): void {
  const path = `auth/${mount}/config`;
  if (isGiven(config.oidc_client_id)) {
    throw new WorkloadFailure(
      'bad-input',
      `${path} has an OIDC client secret, which nobody can read: written without it the mount would be broken`,
      `Write it by hand with the secret, or have Vault load the plugin anew: vault plugin reload -scope=global -mounts=auth/${mount}/`,
    );
  }
  if (sources.length > 0) return;
  throw new WorkloadFailure(
    'bad-input',
    `${path} has keys of its own (jwt_validation_pubkeys), and fetches none`,
    'Put the new keys in their place by hand: GET …/keys of the admin API has them.',
  );
}

function asConfig(found: unknown, mount: string): Config {
  if (isObject(found)) return found;
  throw new WorkloadFailure('reply-invalid', `auth/${mount}/config is no object`, 'Check VAULT_ADDR.');
}
