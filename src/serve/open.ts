/** Opens what a configuration names, store and rings, without serving anything. */

import { storedRecords } from '../keys/rings/stored.ts';
import { awsKms } from '../keys/kms/aws.ts';
import { type Kms } from '../keys/kms/port.ts';
import { type KeyRing, openRing } from '../keys/ring.ts';
import { type Issuer } from '../issuer/settings.ts';
import { type Store } from '../store/store.ts';
import { openCustody } from './custody/open.ts';
import { trustUpstreams } from './fetch/trust.ts';
import { type ServerConfig } from './settings.ts';
import { openStore } from './store/open.ts';

export interface OpenPorts {
  /** Whole seconds since 1970. */
  readonly now: () => number;
  readonly random: (bytes: number) => Uint8Array;
  /** @default AWS KMS, as every AWS SDK finds it */
  readonly kms?: Kms;
  /** Told of a key that another replica made or sealed and that does not open here. */
  readonly unopened?: (issuer: string, kid: string, fault: unknown) => void;
  /** @default no limit */
  readonly takeToken?: Issuer['takeToken'];
  /** @default nobody is told */
  readonly audited?: Issuer['audited'];
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
  const store = await openStore(config.store);
  const trusted: { readonly close: () => Promise<void> }[] = [];
  const close = async () => {
    await Promise.all(trusted.map((one) => one.close()));
    await store.close();
  };
  try {
    const { kms = awsKms(), now, random } = ports;
    const custody = await openCustody(config.custody, { kms, random }, () => hasKeys(config, store));
    const { takeToken = () => Promise.resolve(undefined), audited = () => undefined } = ports;
    const issuers: Issuer[] = [];
    for (const entry of config.issuers) {
      const records = storedRecords(store.keys);
      const ring: KeyRing = await openRing(entry.ring, {
        records,
        custody,
        now,
        unopened: (kid, fault) => ports.unopened?.(entry.ring.issuer, kid, fault),
      });
      const upstreams = await trustUpstreams(entry.upstreams, now);
      trusted.push(upstreams);
      issuers.push({
        settings: entry.settings,
        ring,
        store,
        upstreams: upstreams.upstreams,
        now,
        random,
        takeToken,
        audited,
      });
    }
    return { store, issuers, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

async function hasKeys({ issuers }: ServerConfig, store: Store): Promise<boolean> {
  for (const { ring } of issuers) if ((await store.keys.version(ring.issuer)) > 0) return true;
  return false;
}
