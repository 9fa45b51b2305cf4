/** What the issuer asks of AWS KMS, in its own words. Every method throws `IssuerFault`: `kms-unavailable`, `kms-refused`. */

import { type Algorithm } from '../algorithms.ts';

/** An ARN of a key or an alias, `alias/…`, or the id of a key. */
export type KmsKeyName = string;

export interface KmsKey {
  readonly arn: string;
  /** E.g. `RSA_2048`, `ECC_NIST_P256`, `SYMMETRIC_DEFAULT`. */
  readonly spec: string;
  /** E.g. `SIGN_VERIFY`, `ENCRYPT_DECRYPT`. */
  readonly usage: string;
  /** `Enabled`, or why it cannot be used, e.g. `Disabled`, `PendingDeletion`. */
  readonly state: string;
}

/** What is authenticated with a data key and shown in CloudTrail: no secrets. */
export type EncryptionContext = Readonly<Record<string, string>>;

export interface DataKey {
  /** 32 bytes, for AES-256. Whoever asked for it wipes it. */
  readonly plain: Uint8Array;
  readonly sealed: Uint8Array;
  /** The ARN of the KMS key that sealed it. */
  readonly arn: string;
}

export interface Kms {
  describe(key: KmsKeyName): Promise<KmsKey>;
  /** SubjectPublicKeyInfo in DER (RFC 5280, section 4.1). */
  publicKey(arn: string): Promise<Uint8Array>;
  /** @param digest the SHA-256 of what is signed, 32 bytes. What comes back is DER for ECDSA. */
  sign(arn: string, algorithm: Algorithm, digest: Uint8Array): Promise<Uint8Array>;
  /** Makes a key that signs, and says its ARN. */
  createKey(algorithm: Algorithm, issuer: string): Promise<string>;
  dataKey(key: KmsKeyName, context: EncryptionContext): Promise<DataKey>;
  /** Throws `wrong-sealing-secret` too, where the context is another than it was sealed with. */
  openDataKey(arn: string, sealed: Uint8Array, context: EncryptionContext): Promise<Uint8Array>;
}

/** What an algorithm is called by AWS KMS. */
export const KMS_ALGORITHMS = {
  RS256: { spec: 'RSA_2048', signing: 'RSASSA_PKCS1_V1_5_SHA_256' },
  ES256: { spec: 'ECC_NIST_P256', signing: 'ECDSA_SHA_256' },
} as const satisfies Readonly<Record<Algorithm, { readonly spec: string; readonly signing: string }>>;
