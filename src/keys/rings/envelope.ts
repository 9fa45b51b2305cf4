/** A private key as AES-256-GCM text, bound to what it is for: copied to another place it does not open. */

import { type KeyObject, createCipheriv, createDecipheriv, createPrivateKey } from 'node:crypto';

/** Bytes that nobody can guess; an argument, so that tests can hand in fixed ones. */
export type Random = (bytes: number) => Uint8Array;

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * @param key 32 bytes
 * @param purpose what is authenticated with it
 * @returns nonce and text in base64url, with a dot between
 */
export function sealKey(key: Uint8Array, purpose: readonly string[], privateKey: KeyObject, random: Random): string {
  const nonce = random(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(JSON.stringify(purpose)));
  const plain = privateKey.export({ format: 'der', type: 'pkcs8' });
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  plain.fill(0);
  return `${Buffer.from(nonce).toString('base64url')}.${sealed.toString('base64url')}`;
}

/** Throws where it was sealed with another key or purpose, or changed. */
export function unsealKey(key: Uint8Array, purpose: readonly string[], text: string): KeyObject {
  const [nonce, sealed] = partsOf(text);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(JSON.stringify(purpose))).setAuthTag(sealed.subarray(-TAG_BYTES));
  const plain = Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
  try {
    return createPrivateKey({ key: plain, format: 'der', type: 'pkcs8' });
  } finally {
    plain.fill(0);
  }
}

function partsOf(text: string): [Buffer, Buffer] {
  const [nonce = '', sealed = ''] = text.split('.');
  return [Buffer.from(nonce, 'base64url'), Buffer.from(sealed, 'base64url')];
}
