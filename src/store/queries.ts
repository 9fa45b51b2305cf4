/** The queries, written once for every dialect. */

import { type Kysely } from 'kysely';
import { type StoreDialect } from './dialect.ts';
import { IssuerFault } from './fault.ts';
import { demandKnown, readVersion } from './migrations.ts';
import { type AuditRow, type KeyRow, type Schema } from './schema.ts';
import {
  type AuditQueries,
  type KeyQueries,
  type OrganizationQueries,
  type RegistrationQueries,
  type Store,
} from './store.ts';

export function createQueries(db: Kysely<Schema>, dialect: StoreDialect): Store {
  return {
    keys: keyQueries(db),
    organizations: organizationQueries(db),
    registrations: registrationQueries(db),
    audit: auditQueries(db, dialect),
    ping: async () => {
      const found = await readVersion(db, dialect);
      if (found === undefined) throw tablesGone();
      demandKnown(found);
      await dialect.demandWritable(db);
    },
    close: () => db.destroy(),
  };
}

function tablesGone(): IssuerFault {
  return new IssuerFault(
    'store-unavailable',
    'the tables of the store are gone',
    'Restore the backup, or start idp anew: it makes its tables when it starts.',
  );
}

/** PostgreSQL takes no NUL in a text, so there is no row with one in any store. */
const hasNul = (text: string): boolean => text.includes('\0');

function keyQueries(db: Kysely<Schema>): KeyQueries {
  const version = async (issuer: string) => {
    const row = await db.selectFrom('key_rings').select('version').where('issuer', '=', issuer).executeTakeFirst();
    return row?.version ?? 0;
  };
  return {
    version,
    load: async (issuer) => {
      // The version first: keys that are newer than it only make a later commit fail, never succeed wrongly.
      const found = await version(issuer);
      const keys = await db
        .selectFrom('keys')
        .selectAll()
        .where('issuer', '=', issuer)
        .orderBy('created_at')
        .orderBy('kid')
        .execute();
      return { version: found, keys };
    },
    commit: (issuer, expected, keys) => commitKeys(db, issuer, expected, keys),
  };
}

async function commitKeys(
  db: Kysely<Schema>,
  issuer: string,
  expected: number,
  keys: readonly KeyRow[],
): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    const claimed =
      expected === 0
        ? await transaction
            .insertInto('key_rings')
            .values({ issuer, version: 1 })
            .onConflict((conflict) => conflict.doNothing())
            .executeTakeFirst()
        : await transaction
            .updateTable('key_rings')
            .set({ version: expected + 1 })
            .where('issuer', '=', issuer)
            .where('version', '=', expected)
            .executeTakeFirst();
    const count = 'numUpdatedRows' in claimed ? claimed.numUpdatedRows : (claimed.numInsertedOrUpdatedRows ?? 0n);
    if (count === 0n) return false;
    for (const { kid, issuer: owner, ...rest } of keys) {
      await transaction
        .insertInto('keys')
        .values({ issuer: owner, kid, ...rest })
        .onConflict((conflict) => conflict.columns(['issuer', 'kid']).doUpdateSet(rest))
        .execute();
    }
    return true;
  });
}

function organizationQueries(db: Kysely<Schema>): OrganizationQueries {
  return {
    find: async (issuer, id) => {
      if (hasNul(id)) return undefined;
      const found = db.selectFrom('organizations').selectAll().where('issuer', '=', issuer).where('id', '=', id);
      return found.executeTakeFirst();
    },
    list: (issuer, limit, after) =>
      db
        .selectFrom('organizations')
        .selectAll()
        .where('issuer', '=', issuer)
        .$if(after !== undefined, (page) => page.where('id', '>', after ?? ''))
        .orderBy('id')
        .limit(limit)
        .execute(),
    insert: async (row) => {
      const done = await db
        .insertInto('organizations')
        .values(row)
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return done.numInsertedOrUpdatedRows === 1n;
    },
    update: async (version, { issuer, id, ...rest }) => {
      const done = await db
        .updateTable('organizations')
        .set(rest)
        .where('issuer', '=', issuer)
        .where('id', '=', id)
        .where('version', '=', version)
        .executeTakeFirst();
      return done.numUpdatedRows === 1n;
    },
  };
}

function registrationQueries(db: Kysely<Schema>): RegistrationQueries {
  return {
    find: async (id) => {
      if (hasNul(id)) return undefined;
      return db.selectFrom('registrations').selectAll().where('id', '=', id).executeTakeFirst();
    },
    list: (issuer, organization, limit, after) =>
      db
        .selectFrom('registrations')
        .selectAll()
        .where('issuer', '=', issuer)
        .where('organization', '=', organization)
        .$if(after !== undefined, (page) => {
          const { created_at, id } = after ?? { created_at: 0, id: '' };
          return page.where((row) => row(row.refTuple('created_at', 'id'), '<', row.tuple(created_at, id)));
        })
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
        .execute(),
    insert: async (row) => {
      await db.insertInto('registrations').values(row).execute();
    },
    remove: async (id) => {
      const done = await db.deleteFrom('registrations').where('id', '=', id).executeTakeFirst();
      return done.numDeletedRows === 1n;
    },
  };
}

function auditQueries(db: Kysely<Schema>, { skipLocked }: StoreDialect): AuditQueries {
  return {
    append: async (row) => {
      await db.insertInto('audit').values(withoutNul(row)).execute();
    },
    latest: (limit, before) =>
      db
        .selectFrom('audit')
        .selectAll()
        .$if(before !== undefined, (page) => page.where('id', '<', before ?? 0))
        .orderBy('id', 'desc')
        .limit(limit)
        .execute(),
    removeBefore: async (time, limit) => {
      const done = await db
        .with('oldest', (query) =>
          query
            .selectFrom('audit')
            .select('id')
            .where('time', '<', time)
            .orderBy('time')
            .orderBy('id')
            .limit(limit)
            .$if(skipLocked, (rows) => rows.forUpdate().skipLocked()),
        )
        .deleteFrom('audit')
        .where('id', 'in', (query) => query.selectFrom('oldest').select('id'))
        .executeTakeFirst();
      return Number(done.numDeletedRows);
    },
  };
}

/** What clients send is in the audit, whatever it is. */
function withoutNul<T extends Omit<AuditRow, 'id'>>(row: T): T {
  const entries = Object.entries(row).map(([name, value]: [string, unknown]) => [
    name,
    typeof value === 'string' ? value.replaceAll('\0', '\ufffd') : value,
  ]);
  return Object.fromEntries(entries) as T;
}
