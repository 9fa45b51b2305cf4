/** Rows that every token needs, kept for as long as nobody has changed anything: reading them costs more than all else of the store. */

import { type Store } from './store.ts';

/** More rows than this are read again; each has about a kilobyte. */
const LIMIT = 10_000;

/** @param others changes whenever another process wrote */
export function withRowCache(store: Store, others: () => number): Store {
  let writes = 0;
  const version = () => `${others()} ${writes}`;
  /** Rows that are read while this one is written are not kept. */
  const writing = async <T>(write: () => Promise<T>): Promise<T> => {
    writes += 1;
    try {
      return await write();
    } finally {
      writes += 1;
    }
  };
  const organization = rowCache(version, (issuer, id) => store.organizations.find(issuer, id));
  const registration = rowCache(version, (id) => store.registrations.find(id));
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
function rowCache<K extends readonly string[], R>(version: () => string, read: (...key: K) => Promise<R | undefined>) {
  const rows = new Map<string, R>();
  let at = '';
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
    if (rows.size >= LIMIT) rows.clear();
    rows.set(name, found);
    return found;
  };
}
