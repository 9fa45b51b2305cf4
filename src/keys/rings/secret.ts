/** Sealing with a secret in a file that is not in the store. */

import { hkdfSync } from 'node:crypto';
import { IssuerFault } from '../../store/fault.ts';
import { type KeyName, type Sealer } from '../sealer.ts';
import { type Random, sealKey, unsealKey } from './envelope.ts';

/** Fewer bytes than the AES key has would be the weakest part. */
export const SEALING_SECRET_BYTES = 32;

const VERSION = 's1';
/** Say what is derived (RFC 5869, section 3.2), so that one does not give away the other. */
const KEY_PURPOSE = 'idp-kit private keys s1';
const ID_PURPOSE = 'idp-kit sealing secret id s1';
const ID_BYTES = 6;

/**
 * AES-256-GCM under a key derived from the secret. Handles are `s1.{id of the secret}.{nonce}.{text}`, so that one of
 * several secrets can be found for each. Throws `IssuerFault` where the secret is too short.
 */
export function secretSealer(secret: Uint8Array, random: Random): Sealer {
  if (secret.length < SEALING_SECRET_BYTES) {
    throw new IssuerFault(
      'bad-configuration',
      `the sealing secret has ${secret.length} bytes, and ${SEALING_SECRET_BYTES} are the least`,
      'Make one with: openssl rand -base64 32',
    );
  }
  const key = derive(secret, KEY_PURPOSE, 32);
  const id = Buffer.from(derive(secret, ID_PURPOSE, ID_BYTES)).toString('base64url');
  const prefix = `${VERSION}.${id}.`;
  const purpose = ({ issuer, kid }: KeyName) => [VERSION, id, issuer, kid];
  const holds = (handle: string) => handle.startsWith(prefix);
  return {
    holds,
    current: (handle) => Promise.resolve(holds(handle)),
    seal: async (name, privateKey) => Promise.resolve(prefix + sealKey(key, purpose(name), privateKey, random)),
    unseal: async (name, handle) => {
      try {
        return await Promise.resolve(unsealKey(key, purpose(name), handle.slice(prefix.length)));
      } catch (cause) {
        throw doesNotOpen(name, cause);
      }
    },
  };
}

function derive(secret: Uint8Array, purpose: string, bytes: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), purpose, bytes));
}

function doesNotOpen({ issuer, kid }: KeyName, cause: unknown): IssuerFault {
  return new IssuerFault(
    'wrong-sealing-secret',
    `the key ${kid} of the issuer ${issuer} does not open with its sealing secret: it was changed, or copied from another`,
    'Put back the record of the key as it was; without it the key is lost.',
    { cause },
  );
}
