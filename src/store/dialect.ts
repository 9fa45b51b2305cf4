/** What the dialects do differently: a row each. Everything else is written once, in queries and migrations. */

import { type ColumnDefinitionBuilder, type Kysely, type RawBuilder, type Transaction, sql } from 'kysely';
import { type Schema } from './schema.ts';

export interface StoreDialect {
  /** The type of names and ids, which are compared byte by byte in every database, whatever its locale. */
  readonly name: 'text' | RawBuilder<unknown>;
  /** A column that counts rows, and is their primary key. */
  readonly count: {
    readonly type: 'integer' | 'bigint';
    readonly build: (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
  };
  /** Whether rows that another transaction holds can be passed over. */
  readonly skipLocked: boolean;
  /** Has every update and removal in these tables give `row_changes` another value, in its transaction. */
  readonly markChanges: (transaction: Transaction<Schema>, tables: readonly (keyof Schema)[]) => Promise<void>;
  /** Has anybody begun to make a store there? */
  readonly isMade: (db: Kysely<Schema>) => Promise<boolean>;
  /** Of several processes that change the schema, each waits here for the one before. */
  readonly lockSchema: (transaction: Transaction<Schema>) => Promise<void>;
  /** Rejects where changes are not taken now. */
  readonly demandWritable: (db: Kysely<Schema>) => Promise<void>;
}

export const SQLITE: StoreDialect = {
  name: 'text',
  count: { type: 'integer', build: (column) => column.primaryKey().autoIncrement() },
  skipLocked: false,
  markChanges: async (transaction, tables) => {
    for (const table of tables) {
      for (const event of ['update', 'delete'] as const) {
        await sql`
          create trigger ${sql.ref(`${table}_${event}_marked`)} after ${sql.raw(event)} on ${sql.table(table)}
          begin update row_changes set latest = hex(randomblob(16)); end`.execute(transaction);
      }
    }
  },
  isMade: async (db) => {
    const tables = await sql<{ name: string }>`select name from sqlite_master`.execute(db);
    return tables.rows.some(({ name }) => name === 'schema_version');
  },
  // Every transaction begins as a writer, and there is one at a time.
  lockSchema: () => Promise.resolve(),
  demandWritable: async (db) => {
    await sql`select 1`.execute(db);
  },
};

/** Any number, as long as every version of idp has the same one. */
const SCHEMA_LOCK = 1_768_189_952;

export const POSTGRES: StoreDialect = {
  // An index in the order of a locale is broken by an update of the system's locales.
  name: sql`text collate "C"`,
  count: { type: 'bigint', build: (column) => column.primaryKey().generatedAlwaysAsIdentity() },
  skipLocked: true,
  markChanges: async (transaction, tables) => {
    // Whoever changes a row by hand may have another search path.
    await sql`
      create function mark_row_change() returns trigger language plpgsql set search_path from current as $$
      begin update row_changes set latest = gen_random_uuid()::text; return null; end $$`.execute(transaction);
    for (const table of tables) {
      await sql`
        create trigger ${sql.ref(`${table}_marked`)} after update or delete or truncate on ${sql.table(table)}
        for each statement execute function mark_row_change()`.execute(transaction);
    }
  },
  isMade: async (db) => {
    // Not to_regclass, which within a transaction still says no where another process has just made it.
    const found = await sql`
      select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relname = 'schema_version' and n.nspname = any (current_schemas(false))`.execute(db);
    return found.rows.length > 0;
  },
  lockSchema: async (transaction) => {
    await sql`select pg_advisory_xact_lock(${SCHEMA_LOCK})`.execute(transaction);
  },
  // A standby answers every question. What is raised is what a write would be refused with.
  demandWritable: async (db) => {
    await sql`do $$ begin
      if current_setting('transaction_read_only')::boolean then
        raise exception using errcode = 'read_only_sql_transaction', message = 'the server is read-only';
      end if;
    end $$`.execute(db);
  },
};
