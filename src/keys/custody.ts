/** The port behind which private keys live: in memory, sealed in the store, or in a KMS that never lets them out. */

import { type Algorithm, type KeyPair, type PublicJwk, type Sign } from './algorithms.ts';

export interface KeyName {
  readonly issuer: string;
  readonly kid: string;
  readonly algorithm: Algorithm;
}

export interface NamedKey {
  readonly kid: string;
  readonly publicJwk: PublicJwk;
  /** Opaque to everybody else; kept in the key record. */
  readonly handle: string;
}

export interface Custody {
  /** Makes a key. Its name may depend on the key itself, and the handle on its name. */
  create(issuer: string, algorithm: Algorithm, kidOf: (jwk: PublicJwk) => Promise<string>): Promise<NamedKey>;
  /** Throws `IssuerFault` with `wrong-sealing-secret` where the handle is not of this custody and name. */
  open(name: KeyName, handle: string): Promise<Sign>;
}

/** Makes the key pairs of custodies that hold them in this process; an argument, so that tests can hand in fixed ones. */
export type GenerateKey = (algorithm: Algorithm) => Promise<KeyPair>;
