/** Private keys sealed under a secret that is not in the store: a copy of the store alone signs nothing. */

import { type KeyObject, createCipheriv, createDecipheriv, createPrivateKey, hkdfSync } from 'node:crypto';
import { IssuerFault } from '../../store/fault.ts';
import { generateKey, publicJwkOf, signerWith } from '../algorithms.ts';
import { type Custody, type GenerateKey } from '../custody.ts';

export type Random = (bytes: number) => Uint8Array;

/** Fewer bytes than the AES key has would be the weakest part. */
export const SEALING_SECRET_BYTES = 32;

const VERSION = 'v1';
/** Says what the derived key is for (RFC 5869, section 3.2), so that the same secret can serve another purpose later. */
const PURPOSE = 'idp-kit private keys v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM under a key derived from the sealing secret. */
export function sealedCustody(secret: Uint8Array, random: Random, generate: GenerateKey = generateKey): Custody {
  if (secret.length < SEALING_SECRET_BYTES) {
    throw new IssuerFault(
      'bad-configuration',
      `the sealing secret has ${secret.length} bytes, and ${SEALING_SECRET_BYTES} are the least`,
      'Make one with: openssl rand -base64 32',
    );
  }
  const key = new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), PURPOSE, 32));
  return {
    create: async (issuer, algorithm, kidOf) => {
      const { privateKey, publicKey } = await generate(algorithm);
      const publicJwk = publicJwkOf(algorithm, publicKey);
      const kid = await kidOf(publicJwk);
      return { kid, publicJwk, handle: seal(key, random(NONCE_BYTES), issuer, kid, privateKey) };
    },
    open: async ({ issuer, kid, algorithm }, handle) => {
      const privateKey = await Promise.resolve().then(() => unseal(key, issuer, kid, handle));
      return signerWith(algorithm, privateKey);
    },
  };
}

/** A sealed key that was copied to another record does not open: what it is for is authenticated with it. */
function boundTo(issuer: string, kid: string): Buffer {
  return Buffer.from(JSON.stringify([VERSION, issuer, kid]));
}

function seal(key: Uint8Array, nonce: Uint8Array, issuer: string, kid: string, privateKey: KeyObject): string {
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(boundTo(issuer, kid));
  const plain = privateKey.export({ format: 'der', type: 'pkcs8' });
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  plain.fill(0);
  return [VERSION, Buffer.from(nonce).toString('base64url'), sealed.toString('base64url')].join('.');
}

function unseal(key: Uint8Array, issuer: string, kid: string, handle: string): KeyObject {
  try {
    const [version, nonce = '', text = ''] = handle.split('.');
    if (version !== VERSION) throw new Error(`sealed in the unknown way ${String(version)}`);
    const sealed = Buffer.from(text, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'), {
      authTagLength: TAG_BYTES,
    }).setAAD(boundTo(issuer, kid));
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    const plain = Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
    return createPrivateKey({ key: plain, format: 'der', type: 'pkcs8' });
  } catch (cause) {
    throw new IssuerFault(
      'wrong-sealing-secret',
      `the key ${kid} of the issuer ${issuer} does not open with this sealing secret`,
      'Put back the sealing secret that the store was made with; without it these keys are lost.',
      { cause },
    );
  }
}
