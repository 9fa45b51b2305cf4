/** Keys that live as long as the process, for tests and trials. */

import { type KeyPair, generateKey, publicJwkOf, signerWith } from '../algorithms.ts';
import { type Custody, type GenerateKey } from '../custody.ts';
import { IssuerFault } from '../../store/fault.ts';
import { type KeyChange, type KeyRecord, type KeyRecords, type RingRecords } from '../record.ts';

export function memoryCustody(generate: GenerateKey = generateKey): Custody {
  const pairs = new Map<string, KeyPair>();
  const handleOf = (issuer: string, kid: string) => JSON.stringify([issuer, kid]);
  return {
    create: async ({ issuer, algorithm, kidOf }) => {
      const pair = await generate(algorithm);
      const publicJwk = publicJwkOf(algorithm, pair.publicKey);
      const kid = await kidOf(publicJwk);
      const handle = handleOf(issuer, kid);
      pairs.set(handle, pair);
      return { kid, publicJwk, handle };
    },
    holds: (handle) => pairs.has(handle),
    open: ({ issuer, kid, algorithm }, handle) => {
      const pair = handle === handleOf(issuer, kid) ? pairs.get(handle) : undefined;
      return pair === undefined
        ? Promise.reject(
            new IssuerFault('wrong-sealing-secret', `the key ${kid} is not in memory`, 'Start with an empty store.'),
          )
        : Promise.resolve(signerWith(algorithm, pair.privateKey));
    },
    reseal: (_key, handle) => Promise.resolve(handle),
  };
}

export interface MemoryRecords extends KeyRecords {
  /** What was done to the keys of an issuer, the oldest first. */
  readonly changes: (issuer: string) => readonly KeyChange[];
}

export function memoryRecords(): MemoryRecords {
  const rings = new Map<string, RingRecords>();
  const changes = new Map<string, readonly KeyChange[]>();
  const load = (issuer: string): RingRecords => rings.get(issuer) ?? { version: 0, records: [] };
  return {
    version: (issuer) => Promise.resolve(load(issuer).version),
    load: (issuer) => Promise.resolve(load(issuer)),
    commit: (issuer, version, written, change) => {
      const found = load(issuer);
      if (found.version !== version) return Promise.resolve(false);
      const records = new Map<string, KeyRecord>([...found.records, ...written].map((record) => [record.kid, record]));
      rings.set(issuer, { version: version + 1, records: [...records.values()] });
      if (change !== undefined) changes.set(issuer, [...(changes.get(issuer) ?? []), change]);
      return Promise.resolve(true);
    },
    changes: (issuer) => changes.get(issuer) ?? [],
  };
}
