/** Does an issuer answer? AWS and Vault will ask it the same things: its discovery document, and its keys. */

import { type IssuerProfile } from '../src/claims/profile.ts';
import { WorkloadFailure } from '../src/workload/failure.ts';
import { type Http } from '../src/workload/http.ts';
import { jsonOrUndefined } from '../src/workload/json.ts';

type Json = Readonly<Record<string, unknown>>;

/** What is wrong, in one sentence; undefined where all is well. */
export async function whyNotLive(issuer: IssuerProfile, http: Http): Promise<string | undefined> {
  try {
    const jwks = issuer.url === undefined ? (issuer.jwksUrl ?? '') : await jwksUriOf(issuer.url, http);
    await checkKeys(jwks, http);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Unfit) return thrown.message;
    if (thrown instanceof WorkloadFailure) return `${thrown.message} (${thrown.hint})`;
    throw thrown;
  }
}

/** An answer that AWS or Vault would not take. */
class Unfit extends Error {}

/** OpenID Connect Discovery 1.0, section 4. */
async function jwksUriOf(issuer: string, http: Http): Promise<string> {
  const address = `${issuer}/.well-known/openid-configuration`;
  const { issuer: named, jwks_uri: jwks } = await fetchJson(address, http);
  if (named !== issuer) {
    throw new Unfit(`${address} is of another issuer: it says ${JSON.stringify(named)}, and must say it byte for byte`);
  }
  if (typeof jwks !== 'string' || !jwks.startsWith('https://')) throw new Unfit(`${address} names no https jwks_uri`);
  return jwks;
}

async function checkKeys(address: string, http: Http): Promise<void> {
  const { keys } = await fetchJson(address, http);
  if (!Array.isArray(keys)) throw new Unfit(`${address} holds no JWK Set`);
  if (keys.length === 0) throw new Unfit(`${address} holds no key yet, so no token could be verified`);
}

async function fetchJson(address: string, http: Http): Promise<Json> {
  if (!URL.canParse(address)) throw new Unfit(`\`${address}\` is no URL`);
  const { status, body } = await http({ method: 'GET', url: new URL(address) });
  if (status !== 200) throw new Unfit(`${address} answers HTTP ${status}`);
  const document = jsonOrUndefined(body);
  if (typeof document === 'object' && document !== null && !Array.isArray(document)) return document as Json;
  throw new Unfit(`${address} holds no JSON object`);
}
