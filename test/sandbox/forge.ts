/** Tokens that no honest issuer would sign, some of them with its genuine key: opened from the issuer's own files. */
import { createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { type CryptoKey, type JWK, exportSPKI, importJWK } from 'jose';
import { openIssuers } from '../../src/serve/open.ts';
import { readConfigFile } from '../../src/serve/config.ts';
import { type Platform } from './issuer.ts';
import { type Sandbox } from './sandbox.ts';

export interface Forgery {
  readonly claims: Readonly<Record<string, unknown>>;
  /** In place of the genuine header's. */
  readonly header?: { readonly alg?: 'none' | 'HS256'; readonly kid?: string };
  /** Signs with a key that is not the issuer's. */
  readonly key?: 'another';
  /** Changes the payload after signing. */
  readonly tamper?: true;
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export async function forge(
  { issuer }: Pick<Sandbox, 'issuer'>,
  platform: Platform,
  forgery: Forgery,
): Promise<string> {
  const config = await readConfigFile(issuer.configFile);
  if (!config.ok) throw new Error('the configuration of the issuer cannot be read');
  const random = (bytes: number) => randomBytes(bytes);
  const opened = await openIssuers(config.value, { now: () => Math.floor(Date.now() / 1000), random });
  try {
    const ring = opened.issuers.find(({ settings }) => settings.name === platform)?.ring;
    const signer = ring?.signer();
    const jwk = ring?.publicKeys().find(({ kid }) => kid === signer?.kid)?.jwk;
    if (signer === undefined || jwk === undefined) throw new Error(`${platform} has no key to sign with`);
    const header = { alg: signer.algorithm, kid: signer.kid, typ: 'JWT', ...forgery.header };
    const input = `${encode(header)}.${encode(forgery.claims)}`;
    const signature = await signatureOf(input, forgery, signer.sign, { ...jwk });
    return forgery.tamper === true ? tampered(forgery.claims, header, signature) : `${input}.${signature}`;
  } finally {
    await opened.close();
  }
}

type Sign = (bytes: Uint8Array) => Promise<Uint8Array>;

async function signatureOf(input: string, { header, key }: Forgery, genuine: Sign, jwk: JWK): Promise<string> {
  if (header?.alg === 'none') return '';
  if (header?.alg === 'HS256') {
    const pem = await exportSPKI((await importJWK(jwk, 'RS256', { extractable: true })) as CryptoKey);
    return createHmac('sha256', pem).update(input).digest('base64url');
  }
  if (key === 'another') {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    return sign('sha256', Buffer.from(input), privateKey).toString('base64url');
  }
  return Buffer.from(await genuine(Buffer.from(input))).toString('base64url');
}

/** Somebody else's project, under the signature of the first. */
function tampered(claims: Forgery['claims'], header: unknown, signature: string): string {
  return `${encode(header)}.${encode({ ...claims, jti: 'tampered' })}.${signature}`;
}
