/**
 * Keys that are published as files. Who publishes opens no private key and makes none: it needs the records alone, and no
 * custody.
 */

import { type Algorithm, type PublicJwk } from './algorithms.ts';
import { type Timings, planPublished, published, settle } from './plan.ts';
import { type KeyRecord, type KeyRecords } from './record.ts';
import { ATTEMPTS, contended } from './reseal.ts';

export interface PublishedKey {
  readonly kid: string;
  readonly algorithm: Algorithm;
  readonly jwk: PublicJwk;
}

/** Pending, active and retiring keys at a time (seconds since 1970), as the ring of a server has them. */
export function publishedKeys(records: readonly KeyRecord[], now: number, timings: Timings): readonly PublishedKey[] {
  return published(settle(records, now, timings)).map(({ kid, algorithm, publicJwk: jwk }) => ({
    kid,
    algorithm,
    jwk,
  }));
}

export interface RecordedKeys {
  /** All records, with their states now. */
  readonly records: readonly KeyRecord[];
  /** The kids that had not been written down before. */
  readonly recorded: readonly string[];
}

/**
 * Writes down that these keys were seen where relying parties fetch them; a key that somebody wrote down before keeps its
 * time. By compare-and-set, as every change of a ring; running issuers take it over.
 * Throws `IssuerFault`: `ring-contended`.
 */
export async function recordPublished(
  { issuer, timings }: { readonly issuer: string; readonly timings: Timings },
  ring: KeyRecords,
  kids: readonly string[],
  now: number,
): Promise<RecordedKeys> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const { version, records } = await ring.load(issuer);
    const before = settle(records, now, timings).filter(({ state }) => state !== 'removed');
    const known = new Map(before.map((record) => [record.kid, record]));
    // What is removed meanwhile stays so.
    const plan = planPublished(
      settle(records, now, timings),
      kids.filter((kid) => known.has(kid)),
      now,
    );
    const changed = plan.records.filter((record) => {
      const old = known.get(record.kid);
      return old !== undefined && old.publishedAt !== record.publishedAt;
    });
    const recorded = changed.map(({ kid }) => kid);
    const change = { kind: 'keys-published', kids: recorded, time: now, actor: undefined } as const;
    if (recorded.length === 0 || (await ring.commit(issuer, version, changed, change))) {
      return { records: plan.records, recorded };
    }
  }
  throw contended(issuer);
}
