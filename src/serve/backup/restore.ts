/** Puts a backup in the place of the store, once it is sure that the issuer can work with it. */

import { link, rename } from 'node:fs/promises';
import { awsKms } from '../../keys/kms/aws.ts';
import { type Kms } from '../../keys/kms/port.ts';
import { type KeyRecord } from '../../keys/record.ts';
import { type Random } from '../../keys/rings/envelope.ts';
import { loadRecords } from '../../keys/rings/stored.ts';
import { IssuerFault } from '../../store/fault.ts';
import { type StoreSummary, copySqlite, isInUse, readSummary } from '../../store/sqlite-backup.ts';
import { openCustody } from '../custody/open.ts';
import { type Proxy } from '../fetch/proxy.ts';
import { isThere } from '../files.ts';
import { type ServerConfig } from '../settings.ts';
import { openStoreKeys } from '../store/open.ts';
import { asNewFile } from './backup.ts';
import { postgresRestore } from './postgres.ts';

export interface RestorePorts {
  /** @default AWS KMS, as every AWS SDK finds it */
  readonly kms?: Kms;
  /** To AWS KMS. @default none */
  readonly proxy?: Proxy | undefined;
  readonly random: Random;
  /** Whole seconds since 1970. */
  readonly now: () => number;
}

export interface RestoredIssuer {
  readonly issuer: string;
  /** Keys that the backup publishes. */
  readonly kids: readonly string[];
  /** Published by the store that was replaced, and not known to the backup: tokens of theirs fail from now on. */
  readonly lost: readonly string[];
  /** Removed from the store that was replaced, and published again: one of them may have leaked. */
  readonly returned: readonly string[];
  /** New keys may get the names of keys that were lost. */
  readonly namesByCount: boolean;
  /** There are files of its keys somewhere, too. */
  readonly isStatic: boolean;
}

export interface RestoreReport extends StoreSummary {
  readonly store: string;
  /** Where the store is that was there; null where there was none. */
  readonly replaced: string | null;
  /** False where the store that was there cannot be read, and what was lost with it is not known. */
  readonly compared: boolean;
  readonly restored: readonly RestoredIssuer[];
}

/**
 * Throws `IssuerFault`: `backup-refused`, `store-newer`, `store-unavailable`, and what the private keys do not open with.
 * @param from absolute
 * @param replace take the place of a store that is there, which is kept beside
 */
export async function restore(
  config: ServerConfig,
  from: string,
  replace: boolean,
  ports: RestorePorts,
): Promise<RestoreReport> {
  if ('postgres' in config.store) throw await postgresRestore(config.store.postgres, from);
  const store = config.store.sqlite;
  if (!(await isThere(from))) throw refused(`there is no backup ${from}`, 'Check --from.');
  const taken = await isThere(store);
  if (taken && !replace) throw refused(`there is a store ${store} already`, 'To take its place: --replace');
  const keys = await demandUsable(config, from, ports);
  if (taken && isInUse(store) === true) {
    throw refused(`the store ${store} is in use`, 'Stop the issuer first, and whatever else has it open.');
  }
  const before = taken
    ? await recordsOf(config, store).catch(() => undefined)
    : new Map<string, readonly KeyRecord[]>();
  const aside = `${store}.replaced-${ports.now()}`;
  const copy = async (draft: string) => {
    await copySqlite(from, draft);
    return readSummary(draft);
  };
  const summary = await asNewFile(store, copy, taken ? (draft) => swap(draft, store, aside) : link);
  return {
    ...summary,
    store,
    replaced: taken ? aside : null,
    compared: before !== undefined,
    restored: config.issuers.map(({ ring }) => ({
      issuer: ring.issuer,
      ...compare(keys.get(ring.issuer) ?? [], before?.get(ring.issuer) ?? []),
      namesByCount: ring.kid !== 'thumbprint',
      isStatic: ring.publication === 'static',
    })),
  };
}

/** Are there keys in it, and does each that may sign open? */
async function demandUsable(
  config: ServerConfig,
  from: string,
  { proxy, kms = awsKms({ proxy }), random }: RestorePorts,
) {
  const records = await recordsOf(config, from);
  readSummary(from);
  // With keys at hand no sealing secret is made.
  const custody = await openCustody(config.custody, { kms, random }, () => Promise.resolve(true));
  for (const record of [...records.values()].flat()) {
    if (record.handle === null || (record.state !== 'active' && record.state !== 'pending')) continue;
    await custody.open(record, record.handle);
  }
  return records;
}

async function recordsOf({ issuers }: ServerConfig, file: string): Promise<Map<string, readonly KeyRecord[]>> {
  const store = await openStoreKeys({ sqlite: file });
  if (store === undefined) throw refused(`${file} is no store of idp`, 'Take a file that idp issuer backup has made.');
  try {
    const found = new Map<string, readonly KeyRecord[]>();
    for (const { ring } of issuers) found.set(ring.issuer, (await loadRecords(store.keys, ring.issuer)).records);
    return found;
  } finally {
    await store.close();
  }
}

/** The old store has its name until the new one takes it. Logs of a damaged one would be replayed into the new one. */
async function swap(draft: string, store: string, aside: string): Promise<void> {
  await link(store, aside);
  for (const end of ['-wal', '-shm']) {
    if (await isThere(store + end)) await rename(store + end, aside + end);
  }
  await rename(draft, store);
}

function compare(
  restored: readonly KeyRecord[],
  before: readonly KeyRecord[],
): Pick<RestoredIssuer, 'kids' | 'lost' | 'returned'> {
  const kidsOf = (records: readonly KeyRecord[]) =>
    records.filter(({ state }) => state !== 'removed').map(({ kid }) => kid);
  const kids = kidsOf(restored);
  return {
    kids,
    lost: kidsOf(before).filter((kid) => !restored.some((record) => record.kid === kid)),
    returned: kids.filter((kid) => before.some((record) => record.kid === kid && record.state === 'removed')),
  };
}

function refused(message: string, hint: string): IssuerFault {
  return new IssuerFault('backup-refused', message, hint);
}
