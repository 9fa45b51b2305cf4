/** Opens what a configuration names, store and rings, without serving anything. */

import { storedRecords } from '../keys/rings/stored.ts';
import { sealedCustody } from '../keys/rings/sealed.ts';
import { type KeyRing, openRing } from '../keys/ring.ts';
import { type Issuer } from '../issuer/settings.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import { type Store } from '../store/store.ts';
import { createSealingSecret, findSealingSecret, sealingSecretGone } from './secrets.ts';
import { type ServerConfig } from './settings.ts';

export interface OpenPorts {
  /** Whole seconds since 1970. */
  readonly now: () => number;
  readonly random: (bytes: number) => Uint8Array;
}

export interface OpenIssuers {
  readonly store: Store;
  readonly issuers: readonly Issuer[];
  readonly close: () => Promise<void>;
}

/**
 * Opens the store and every issuer's ring, making the keys and the sealing secret that are not there yet. Safe beside a
 * server that runs on the same files. Throws `IssuerFault`.
 */
export async function openIssuers(config: ServerConfig, ports: OpenPorts): Promise<OpenIssuers> {
  const store = await openSqliteStore(config.store.sqlite);
  try {
    const custody = sealedCustody(await sealingSecret(config, store, ports), ports.random);
    const issuers: Issuer[] = [];
    for (const entry of config.issuers) {
      const records = storedRecords(store.keys);
      const ring: KeyRing = await openRing(entry.ring, { records, custody, now: ports.now });
      issuers.push({ settings: entry.settings, ring, store, ...ports });
    }
    return { store, issuers, close: () => store.close() };
  } catch (thrown) {
    await store.close();
    throw thrown;
  }
}

/** A new secret is made for a new store alone: it could not open the keys of an old one. */
async function sealingSecret(config: ServerConfig, store: Store, { random }: OpenPorts): Promise<Uint8Array> {
  const found = await findSealingSecret(config.sealingSecretFile);
  if (found !== undefined) return found;
  for (const { ring } of config.issuers) {
    if ((await store.keys.version(ring.issuer)) > 0) {
      // Another process may have made both just now, the secret first.
      const theirs = await findSealingSecret(config.sealingSecretFile);
      if (theirs !== undefined) return theirs;
      throw sealingSecretGone(config.sealingSecretFile);
    }
  }
  return createSealingSecret(config.sealingSecretFile, random);
}
