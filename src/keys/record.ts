/** Key records: the life of a key, from pending to removed. */

import { type Algorithm, type PublicJwk } from './algorithms.ts';

/** Published are pending, active and retiring keys; only the active one signs. */
export const KEY_STATES = ['pending', 'active', 'retiring', 'removed'] as const;
export type KeyState = (typeof KEY_STATES)[number];

/** What the rotation plan reads. Times are whole seconds since 1970; null where it has not happened. */
export interface KeyLife {
  readonly kid: string;
  readonly algorithm: Algorithm;
  readonly state: KeyState;
  readonly createdAt: number;
  /** Since when relying parties can fetch it; null where that has not been seen to. */
  readonly publishedAt: number | null;
  readonly activeAt: number | null;
  readonly retiringAt: number | null;
  readonly removedAt: number | null;
}

export interface KeyRecord extends KeyLife {
  readonly issuer: string;
  readonly publicJwk: PublicJwk;
  /** What the custody needs to sign with the key, such as the sealed private key; null once it is removed. */
  readonly handle: string | null;
}

export interface RingRecords {
  /** 0 where there is no ring yet. */
  readonly version: number;
  readonly records: readonly KeyRecord[];
}

/** What was done to the keys of an issuer, for the audit. What time alone does to their states is none. */
export interface KeyChange {
  readonly kind: 'keys-rotated' | 'keys-replaced' | 'keys-resealed' | 'keys-published';
  /** The keys that are new, sealed again, or seen for the first time. */
  readonly kids: readonly string[];
  /** Seconds since 1970. */
  readonly time: number;
  /** On whose behalf; undefined where nobody of the admin API asked for it. */
  readonly actor: string | undefined;
}

/** Where key records are kept. Replicas agree through `commit`, a compare-and-set. */
export interface KeyRecords {
  version(issuer: string): Promise<number>;
  load(issuer: string): Promise<RingRecords>;
  /** Writes the records and the change as one; false, and nothing written, where somebody else did since `version`. */
  commit(issuer: string, version: number, records: readonly KeyRecord[], change?: KeyChange): Promise<boolean>;
}
