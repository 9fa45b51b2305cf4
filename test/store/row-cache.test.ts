import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { withRowCache } from '../../src/store/row-cache.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { temporaryDirectory } from '../serve/directory.ts';
import { openAt, usePostgres } from './postgres.ts';
import { ENTRY, ORGANIZATION, REGISTRATION } from './rows.ts';

const postgres = usePostgres();

async function open(path: string): Promise<Store> {
  const store = await openSqliteStore(path);
  onTestFinished(() => store.close());
  return store;
}

interface Place {
  readonly open: () => Promise<Store>;
  /** As somebody by hand, or a program that keeps no rows. */
  readonly execute: (statement: string) => Promise<unknown>;
}

const PLACES: Readonly<Record<string, () => Promise<Place>>> = {
  SQLite: async () => {
    const path = join(await temporaryDirectory(), 'issuer.db');
    const execute = (statement: string) => {
      const database = new DatabaseSync(path);
      database.exec(statement);
      database.close();
      return Promise.resolve();
    };
    return { open: () => open(path), execute };
  },
  PostgreSQL: async () => {
    const url = await postgres().database();
    const execute = async (statement: string) => {
      const client = new Client({ connectionString: url });
      await client.connect();
      await client.query(statement).finally(() => client.end());
    };
    return { open: () => openAt(url), execute };
  },
};

describe.each(Object.entries(PLACES))('rows that are kept of %s', (_name, create) => {
  const { issuer, id } = ORGANIZATION;

  it('are the same object while nobody writes, and what this process wrote is seen at once, what another did soon', async () => {
    const place = await create();
    const [one, other] = [await place.open(), await place.open()];
    await one.organizations.insert(ORGANIZATION, ENTRY);
    await one.registrations.insert(REGISTRATION, ENTRY);
    const row = await one.organizations.find(issuer, id);
    expect(await one.organizations.find(issuer, id)).toBe(row);
    expect(await one.registrations.find(REGISTRATION.id)).toBe(await one.registrations.find(REGISTRATION.id));
    await other.organizations.update(ORGANIZATION.version, { ...ORGANIZATION, version: 9 }, ENTRY);
    await expect.poll(() => one.organizations.find(issuer, id)).toMatchObject({ version: 9 });
    await one.organizations.update(9, { ...ORGANIZATION, version: 10 }, ENTRY);
    expect(await one.organizations.find(issuer, id)).toMatchObject({ version: 10 });
    await other.registrations.remove(REGISTRATION.id, ENTRY);
    await expect.poll(() => one.registrations.find(REGISTRATION.id)).toBeUndefined();
    await one.registrations.insert(REGISTRATION, ENTRY);
    expect(await one.registrations.find(REGISTRATION.id)).toEqual(REGISTRATION);
    await one.registrations.remove(REGISTRATION.id, ENTRY);
    expect(await one.registrations.find(REGISTRATION.id)).toBeUndefined();
  });

  it('stay while workloads are registered and tokens issued, here and elsewhere, and go where a row is changed by hand', async () => {
    const place = await create();
    const [one, other] = [await place.open(), await place.open()];
    await one.organizations.insert(ORGANIZATION, ENTRY);
    await one.registrations.insert(REGISTRATION, ENTRY);
    const find = () => one.organizations.find(issuer, id);
    const [row, registration] = [await find(), await one.registrations.find(REGISTRATION.id)];
    for (const [index, store] of [one, other].entries()) {
      await store.registrations.insert({ ...REGISTRATION, id: `${index}`.repeat(20) }, ENTRY);
      await store.audit.append(ENTRY);
    }
    await other.organizations.insert({ ...ORGANIZATION, id: 'another' }, ENTRY);
    for (const until = performance.now() + 100; performance.now() < until;) expect(await find()).toBe(row);
    expect(await one.registrations.find(REGISTRATION.id)).toBe(registration);
    await place.execute(`update organizations set updated_at = 7 where id = '${id}'`);
    await expect.poll(find).toMatchObject({ updated_at: 7 });
    await place.execute(`delete from registrations where id = '${REGISTRATION.id}'`);
    await expect.poll(() => one.registrations.find(REGISTRATION.id)).toBeUndefined();
  });
});

describe('rows that are kept', () => {
  it('are not those that were read while they were removed', async () => {
    const store = await open(':memory:');
    await store.organizations.insert(ORGANIZATION, ENTRY);
    await store.registrations.insert(REGISTRATION, ENTRY);
    const reads: (() => void)[] = [];
    const slow: Store = {
      ...store,
      registrations: {
        ...store.registrations,
        find: async (id) => {
          const row = await store.registrations.find(id);
          await new Promise<void>((resolve) => reads.push(resolve));
          return row;
        },
      },
    };
    const cached = withRowCache(slow, () => 'unchanged');
    const reading = cached.registrations.find(REGISTRATION.id);
    await expect.poll(() => reads.length).toBe(1);
    await cached.registrations.remove(REGISTRATION.id, ENTRY);
    reads.pop()?.();
    expect(await reading).toEqual(REGISTRATION);
    const again = cached.registrations.find(REGISTRATION.id);
    await expect.poll(() => reads.length).toBe(1);
    reads.pop()?.();
    expect(await again).toBeUndefined();
  });

  it('are no more than their limit', async () => {
    const store = await open(':memory:');
    await store.organizations.insert(ORGANIZATION, ENTRY);
    const ids = ['a', 'b', 'c'].map((letter) => letter.repeat(20));
    for (const id of ids) await store.registrations.insert({ ...REGISTRATION, id }, ENTRY);
    // As if nothing were kept below.
    const anew: Store = {
      ...store,
      registrations: { ...store.registrations, find: (id) => Promise.resolve({ ...REGISTRATION, id }) },
    };
    const { registrations } = withRowCache(anew, () => 'unchanged', 2);
    const [first = '', second = '', third = ''] = ids;
    const kept = await registrations.find(first);
    await registrations.find(second);
    expect(await registrations.find(first)).toBe(kept);
    await registrations.find(third);
    expect(await registrations.find(first)).not.toBe(kept);
  });
});
