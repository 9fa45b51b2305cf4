/** The port behind which private keys live: in memory, sealed in the store, or in a KMS that never lets them out. */

import { type Algorithm, type KeyPair, type PublicJwk, type Sign } from './algorithms.ts';

/** A key that a record names. */
export interface RecordedKey {
  readonly issuer: string;
  readonly kid: string;
  readonly algorithm: Algorithm;
  readonly publicJwk: PublicJwk;
}

export interface WantedKey {
  readonly issuer: string;
  readonly algorithm: Algorithm;
  /** Its name may depend on the key itself. */
  readonly kidOf: (jwk: PublicJwk) => Promise<string>;
  /** Those of every record of the ring, of removed keys too: none of them comes a second time. */
  readonly taken: readonly PublicJwk[];
}

export interface NamedKey {
  readonly kid: string;
  readonly publicJwk: PublicJwk;
  /** Opaque to everybody else; kept in the key record. */
  readonly handle: string;
}

export interface Custody {
  /** Makes or takes a key. Throws `IssuerFault`. */
  create(wanted: WantedKey): Promise<NamedKey>;
  /** Is the handle of this kind, by its looks? */
  holds(handle: string): boolean;
  /**
   * What signs with the key. Throws `IssuerFault`: `wrong-sealing-secret` where the handle is not of this custody and
   * record, `kms-unavailable`, `kms-refused`; what signs throws the last two.
   */
  open(key: RecordedKey, handle: string): Promise<Sign>;
  /** The handle as a new key would have it; the same one where it is so already, or has nothing to be sealed. */
  reseal(key: RecordedKey, handle: string): Promise<string>;
}

/** Makes the key pairs of custodies that hold them in this process; an argument, so that tests can hand in fixed ones. */
export type GenerateKey = (algorithm: Algorithm) => Promise<KeyPair>;
