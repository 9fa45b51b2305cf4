/** PostgreSQL behind Kysely's dialect: one database, which several replicas of the issuer share. */

import { Kysely, PostgresDialect, sql } from 'kysely';
import { POSTGRES } from './dialect.ts';
import { IssuerFault } from './fault.ts';
import { demandKnown, migrate, readVersion } from './migrations.ts';
import { type PostgresAddress, readAddress } from './postgres/address.ts';
import { unusable } from './postgres/fault.ts';
import { type Limits, createPool } from './postgres/pool.ts';
import { createQueries } from './queries.ts';
import { withRowCache } from './row-cache.ts';
import { latestChange } from './row-changes.ts';
import { type Schema } from './schema.ts';
import { type Store, type StoreKeys } from './store.ts';

export interface PostgresOptions {
  /** `postgresql://user:password@host:5432/database`, with libpq's `sslmode`; by default `verify-full` beyond loopback. */
  readonly url: string;
  /** PEM: the authorities of the server's certificate. @default those that Node knows */
  readonly ca?: string | undefined;
  /** Connections at most. @default 10 */
  readonly pool?: number | undefined;
}

export const DEFAULT_POOL = 10;

/** Well under the patience of whoever waits for a token. */
const SERVING: Omit<Limits, 'connections'> = { connect: 3000, statement: 4000, silence: 5000 };

/** Tables with many rows take their time, and whoever waits for another's migration waits as long. */
const MIGRATING: Limits = { connections: 1, connect: 5000, statement: 120_000, silence: 30_000 };

/**
 * Opens the store in a database, making and migrating its tables as needed.
 * Throws `IssuerFault`: `bad-configuration`, `store-unavailable`, `store-newer`.
 */
export async function openPostgresStore({ url, ca, pool = DEFAULT_POOL }: PostgresOptions): Promise<Store> {
  const address = demandAddress(url, ca);
  await during(connect(address, ca, MIGRATING), async (db) => {
    await demandFit(db, address);
    await migrate(db, POSTGRES);
  });
  const db = connect(address, ca, { connections: pool, ...SERVING });
  const store = withRowCache(createQueries(db, POSTGRES), latestChange(db));
  try {
    await store.ping();
    return store;
  } catch (thrown) {
    await store.close();
    throw thrown;
  }
}

/**
 * Opens a database to read the keys, in transactions that can change nothing. Undefined where no store was made in it yet
 * and this user may make one. Throws `IssuerFault`: `bad-configuration`, `store-unavailable`, `store-newer`.
 */
export async function openPostgresKeys({ url, ca }: PostgresOptions): Promise<StoreKeys | undefined> {
  const address = demandAddress(url, ca);
  const db = connect(address, ca, { connections: 1, ...SERVING }, true);
  try {
    await demandFit(db, address);
    const found = await readVersion(db, POSTGRES);
    if (found !== undefined) {
      demandKnown(found);
      return createQueries(db, POSTGRES);
    }
    await demandRoom(db, address);
  } catch (thrown) {
    await db.destroy();
    throw thrown;
  }
  await db.destroy();
  return undefined;
}

function demandAddress(url: string, ca: string | undefined): PostgresAddress {
  const read = readAddress(url, ca !== undefined);
  if (read.ok) return read.address;
  const message = read.mistakes.map((mistake) => mistake.message).join('; ');
  const hints = new Set(read.mistakes.map(({ hint }) => hint));
  throw new IssuerFault('bad-configuration', `the URL of the store is wrong: ${message}`, [...hints].join('; '));
}

function connect(address: PostgresAddress, ca: string | undefined, limits: Limits, readOnly = false): Kysely<Schema> {
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool: createPool({ address, ca, limits, readOnly }) }) });
}

async function during(db: Kysely<Schema>, run: (db: Kysely<Schema>) => Promise<void>): Promise<void> {
  try {
    await run(db);
  } finally {
    await db.destroy();
  }
}

/** Texts of every language have to go in, and changes. */
async function demandFit(db: Kysely<Schema>, address: PostgresAddress): Promise<void> {
  const asked = sql<{ encoding: string; standby: boolean }>`
    select current_setting('server_encoding') as encoding, pg_is_in_recovery() as standby`;
  const { encoding, standby } = (await asked.execute(db)).rows[0] ?? { encoding: 'unknown', standby: false };
  if (encoding !== 'UTF8') {
    const hint = `Make another: create database … owner "${address.user}" encoding 'UTF8' template template0.`;
    throw unusable(address, `the encoding of the database is ${encoding}, not UTF8`, hint);
  }
  if (standby) throw unusable(address, 'the server is a standby', 'Name the server that takes writes.');
}

/** May tables be made here? */
async function demandRoom(db: Kysely<Schema>, address: PostgresAddress): Promise<void> {
  const asked = sql<{ room: boolean | null }>`
    select has_schema_privilege(current_schema(), 'create') as room`;
  if ((await asked.execute(db)).rows[0]?.room === true) return;
  const hint = `Make it the owner: alter database "${address.database}" owner to "${address.user}".`;
  throw unusable(address, `the user ${address.user} may not make tables in it`, hint);
}
