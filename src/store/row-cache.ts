/** Rows that every token needs, kept for as long as nobody has changed anything: reading them costs more than all else of the store. */

import { getHeapStatistics } from 'node:v8';
import { type Store } from './store.ts';

/** With all that is made of a row and kept for as long as it is: its facts, its identity. */
const ROW_BYTES = 2048;

/** More rows than have a place in a tenth of the heap are read again. */
const rowsKept = () => Math.floor(getHeapStatistics().heap_size_limit / 10 / ROW_BYTES);

/**
 * @param latestChange another value once another process has changed or removed a row
 * @param limit rows of each table
 */
export function withRowCache(store: Store, latestChange: () => string | Promise<string>, limit = rowsKept()): Store {
  let changes = 0;
  let seen: string | undefined;
  const version = async () => {
    const asked = latestChange();
    const latest = typeof asked === 'string' ? asked : await asked;
    if (latest !== seen) changes += 1;
    seen = latest;
    return changes;
  };
  /** Rows that are read while this one is written are not kept. */
  const changing = async <T>(write: () => Promise<T>): Promise<T> => {
    changes += 1;
    try {
      return await write();
    } finally {
      changes += 1;
    }
  };
  const rows: RowsKept = { version, isAt: (at) => at === changes, limit };
  // What is inserted changes no row that is kept, since missing rows are not.
  return {
    ...store,
    organizations: {
      ...store.organizations,
      find: rowCache(rows, (issuer, id) => store.organizations.find(issuer, id)),
      update: (at, row, entry) => changing(() => store.organizations.update(at, row, entry)),
    },
    registrations: {
      ...store.registrations,
      find: rowCache(rows, (id) => store.registrations.find(id)),
      remove: (id, entry) => changing(() => store.registrations.remove(id, entry)),
    },
  };
}

interface RowsKept {
  /** Of all rows. A row that is read after it was asked for is at least as new. */
  readonly version: () => Promise<number>;
  readonly isAt: (version: number) => boolean;
  readonly limit: number;
}

/** Reads a row once for each version, in which it is the same object. Missing rows are not kept: anybody can ask for many. */
function rowCache<K extends readonly string[], R>(
  { version, isAt, limit }: RowsKept,
  read: (...key: K) => Promise<R | undefined>,
) {
  const rows = new Map<string, R>();
  let at = -1;
  return async (...key: K): Promise<R | undefined> => {
    const now = await version();
    if (now !== at) {
      rows.clear();
      at = now;
    }
    const name = key.join('\0');
    const known = rows.get(name);
    if (known !== undefined) return known;
    const found = await read(...key);
    if (found === undefined || !isAt(now)) return found;
    if (rows.size >= limit) rows.clear();
    rows.set(name, found);
    return found;
  };
}
