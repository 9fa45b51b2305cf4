/** Rows that every token needs, kept for as long as nobody has changed anything: reading them costs more than all else of the store. */

import { getHeapStatistics } from 'node:v8';
import { type Store } from './store.ts';

/** With all that is made of a row and kept for as long as it is: its facts, its identity. */
const ROW_BYTES = 2048;

/** More rows than have a place in a tenth of the heap are read again. */
const rowsKept = () => Math.floor(getHeapStatistics().heap_size_limit / 10 / ROW_BYTES);

/**
 * @param others changes whenever another process wrote
 * @param limit rows of each table
 */
export function withRowCache(store: Store, others: () => number, limit = rowsKept()): Store {
  let writes = 0;
  let seen = others();
  const version = () => {
    const now = others();
    if (now !== seen) writes += 1;
    seen = now;
    return writes;
  };
  /** Rows that are read while this one is written are not kept. */
  const writing = async <T>(write: () => Promise<T>): Promise<T> => {
    writes += 1;
    try {
      return await write();
    } finally {
      writes += 1;
    }
  };
  const organization = rowCache(version, limit, (issuer, id) => store.organizations.find(issuer, id));
  const registration = rowCache(version, limit, (id) => store.registrations.find(id));
  return {
    ...store,
    organizations: {
      ...store.organizations,
      find: organization,
      insert: (row, entry) => writing(() => store.organizations.insert(row, entry)),
      update: (at, row, entry) => writing(() => store.organizations.update(at, row, entry)),
    },
    registrations: {
      ...store.registrations,
      find: registration,
      insert: (row, entry) => writing(() => store.registrations.insert(row, entry)),
      remove: (id, entry) => writing(() => store.registrations.remove(id, entry)),
    },
    idempotency: {
      ...store.idempotency,
      register: (row, key, since, entry) => writing(() => store.idempotency.register(row, key, since, entry)),
    },
  };
}

/** Reads a row once for each version, in which it is the same object. Missing rows are not kept: anybody can ask for many. */
function rowCache<K extends readonly string[], R>(
  version: () => number,
  limit: number,
  read: (...key: K) => Promise<R | undefined>,
) {
  const rows = new Map<string, R>();
  let at = -1;
  return async (...key: K): Promise<R | undefined> => {
    const now = version();
    if (now !== at) {
      rows.clear();
      at = now;
    }
    const name = key.join('\0');
    const known = rows.get(name);
    if (known !== undefined) return known;
    const found = await read(...key);
    if (found === undefined || version() !== now || at !== now) return found;
    if (rows.size >= limit) rows.clear();
    rows.set(name, found);
    return found;
  };
}
