/** Embedded SQLite: Node's own driver behind Kysely's dialect, in one file that only its owner can read. */

import { closeSync, fchmodSync, openSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely';
import { IssuerFault } from './fault.ts';
import { migrate } from './migrations.ts';
import { createQueries } from './queries.ts';
import { type Schema } from './schema.ts';
import { type Store } from './store.ts';

/** How long a write waits for another process's; it blocks the event loop, so it stays well under STS's patience. */
const BUSY_MILLISECONDS = 2000;

/** More distinct statements than the queries have; a bound only against a mistake. */
const STATEMENTS_KEPT = 200;

/**
 * Opens the store in a file, creating and migrating it as needed. Throws `IssuerFault`: `store-unavailable`, `store-newer`.
 * @param path of the file, or `:memory:`
 */
export async function openSqliteStore(path: string): Promise<Store> {
  const database = openDatabase(path);
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: adapt(database) }) });
  try {
    await migrate(db);
  } catch (thrown) {
    database.close();
    throw thrown instanceof IssuerFault ? thrown : unavailable(path, thrown);
  }
  return createQueries(db);
}

function openDatabase(path: string): DatabaseSync {
  try {
    // SQLite would create it for all to read, and its journals take over the mode of the file.
    if (path !== ':memory:') restrict(path);
    const database = new DatabaseSync(path, { timeout: BUSY_MILLISECONDS, enableForeignKeyConstraints: true });
    switchToWal(database);
    database.exec('pragma synchronous = normal');
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
      if (!isBusy(thrown) || Date.now() > deadline) throw thrown;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

/** SQLITE_BUSY, whatever its extension is. */
function isBusy(thrown: unknown): boolean {
  if (!(thrown instanceof Error) || !('errcode' in thrown) || typeof thrown.errcode !== 'number') return false;
  return (thrown.errcode & 0xff) === 5;
}

/** What Kysely asks of better-sqlite3, on Node's driver. Statements are kept, since preparing costs as much as running. */
function adapt(database: DatabaseSync): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>();
  return {
    close: () => {
      database.close();
    },
    prepare: (text) => {
      const kept = statements.get(text);
      if (kept !== undefined) return kept;
      // Only writes use transactions here. One that begins as a reader cannot wait for its turn to write.
      const statement = adaptStatement(database.prepare(text === 'begin' ? 'begin immediate' : text));
      if (statements.size >= STATEMENTS_KEPT) statements.clear();
      statements.set(text, statement);
      return statement;
    },
  };
}

function adaptStatement(statement: StatementSync): SqliteStatement {
  const reader = statement.columns().length > 0;
  return {
    reader,
    all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
    run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
    iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
  };
}

function unavailable(path: string, cause: unknown): IssuerFault {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new IssuerFault(
    'store-unavailable',
    `the store ${path} cannot be opened: ${why}`,
    'Check that the directory exists, that this user may write to it and that the file is an SQLite database of idp.',
    { cause },
  );
}
