/** Sealing again, under what new keys are sealed with: after that an old secret can be dropped. */

import { IssuerFault } from '../store/fault.ts';
import { type Custody } from './custody.ts';
import { type KeyChange, type KeyRecord, type KeyRecords } from './record.ts';

/** Compare-and-set loses only to another change; as many in a row mean that something else is wrong. */
export const ATTEMPTS = 8;

/** What the audit has of a change, once it is known of which keys. */
export type ChangeOf = (kids: readonly string[]) => KeyChange;

/**
 * Seals every private key of an issuer again that is not sealed as a new one would be. All of them are written at once or
 * none: whatever fails on the way, each key opens as before. Private keys are in the clear in this process alone.
 *
 * @returns the change; undefined where nothing was left to do. Throws `IssuerFault`.
 */
export async function reseal(
  issuer: string,
  records: KeyRecords,
  custody: Custody,
  changeOf: ChangeOf,
): Promise<KeyChange | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const ring = await records.load(issuer);
    const resealed: KeyRecord[] = [];
    for (const record of ring.records) {
      if (record.handle === null || record.state === 'removed') continue;
      const handle = await custody.reseal(record, record.handle);
      if (handle !== record.handle) resealed.push({ ...record, handle });
    }
    if (resealed.length === 0) return undefined;
    const change = changeOf(resealed.map(({ kid }) => kid));
    if (await records.commit(issuer, ring.version, resealed, change)) return change;
  }
  throw contended(issuer);
}

export function contended(issuer: string): IssuerFault {
  return new IssuerFault(
    'ring-contended',
    `the keys of the issuer ${issuer} were changed by others ${ATTEMPTS} times in a row`,
    'Try again; if it goes on, stop whatever rotates them.',
  );
}
