/** The credential of a registered workload: handed out once, kept as a hash, compared in constant time. */

import { hash, timingSafeEqual } from 'node:crypto';

const ID_BYTES = 10;
const SECRET_BYTES = 32;

/** A recognizable prefix lets secret scanners find a credential that was committed. */
const SHAPE = /^idpk_([0-9a-f]{20})\.[A-Za-z0-9_-]{43}$/;

/** Compared with when there is no registration, so that time does not tell which ids exist. */
const NOBODY = '0'.repeat(64);

export interface NewCredential {
  /** The registration's. */
  readonly id: string;
  readonly credential: string;
  readonly sha256: string;
}

export function createCredential(random: (bytes: number) => Uint8Array): NewCredential {
  const id = Buffer.from(random(ID_BYTES)).toString('hex');
  const credential = `idpk_${id}.${Buffer.from(random(SECRET_BYTES)).toString('base64url')}`;
  return { id, credential, sha256: sha256(credential) };
}

/** The registration that a credential claims to be of; undefined where it is no credential. */
export function credentialId(credential: string): string | undefined {
  return SHAPE.exec(credential)?.[1];
}

/** 256 random bits need no slow hash: there is nothing to guess. */
export function credentialFits(credential: string, expected: string | undefined): boolean {
  const fits = timingSafeEqual(Buffer.from(sha256(credential), 'hex'), Buffer.from(expected ?? NOBODY, 'hex'));
  return fits && expected !== undefined;
}

/** Hexadecimal. */
export function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}
