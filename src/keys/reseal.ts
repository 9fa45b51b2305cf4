/** Sealing again, under what new keys are sealed with: after that an old secret can be dropped. */

import { IssuerFault } from '../store/fault.ts';
import { type Custody } from './custody.ts';
import { type KeyRecord, type KeyRecords } from './record.ts';

/** Compare-and-set loses only to another change; as many in a row mean that something else is wrong. */
export const ATTEMPTS = 8;

/**
 * Seals every private key of an issuer again that is not sealed as a new one would be. All of them are written at once or
 * none: whatever fails on the way, each key opens as before. Private keys are in the clear in this process alone.
 *
 * @returns the names of the keys that were sealed again. Throws `IssuerFault`.
 */
export async function reseal(issuer: string, records: KeyRecords, custody: Custody): Promise<readonly string[]> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const ring = await records.load(issuer);
    const resealed: KeyRecord[] = [];
    for (const record of ring.records) {
      if (record.handle === null || record.state === 'removed') continue;
      const handle = await custody.reseal(record, record.handle);
      if (handle !== record.handle) resealed.push({ ...record, handle });
    }
    const done = resealed.length === 0 || (await records.commit(issuer, ring.version, resealed));
    if (done) return resealed.map(({ kid }) => kid);
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
