// The keys of an issuer as relying parties fetch them.
import { shownAddress } from '../workload/address.ts';
import { WorkloadFailure } from '../workload/failure.ts';
import type { Http } from '../workload/http.ts';
import { jsonOrUndefined } from '../workload/json.ts';
import { isObject } from './live-vault.ts';
import type { KeySource } from './vault-config.ts';

export interface FoundKids {
  /** Of the JWK Set. */
  readonly url: string;
  readonly kids: readonly string[];
}

/** Or why they cannot be seen from here. */
export async function fetchKids({ kind, url }: KeySource, http: Http): Promise<FoundKids | string> {
  try {
    const jwks = kind === 'jwks' ? url : await jwksOf(url, http);
    if (jwks === undefined) return `${url} has no discovery document that can be read from here`;
    const found = await fetchJson(jwks, http);
    if (!isObject(found) || !Array.isArray(found.keys)) return `${jwks} holds no JWK Set that can be read from here`;
    const keys: readonly unknown[] = found.keys;
    return { url: jwks, kids: keys.flatMap((key) => (isObject(key) && typeof key.kid === 'string' ? [key.kid] : [])) };
  } catch (thrown) {
    if (thrown instanceof WorkloadFailure) return `from here its keys cannot be seen: ${thrown.message}`;
    throw thrown;
  }
}

async function jwksOf(issuer: string, http: Http): Promise<string | undefined> {
  const found = await fetchJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, http);
  return isObject(found) && typeof found.jwks_uri === 'string' ? found.jwks_uri : undefined;
}

async function fetchJson(address: string, http: Http): Promise<unknown> {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  const { status, body } = await http({ method: 'GET', url });
  if (status !== 200) throw new WorkloadFailure('unreachable', `${shownAddress(url)} answers HTTP ${status}`, '');
  return jsonOrUndefined(body);
}
