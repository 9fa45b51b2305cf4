/** Whole copies of an SQLite store, made while others use it, and whether a copy is sound. */

import { chmodSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { IssuerFault } from './fault.ts';
import { BUSY, openForReading, resultCode, unavailable } from './sqlite.ts';

/**
 * Copies the store of one moment into a new file for its owner alone, whatever is written meanwhile. Not by SQLite's
 * backup API: that begins anew at each write of another process, and beside a busy issuer would never end.
 * Throws `IssuerFault`: `store-unavailable`.
 */
export async function copySqlite(from: string, to: string): Promise<void> {
  // SQLite would make it for all to read; it takes a file that is there and empty.
  const made = await open(to, 'wx', 0o600);
  await made.close();
  try {
    const database = openForReading(from);
    try {
      database.prepare('vacuum into ?').run(to);
    } finally {
      database.close();
    }
    chmodSync(to, 0o600);
    const copy = await open(to, 'r');
    await copy.sync();
    await copy.close();
  } catch (thrown) {
    await rm(to, { force: true });
    throw thrown instanceof IssuerFault ? thrown : unavailable(from, thrown, 'copied');
  }
}

export interface StoreSummary {
  readonly organizations: number;
  readonly registrations: number;
  /** Seconds since 1970 of the newest entry of the audit; null where there is none. */
  readonly newest: number | null;
  /** Names of the issuers with keys. */
  readonly issuers: readonly string[];
}

/** What is in a store, every page of which is in order. Throws `IssuerFault`: `store-unavailable`. */
export function readSummary(path: string): StoreSummary {
  const database = openForReading(path);
  try {
    const sound = Object.values(database.prepare('pragma quick_check(1)').get() ?? {})[0];
    if (sound !== 'ok') throw unavailable(path, new Error('it is damaged'), 'used');
    const number = (query: string) => Number(Object.values(database.prepare(query).get() ?? {})[0] ?? 0);
    const newest = number('select max(time) from audit');
    const issuers = database.prepare('select issuer from key_rings order by issuer').all();
    return {
      organizations: number('select count(*) from organizations'),
      registrations: number('select count(*) from registrations'),
      newest: newest === 0 ? null : newest,
      issuers: issuers.map(({ issuer }) => String(issuer)),
    };
  } catch (thrown) {
    throw thrown instanceof IssuerFault ? thrown : unavailable(path, thrown, 'used');
  } finally {
    database.close();
  }
}

/**
 * Does anybody have the store open? A write-ahead log can be given up only by the last one who has. A store that is
 * damaged cannot say.
 */
export function isInUse(path: string): boolean | 'unknown' {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec('pragma journal_mode = delete');
    return false;
  } catch (thrown) {
    return resultCode(thrown) === BUSY ? true : 'unknown';
  } finally {
    database?.close();
  }
}
