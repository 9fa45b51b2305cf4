/** The queries, written once for every dialect. */

import { type Kysely, sql } from 'kysely';
import { type KeyRow, type Schema } from './schema.ts';
import {
  type AuditQueries,
  type KeyQueries,
  type OrganizationQueries,
  type RegistrationQueries,
  type Store,
} from './store.ts';

export function createQueries(db: Kysely<Schema>): Store {
  return {
    keys: keyQueries(db),
    organizations: organizationQueries(db),
    registrations: registrationQueries(db),
    audit: auditQueries(db),
    ping: async () => {
      await sql`select 1`.execute(db);
    },
    close: () => db.destroy(),
  };
}

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
    find: (issuer, id) =>
      db.selectFrom('organizations').selectAll().where('issuer', '=', issuer).where('id', '=', id).executeTakeFirst(),
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
    find: (id) => db.selectFrom('registrations').selectAll().where('id', '=', id).executeTakeFirst(),
    list: (issuer, organization, limit) =>
      db
        .selectFrom('registrations')
        .selectAll()
        .where('issuer', '=', issuer)
        .where('organization', '=', organization)
        .orderBy('created_at', 'desc')
        .orderBy('id')
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

function auditQueries(db: Kysely<Schema>): AuditQueries {
  return {
    append: async (row) => {
      await db.insertInto('audit').values(row).execute();
    },
    latest: (limit) => db.selectFrom('audit').selectAll().orderBy('id', 'desc').limit(limit).execute(),
  };
}
