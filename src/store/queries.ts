/** The queries, written once for every dialect. */

import { type Kysely } from 'kysely';
import { type StoreDialect } from './dialect.ts';
import { AUDIT_COLUMNS, hasNul, insertEntry, withoutNul } from './entry.ts';
import { IssuerFault } from './fault.ts';
import { batched } from './batch.ts';
import { idempotencyQueries } from './idempotency.ts';
import { demandKnown, readVersion } from './migrations.ts';
import { prepare, prepareInsert } from './prepared.ts';
import { type KeyRow, type NewAuditRow, type Schema } from './schema.ts';
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
    idempotency: idempotencyQueries(db, dialect),
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

export function tablesGone(): IssuerFault {
  return new IssuerFault(
    'store-unavailable',
    'the tables of the store are gone',
    'Restore the backup, or start idp anew: it makes its tables when it starts.',
  );
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
    commit: (issuer, expected, keys, entry) => commitKeys(db, issuer, expected, keys, entry),
  };
}

async function commitKeys(
  db: Kysely<Schema>,
  issuer: string,
  expected: number,
  keys: readonly KeyRow[],
  entry: NewAuditRow | undefined,
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
    if (entry !== undefined) await insertEntry(transaction, entry);
    return true;
  });
}

function organizationQueries(db: Kysely<Schema>): OrganizationQueries {
  const find = prepare(db, db.selectFrom('organizations').selectAll().where('issuer', '=', '').where('id', '=', ''));
  return {
    find: async (issuer, id) => (hasNul(id) ? undefined : (await find(issuer, id))[0]),
    list: (issuer, limit, after) =>
      db
        .selectFrom('organizations')
        .selectAll()
        .where('issuer', '=', issuer)
        .$if(after !== undefined, (page) => page.where('id', '>', after ?? ''))
        .orderBy('id')
        .limit(limit)
        .execute(),
    insert: (row, entry) =>
      db.transaction().execute(async (transaction) => {
        const done = await transaction
          .insertInto('organizations')
          .values(row)
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst();
        if (done.numInsertedOrUpdatedRows !== 1n) return false;
        await insertEntry(transaction, entry);
        return true;
      }),
    update: (version, { issuer, id, ...rest }, entry) =>
      db.transaction().execute(async (transaction) => {
        const done = await transaction
          .updateTable('organizations')
          .set(rest)
          .where('issuer', '=', issuer)
          .where('id', '=', id)
          .where('version', '=', version)
          .executeTakeFirst();
        if (done.numUpdatedRows !== 1n) return false;
        await insertEntry(transaction, entry);
        return true;
      }),
  };
}

function registrationQueries(db: Kysely<Schema>): RegistrationQueries {
  const find = prepare(db, db.selectFrom('registrations').selectAll().where('id', '=', ''));
  return {
    find: async (id) => (hasNul(id) ? undefined : (await find(id))[0]),
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
    insert: (row, entry) =>
      db.transaction().execute(async (transaction) => {
        await transaction.insertInto('registrations').values(row).execute();
        await insertEntry(transaction, entry);
      }),
    remove: (id, entry) =>
      db.transaction().execute(async (transaction) => {
        const done = await transaction.deleteFrom('registrations').where('id', '=', id).executeTakeFirst();
        if (done.numDeletedRows !== 1n) return false;
        await insertEntry(transaction, entry);
        return true;
      }),
  };
}

function auditQueries(db: Kysely<Schema>, { skipLocked }: StoreDialect): AuditQueries {
  const insert = prepareInsert<NewAuditRow>(db, AUDIT_COLUMNS, (rows) => db.insertInto('audit').values(rows));
  return {
    append: batched((rows) => insert(rows.map(withoutNul))),
    latest: (limit, before, filter = {}) => {
      let page = db.selectFrom('audit').selectAll();
      if (before !== undefined) page = page.where('id', '<', before);
      for (const column of ['issuer', 'organization', 'registration', 'kind'] as const) {
        const wanted = filter[column];
        if (wanted !== undefined) page = page.where(column, '=', wanted);
      }
      if (filter.since !== undefined) page = page.where('time', '>=', filter.since);
      if (filter.until !== undefined) page = page.where('time', '<', filter.until);
      return page.orderBy('id', 'desc').limit(limit).execute();
    },
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
