/** Embedded SQLite: Node's own driver behind Kysely's dialect, in one file that only its owner can read. */

import { closeSync, existsSync, fchmodSync, openSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely';
import { SQLITE } from './dialect.ts';
import { IssuerFault, reasonOf } from './fault.ts';
import { demandKnown, migrate, readVersion } from './migrations.ts';
import { createQueries } from './queries.ts';
import { withRowCache } from './row-cache.ts';
import { latestChange } from './row-changes.ts';
import { type Schema } from './schema.ts';
import { type Store, type StoreKeys } from './store.ts';

/** How long a write waits for another process's; it blocks the event loop, so it stays well under STS's patience. */
const BUSY_MILLISECONDS = 2000;

/**
 * Pages of 4 KiB in the log before they go into the file. The audit's indices come back to a page many times, and it is
 * written there once: with SQLite's own 1,000 an entry costs a third more where 100,000 workloads ask.
 */
const CHECKPOINT_PAGES = 8000;

/** More distinct statements than the queries have; a bound only against a mistake. */
const STATEMENTS_KEPT = 200;

/**
 * Opens the store in a file, creating and migrating it as needed. Throws `IssuerFault`: `store-unavailable`, `store-newer`.
 * @param path of the file, or `:memory:`
 */
export async function openSqliteStore(path: string): Promise<Store> {
  const database = openDatabase(path);
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: adapt(database, path) }) });
  try {
    await migrate(db, SQLITE);
  } catch (thrown) {
    database.close();
    throw whileOpening(path, thrown);
  }
  return withRowCache(createQueries(db, SQLITE), latestChange(db, othersWrote(database)));
}

/** Whether another connection has committed something since this was last asked (SQLite, "PRAGMA data_version"). */
function othersWrote(database: DatabaseSync): () => boolean {
  const statement = database.prepare('pragma data_version');
  let seen: unknown;
  return () => {
    const before = seen;
    seen = statement.get()?.data_version;
    return seen !== before;
  };
}

/**
 * Opens a file to read the keys, changing and creating nothing, beside whoever else uses it. Undefined where no store was
 * made in it yet. Throws `IssuerFault`: `store-unavailable`, `store-newer`.
 */
export async function openSqliteKeys(path: string): Promise<StoreKeys | undefined> {
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: adapt(openForReading(path), path) }) });
  try {
    const found = await readVersion(db, SQLITE);
    if (found !== undefined) {
      demandKnown(found);
      return createQueries(db, SQLITE);
    }
  } catch (thrown) {
    await db.destroy();
    throw whileOpening(path, thrown);
  }
  await db.destroy();
  return undefined;
}

/**
 * A reader of a write-ahead log creates its index, so without both the file is read as if nobody could change it: then
 * nobody does, since whoever has it open has an index.
 */
export function openForReading(path: string): DatabaseSync {
  try {
    closeSync(openSync(path, 'r+'));
    const url = pathToFileURL(path);
    if (!['-wal', '-shm'].every((end) => existsSync(path + end))) url.searchParams.set('immutable', '1');
    return new DatabaseSync(url, { readOnly: true, timeout: BUSY_MILLISECONDS });
  } catch (thrown) {
    throw unavailable(path, thrown);
  }
}

function openDatabase(path: string): DatabaseSync {
  try {
    // SQLite would create it for all to read, and its journals take over the mode of the file.
    if (path !== ':memory:') restrict(path);
    const database = new DatabaseSync(path, { timeout: BUSY_MILLISECONDS, enableForeignKeyConstraints: true });
    switchToWal(database);
    database.exec('pragma synchronous = normal');
    database.exec(`pragma wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    return database;
  } catch (thrown) {
    throw unavailable(path, thrown);
  }
}

/** Creates the file where it is not there, and in any case for its owner alone. */
function restrict(path: string): void {
  const file = openSync(path, 'a', 0o600);
  try {
    fchmodSync(file, 0o600);
  } finally {
    closeSync(file);
  }
}

/** The busy timeout does not cover the switch itself: of two processes that start together, one is told to try again. */
function switchToWal(database: DatabaseSync): void {
  const deadline = Date.now() + BUSY_MILLISECONDS;
  for (;;) {
    try {
      database.exec('pragma journal_mode = wal');
      return;
    } catch (thrown) {
      if (resultCode(thrown) !== BUSY || Date.now() > deadline) throw thrown;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

export const BUSY = 5;

/** SQLite's primary result code, whatever its extension is. */
export function resultCode(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('errcode' in thrown) || typeof thrown.errcode !== 'number') return undefined;
  return thrown.errcode & 0xff;
}

/** What Kysely asks of better-sqlite3, on Node's driver. Statements are kept, since preparing costs as much as running. */
function adapt(database: DatabaseSync, path: string): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>();
  const use = <T>(run: () => T): T => {
    try {
      return run();
    } catch (thrown) {
      throw UNUSABLE.has(resultCode(thrown) ?? 0) ? unavailable(path, thrown, 'used') : thrown;
    }
  };
  return {
    close: () => {
      database.close();
    },
    prepare: (text) => {
      const kept = statements.get(text);
      if (kept !== undefined) return kept;
      const statement = use(
        () => transactionStatement(database, text, use) ?? adaptStatement(database.prepare(text), use),
      );
      if (statements.size >= STATEMENTS_KEPT) statements.clear();
      statements.set(text, statement);
      return statement;
    },
  };
}

/**
 * Transactions are what must outlive a power failure: keys, organizations, registrations. They wait for the disk, which the
 * audit of each token does not: that outlives the process, whatever ends it (SQLite, "PRAGMA synchronous").
 */
function transactionStatement(database: DatabaseSync, text: string, use: <T>(run: () => T) => T) {
  if (!['begin', 'commit', 'rollback'].includes(text)) return undefined;
  // One that begins as a reader cannot wait for its turn to write.
  const statement = adaptStatement(database.prepare(text === 'begin' ? 'begin immediate' : text), use);
  const synchronous = (mode: string) => {
    database.exec(`pragma synchronous = ${mode}`);
  };
  const run: SqliteStatement['run'] = (parameters) => {
    if (text === 'begin') synchronous('full');
    const done = statement.run(parameters);
    if (text !== 'begin') synchronous('normal');
    return done;
  };
  return { ...statement, run };
}

function adaptStatement(statement: StatementSync, use: <T>(run: () => T) => T): SqliteStatement {
  const reader = statement.columns().length > 0;
  return {
    reader,
    all: (parameters) => use(() => statement.all(...(parameters as SQLInputValue[]))),
    run: (parameters) => use(() => statement.run(...(parameters as SQLInputValue[]))),
    iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
  };
}

/** What SQLite says (its primary result codes), in words. */
const REASONS: Readonly<Record<number, string>> = {
  [BUSY]: 'another process does not let go of it',
  8: 'it cannot be written',
  10: 'the disk does not read or write',
  11: 'it is damaged',
  13: 'the disk is full',
  14: 'its file, or one beside it, cannot be opened',
  26: 'it is no SQLite database',
};

function whileOpening(path: string, thrown: unknown): IssuerFault {
  if (!(thrown instanceof IssuerFault)) return unavailable(path, thrown);
  return thrown.code === 'store-unavailable' ? unavailable(path, thrown.cause) : thrown;
}

/** Codes that say something of the store, not of the query. */
const UNUSABLE: ReadonlySet<number> = new Set(Object.keys(REASONS).map(Number));

export function unavailable(path: string, cause: unknown, how = 'opened'): IssuerFault {
  return new IssuerFault(
    'store-unavailable',
    `the store ${path} cannot be ${how}: ${REASONS[resultCode(cause) ?? 0] ?? reasonOf(cause)}`,
    'Check that the directory exists, that this user may write to it and that the file is an SQLite database of idp.',
    { cause },
  );
}
