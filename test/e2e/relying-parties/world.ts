/** One issuer under its real name, over TLS of an authority of our own, behind a CONNECT proxy; and tokens of it. */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SignJWT, decodeJwt, generateKeyPair } from 'jose';
import { ProxyAgent, fetch as fetchThrough } from 'undici';
import { type Claims } from '../../../src/claims/claims.ts';
import { signJws } from '../../../src/issuer/jws.ts';
import { type Signer } from '../../../src/keys/ring.ts';
import { openIssuers } from '../../../src/serve/open.ts';
import { ENVIRONMENT } from '../../issuer/issuer.ts';
import { createAuthority } from '../../sandbox/net/authority.ts';
import { startConnectProxy } from '../../sandbox/net/connect-proxy.ts';
import { type Cleanup, temporaryDirectory } from '../../serve/directory.ts';
import { CONFIG, HOSTS, type Running, configOf, exchangeForm, runIssuer } from '../../serve/running.ts';

export const ISSUER = `https://${HOSTS.ona}`;
export const AUDIENCE = 'vault.acme.example';
export const ALGORITHMS = ['RS256', 'ES256'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** The tokens that are refused, each with what a relying party says of it. */
export const REFUSED = {
  'a tampered signature': /signature/i,
  'another audience': /aud/i,
  'another issuer': /iss/i,
  'an end that has passed': /expir|"exp"/i,
  'a key that is not published': /\bkeys?\b|kid|signature/i,
  'another key under a published name': /signature/i,
  'no signature': /alg|signature|unsecured|signing method/i,
} as const;
export type Refused = keyof typeof REFUSED;

export interface World {
  readonly ca: string;
  /** `http://127.0.0.1:port` */
  readonly proxy: string;
  readonly directory: string;
  /** Leads to the issuer as every other client is led. */
  readonly fetch: typeof fetch;
  readonly tokens: Readonly<Record<Algorithm, Tokens>>;
}

/** Of a workload whose organization chose the algorithm. */
export interface Tokens {
  readonly credential: string;
  readonly good: string;
  readonly bad: Readonly<Record<Refused, string>>;
}

const TLS = 'listen: { host: 127.0.0.1, port: 0, tls: { cert_file: tls.pem, key_file: tls-key.pem } }';

export async function createWorld(cleanup: Cleanup): Promise<World> {
  const directory = await temporaryDirectory(cleanup);
  const authority = await createAuthority({ now: () => new Date() });
  const { certPem, keyPem } = await authority.issue([HOSTS.ona]);
  await Promise.all([
    writeFile(join(directory, 'tls.pem'), certPem),
    writeFile(join(directory, 'tls-key.pem'), keyPem),
  ]);
  const config = CONFIG.replace('listen: { host: 127.0.0.1, port: 0 }', TLS).replace(
    'kid: "k{n}"',
    'algorithms: [RS256, ES256]',
  );
  const running = await runIssuer({ config, directory, cleanup });
  const { hostname: host, port } = new URL(running.publicUrl);
  const proxy = await startConnectProxy({ routes: { [HOSTS.ona]: { host, port: Number(port) } } });
  cleanup(() => proxy.stop());
  const dispatcher = new ProxyAgent({ uri: proxy.url, requestTls: { ca: authority.caPem } });
  cleanup(() => dispatcher.close());
  const through: unknown = (url: string, init: object) => fetchThrough(url, { ...init, dispatcher });

  const ports = { now: () => Math.floor(Date.now() / 1000), random: randomBytes };
  const opened = await openIssuers(configOf(config, directory), ports);
  cleanup(opened.close);
  const tokens = async (algorithm: Algorithm): Promise<Tokens> => {
    const credential = await registerAt(running, algorithm);
    const good = await exchangeThrough(through as typeof fetch, credential, AUDIENCE);
    const elsewhere = await exchangeThrough(through as typeof fetch, credential, 'elsewhere.example');
    const signer = opened.issuers[0]?.ring.signer(algorithm);
    if (signer === undefined) throw new Error(`no signer of ${algorithm}`);
    return { credential, good, bad: await worsen(good, elsewhere, signer) };
  };
  return {
    ca: authority.caPem,
    proxy: proxy.url,
    directory,
    fetch: through as typeof fetch,
    tokens: { RS256: await tokens('RS256'), ES256: await tokens('ES256') },
  };
}

async function registerAt({ admin }: Running, algorithm: Algorithm): Promise<string> {
  const organization = algorithm.toLowerCase();
  await admin('PUT', `/admin/issuers/ona/organizations/${organization}`, { profile: 'ona-v3', algorithm });
  const reply = await admin('POST', '/admin/issuers/ona/registrations', { organization, facts: ENVIRONMENT });
  if (reply.status !== 201) throw new Error(reply.text);
  return (reply.json as { credential: string }).credential;
}

async function exchangeThrough(fetchIssuer: typeof fetch, credential: string, audience: string): Promise<string> {
  const form = exchangeForm(credential, audience).map(([name, value]): [string, string] => [name, value]);
  const reply = await fetchIssuer(`${ISSUER}/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
  });
  if (!reply.ok) throw new Error(await reply.text());
  return ((await reply.json()) as { access_token: string }).access_token;
}

/** Each differs from the good token in one thing; `signer` has the key that the issuer publishes and signs with. */
async function worsen(good: string, elsewhere: string, signer: Signer): Promise<Tokens['bad']> {
  const { algorithm: alg, kid } = signer;
  const claims = decodeJwt(good) as Claims;
  const [header = '', payload = '', signature = ''] = good.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
  const { privateKey } = await generateKeyPair(alg);
  const foreign = (named: string) =>
    new SignJWT(decodeJwt(good)).setProtectedHeader({ alg, kid: named, typ: 'JWT' }).sign(privateKey);
  const past = Math.floor(Date.now() / 1000) - 7200;
  const none = Buffer.from(JSON.stringify({ alg: 'none', kid, typ: 'JWT' })).toString('base64url');
  return {
    'a tampered signature': [header, payload, bytes.toString('base64url')].join('.'),
    'another audience': elsewhere,
    'another issuer': await signJws({ ...claims, iss: 'https://elsewhere.example' }, signer),
    'an end that has passed': await signJws({ ...claims, iat: past - 3600, exp: past }, signer),
    'a key that is not published': await foreign('nobodys'),
    'another key under a published name': await foreign(kid),
    'no signature': `${none}.${payload}.`,
  };
}
