/** Sealing under AWS KMS: each private key under a data key of its own, which KMS alone can open. */

import { IssuerFault } from '../../store/fault.ts';
import { type EncryptionContext, type Kms, type KmsKeyName } from '../kms/port.ts';
import { type KeyName, type Sealer } from '../sealer.ts';
import { type Random, sealKey, unsealKey } from './envelope.ts';

const VERSION = 'k1';

interface Parts {
  readonly arn: string;
  readonly dataKey: Uint8Array;
  readonly sealed: string;
}

/**
 * Envelope encryption. Handles are `k1.{ARN}.{data key}.{nonce}.{text}`, the first two in base64url: what a key was sealed
 * under opens it, whichever key is configured by then.
 *
 * @param key which symmetric KMS key seals
 */
export function kmsSealer(kms: Kms, key: KmsKeyName, random: Random): Sealer {
  return {
    holds: (handle) => handle.startsWith(`${VERSION}.`),
    // Keys are named by alias or id too, and an alias can be led elsewhere.
    current: async (handle) => (await kms.describe(key)).arn === partsOf(handle).arn,
    seal: async (name, privateKey) => {
      const { plain, sealed, arn } = await kms.dataKey(key, contextOf(name));
      try {
        const prefix = [VERSION, base64(Buffer.from(arn)), base64(sealed)].join('.');
        return `${prefix}.${sealKey(plain, purposeOf(name, arn), privateKey, random)}`;
      } finally {
        plain.fill(0);
      }
    },
    unseal: async (name, handle) => {
      const { arn, dataKey, sealed } = partsOf(handle);
      const plain = await kms.openDataKey(arn, dataKey, contextOf(name));
      try {
        return unsealKey(plain, purposeOf(name, arn), sealed);
      } catch (cause) {
        throw changed(name, cause);
      } finally {
        plain.fill(0);
      }
    },
  };
}

/** KMS opens a data key for this name alone, and CloudTrail shows for which. */
function contextOf({ issuer, kid }: KeyName): EncryptionContext {
  return { 'idp-kit:issuer': issuer, 'idp-kit:kid': kid };
}

function purposeOf({ issuer, kid }: KeyName, arn: string): string[] {
  return [VERSION, arn, issuer, kid];
}

function partsOf(handle: string): Parts {
  const [, arn = '', dataKey = '', ...sealed] = handle.split('.');
  return {
    arn: Buffer.from(arn, 'base64url').toString(),
    dataKey: Buffer.from(dataKey, 'base64url'),
    sealed: sealed.join('.'),
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

function changed({ issuer, kid }: KeyName, cause: unknown): IssuerFault {
  return new IssuerFault(
    'wrong-sealing-secret',
    `the sealed key ${kid} of the issuer ${issuer} was changed`,
    'Put back the record of the key as it was; without it the key is lost.',
    { cause },
  );
}
