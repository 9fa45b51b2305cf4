/** Opens what a configuration names, store and rings, without serving anything. */

import { storedRecords } from '../keys/rings/stored.ts';
import { awsKms } from '../keys/kms/aws.ts';
import { type Kms } from '../keys/kms/port.ts';
import { type KeyRing, openRing } from '../keys/ring.ts';
import { type Issuer } from '../issuer/settings.ts';
import { type Store } from '../store/store.ts';
import { openCustody } from './custody/open.ts';
import { type Proxy } from './fetch/proxy.ts';
import { trustUpstreams } from './fetch/trust.ts';
import { type ServerConfig } from './settings.ts';
import { openStore } from './store/open.ts';
import type { Traces } from './traces/open.ts';

export interface OpenPorts {
  /** Whole seconds since 1970. */
  readonly now: () => number;
  readonly random: (bytes: number) => Uint8Array;
  /** @default AWS KMS, as every AWS SDK finds it */
  readonly kms?: Kms;
  /** To the Internet: for AWS KMS, and the keys of upstreams. @default none */
  readonly proxy?: Proxy | undefined;
  /** @default none */
  readonly traces?: Pick<Traces, 'store' | 'custody' | 'kms'> | undefined;
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
  const { traces } = ports;
  const opened = await openStore(config.store);
  const store = traces === undefined ? opened : traces.store(opened);
  const trusted: { readonly close: () => Promise<void> }[] = [];
  const close = async () => {
    await Promise.all(trusted.map((one) => one.close()));
    await store.close();
  };
  try {
    const { proxy, kms = awsKms({ proxy }), now, random } = ports;
    const asked = traces === undefined ? kms : traces.kms(kms);
    const kept = await openCustody(config.custody, { kms: asked, random }, () => hasKeys(config, store));
    const custody = traces === undefined ? kept : traces.custody(kept);
    const { takeToken = () => Promise.resolve(undefined), audited = () => undefined } = ports;
    const issuers: Issuer[] = [];
    for (const entry of config.issuers) {
      const records = storedRecords(store.keys);
      const ring: KeyRing = await openRing(entry.ring, {
        records,
        custody,
        now,
        unopened: (kid, fault) => ports.unopened?.(entry.ring.issuer, kid, fault),
        changed: ({ kind, kids }) => {
          audited(entry.settings.name, { kind, kid: kids.join(' ') });
        },
      });
      const upstreams = await trustUpstreams(entry.upstreams, now, proxy);
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
