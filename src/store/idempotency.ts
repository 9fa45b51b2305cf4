/** Keys by which clients ask for a registration once, however often they send the request. */

import { type Kysely } from 'kysely';
import { type StoreDialect } from './dialect.ts';
import { insertEntry } from './entry.ts';
import { type Schema } from './schema.ts';
import { type IdempotencyQueries } from './store.ts';

export function idempotencyQueries(db: Kysely<Schema>, { skipLocked }: StoreDialect): IdempotencyQueries {
  return {
    find: (issuer, key) =>
      db
        .selectFrom('idempotency_keys')
        .selectAll()
        .where('issuer', '=', issuer)
        .where('key', '=', key)
        .executeTakeFirst(),
    register: (row, { issuer, key, ...rest }, since, entry) =>
      db.transaction().execute(async (transaction) => {
        // The key first: of two that come with it at once, the second waits here until the first is done.
        const claimed = await transaction
          .insertInto('idempotency_keys')
          .values({ issuer, key, ...rest })
          .onConflict((conflict) =>
            conflict.columns(['issuer', 'key']).doUpdateSet(rest).where('idempotency_keys.created_at', '<', since),
          )
          .executeTakeFirst();
        if ((claimed.numInsertedOrUpdatedRows ?? 0n) === 0n) return false;
        await transaction.insertInto('registrations').values(row).execute();
        await insertEntry(transaction, entry);
        return true;
      }),
    removeBefore: async (time, limit) => {
      const done = await db
        .with('oldest', (query) =>
          query
            .selectFrom('idempotency_keys')
            .select(['issuer', 'key'])
            .where('created_at', '<', time)
            .orderBy('created_at')
            .limit(limit)
            .$if(skipLocked, (rows) => rows.forUpdate().skipLocked()),
        )
        .deleteFrom('idempotency_keys')
        .where((row) =>
          row(row.refTuple('issuer', 'key'), 'in', (query) =>
            query.selectFrom('oldest').select(['oldest.issuer', 'oldest.key']).$asTuple('issuer', 'key'),
          ),
        )
        .executeTakeFirst();
      return Number(done.numDeletedRows);
    },
  };
}
