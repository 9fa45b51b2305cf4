/** What every store does, whatever it is made of. */
import { describe, expect, it } from 'vitest';
import { type KeyRow } from '../../src/store/schema.ts';
import { type Store } from '../../src/store/store.ts';
import { ENTRY, KEY, ORGANIZATION, REGISTRATION } from '../store/rows.ts';
import { auditFilterConformance, changeConformance, idempotencyConformance } from './store-admin.ts';

/** Opens an empty store. What it returns opens the same one again, as another replica does. */
export type CreateStore = () => Promise<() => Promise<Store>>;

const BEYOND_32_BITS = 5_000_000_000;

export function storeConformance(name: string, create: CreateStore): void {
  const one = async () => (await create())();
  describe(`store: ${name}`, () => {
    keyConformance(create);
    organizationConformance(one);
    registrationConformance(one);
    auditConformance(one);
    auditFilterConformance(one);
    changeConformance(one);
    idempotencyConformance(create);
    it('answers', async () => {
      await expect((await one()).ping()).resolves.toBeUndefined();
    });
    it('has for another replica what one has written', async () => {
      const open = await create();
      const [first, second] = [await open(), await open()];
      await first.organizations.insert(ORGANIZATION, ENTRY);
      expect(await second.organizations.find('ona', 'acme')).toEqual(ORGANIZATION);
    });
  });
}

function keyConformance(create: CreateStore): void {
  const one = async () => (await create())();
  const named = (kid: string, changes: Partial<KeyRow> = {}): KeyRow => ({ ...KEY, kid, ...changes });

  it('has no ring at first', async () => {
    const store = await one();
    expect(await store.keys.load('ona')).toEqual({ version: 0, keys: [] });
    expect(await store.keys.version('ona')).toBe(0);
  });

  it('keeps every column of a key, with numbers as numbers', async () => {
    const store = await one();
    const key = named('k0', { created_at: BEYOND_32_BITS, retiring_at: 7, removed_at: 8, handle: null });
    expect(await store.keys.commit('ona', 0, [key])).toBe(true);
    expect(await store.keys.load('ona')).toEqual({ version: 1, keys: [key] });
  });

  it('changes the keys that a commit names, and leaves the others', async () => {
    const store = await one();
    await store.keys.commit('ona', 0, [named('a'), named('b')]);
    expect(await store.keys.commit('ona', 1, [named('b', { state: 'retiring' }), named('c')])).toBe(true);
    const { version, keys } = await store.keys.load('ona');
    expect([version, keys.map(({ kid, state }) => `${kid} ${state}`)]).toEqual([
      2,
      ['a active', 'b retiring', 'c active'],
    ]);
  });

  it('has keys in the order of their times, then of the bytes of their names', async () => {
    const store = await one();
    await store.keys.commit('ona', 0, [named('b'), named('a'), named('B'), named('_'), named('z', { created_at: 0 })]);
    expect((await store.keys.load('ona')).keys.map(({ kid }) => kid)).toEqual(['z', 'B', '_', 'a', 'b']);
  });

  it.each([
    ['of before', 0],
    ['of a ring that is newer', 2],
  ])('refuses a commit with a version %s, and changes nothing', async (_what, version) => {
    const store = await one();
    await store.keys.commit('ona', 0, [KEY]);
    expect(await store.keys.commit('ona', version, [named('k1')])).toBe(false);
    expect(await store.keys.load('ona')).toEqual({ version: 1, keys: [KEY] });
  });

  it('keeps the rings of issuers apart', async () => {
    const store = await one();
    await store.keys.commit('ona', 0, [KEY]);
    await store.keys.commit('gitlab', 0, [{ ...KEY, issuer: 'gitlab', state: 'pending' }]);
    expect((await store.keys.load('ona')).keys).toEqual([KEY]);
  });

  it('rolls a commit back as a whole', async () => {
    const store = await one();
    await expect(store.keys.commit('ona', 0, [KEY, { ...KEY, issuer: 'nobody' }])).rejects.toThrow(/foreign key/i);
    expect(await store.keys.load('ona')).toEqual({ version: 0, keys: [] });
  });

  it('lets one of several replicas win that make the same ring', async () => {
    const open = await create();
    const stores = await Promise.all([open(), open(), open()]);
    const done = await Promise.all(stores.map(({ keys }, index) => keys.commit('ona', 0, [named(`k${index}`)])));
    expect(done.filter((won) => won)).toHaveLength(1);
    const { version, keys } = await (await open()).keys.load('ona');
    expect([version, keys.map(({ kid }) => kid)]).toEqual([1, [`k${done.indexOf(true)}`]]);
  });

  it('loses nothing where several replicas change a ring all the time', async () => {
    const open = await create();
    const rounds = 12;
    const add = async ({ keys }: Store, replica: number) => {
      for (let round = 0; round < rounds;) {
        const { version } = await keys.load('ona');
        if (await keys.commit('ona', version, [named(`${replica}-${round}`)])) round += 1;
      }
    };
    const stores = await Promise.all([open(), open(), open()]);
    await Promise.all(stores.map(add));
    const { version, keys } = await (await open()).keys.load('ona');
    expect([version, new Set(keys.map(({ kid }) => kid)).size]).toEqual([3 * rounds, 3 * rounds]);
  });
}

function organizationConformance(one: () => Promise<Store>): void {
  it('keeps every column of an organization', async () => {
    const { organizations } = await one();
    const lives = { token_life_seconds: 900, max_token_life_seconds: 1200 };
    const row = { ...ORGANIZATION, ...lives, audiences: '["ä"]', updated_at: BEYOND_32_BITS };
    expect(await organizations.insert(row, ENTRY)).toBe(true);
    expect(await organizations.find('ona', 'acme')).toEqual(row);
    expect(await organizations.find('gitlab', 'acme')).toBeUndefined();
  });

  it('inserts an organization once', async () => {
    const { organizations } = await one();
    const rows = ['first', 'second', 'third'].map((profile) => ({ ...ORGANIZATION, profile }));
    const done = await Promise.all(rows.map((row) => organizations.insert(row, ENTRY)));
    expect(done.filter((won) => won)).toHaveLength(1);
    expect(await organizations.find('ona', 'acme')).toEqual(rows[done.indexOf(true)]);
  });

  it('lets one of several changes of an organization win', async () => {
    const { organizations } = await one();
    await organizations.insert(ORGANIZATION, ENTRY);
    const rows = ['first', 'second', 'third'].map((profile) => ({ ...ORGANIZATION, version: 2, profile }));
    const done = await Promise.all(rows.map((row) => organizations.update(1, row, ENTRY)));
    expect(done.filter((won) => won)).toHaveLength(1);
    expect(await organizations.find('ona', 'acme')).toEqual(rows[done.indexOf(true)]);
    expect(await organizations.update(1, { ...ORGANIZATION, version: 2 }, ENTRY)).toBe(false);
  });

  it('lists organizations page by page, in the order of the bytes of their ids', async () => {
    const { organizations } = await one();
    const ids = ['a', 'B', '_', 'a.b', 'a-b', 'aa', 'A'];
    for (const id of ids) await organizations.insert({ ...ORGANIZATION, id }, ENTRY);
    await organizations.insert({ ...ORGANIZATION, issuer: 'gitlab', id: 'other' }, ENTRY);
    const pages: string[][] = [];
    for (let after: string | undefined; ;) {
      const page = (await organizations.list('ona', 3, after)).map(({ id }) => id);
      if (page.length === 0) break;
      pages.push(page);
      after = page.at(-1);
    }
    expect(pages).toEqual([['A', 'B', '_'], ['a', 'a-b', 'a.b'], ['aa']]);
  });

  it('finds nothing by an id that none can have', async () => {
    const { organizations, registrations } = await one();
    expect(await organizations.find('ona', 'ac\0me')).toBeUndefined();
    expect(await registrations.find('r\0')).toBeUndefined();
  });
}

function registrationConformance(one: () => Promise<Store>): void {
  const withOrganization = async () => {
    const store = await one();
    await store.organizations.insert(ORGANIZATION, ENTRY);
    return store.registrations;
  };

  it('keeps every column of a registration until it is removed', async () => {
    const registrations = await withOrganization();
    const row = { ...REGISTRATION, profile: 'ona-v2', token_life_seconds: 60, expires_at: BEYOND_32_BITS };
    await registrations.insert(row, ENTRY);
    expect(await registrations.find('r1')).toEqual(row);
    expect([await registrations.remove('r1', ENTRY), await registrations.remove('r1', ENTRY)]).toEqual([true, false]);
    expect(await registrations.find('r1')).toBeUndefined();
  });

  it('registers nobody in an organization that is not there', async () => {
    const { registrations } = await one();
    await expect(registrations.insert(REGISTRATION, ENTRY)).rejects.toThrow(/foreign key/i);
  });

  it('gives no id twice', async () => {
    const registrations = await withOrganization();
    await registrations.insert(REGISTRATION, ENTRY);
    await expect(registrations.insert({ ...REGISTRATION, facts: '{"a":1}' }, ENTRY)).rejects.toThrow(/unique/i);
    expect(await registrations.find('r1')).toEqual(REGISTRATION);
  });

  it('lists registrations page by page, the newest first, although one is added and one removed meanwhile', async () => {
    const registrations = await withOrganization();
    const insert = (id: string, created_at: number) => registrations.insert({ ...REGISTRATION, id, created_at }, ENTRY);
    for (const [index, id] of ['a', 'b', 'c', 'd', 'e'].entries()) await insert(id, Math.floor(index / 3));
    const first = await registrations.list('ona', 'acme', 2);
    expect(first.map(({ id }) => id)).toEqual(['e', 'd']);
    await insert('f', 2);
    await registrations.remove('d', ENTRY);
    const second = await registrations.list('ona', 'acme', 2, first[1]);
    expect(second.map(({ id }) => id)).toEqual(['c', 'b']);
    const third = await registrations.list('ona', 'acme', 2, second[1]);
    expect(third.map(({ id }) => id)).toEqual(['a']);
    expect(await registrations.list('ona', 'acme', 2, third[0])).toEqual([]);
    expect(await registrations.list('gitlab', 'acme', 2)).toEqual([]);
  });
}

function auditConformance(one: () => Promise<Store>): void {
  const filled = async (times: readonly number[]) => {
    const { audit } = await one();
    for (const [index, time] of times.entries()) await audit.append({ ...ENTRY, time, jti: `t${index}` });
    return audit;
  };
  const names = (rows: readonly { readonly jti: string | null }[]) => rows.map(({ jti }) => jti);

  it('keeps every column of an entry', async () => {
    const { audit } = await one();
    const entry = { ...ENTRY, time: BEYOND_32_BITS, reason: "it's “so”", organization: null };
    await audit.append(entry);
    expect(await audit.latest(1)).toEqual([{ ...entry, id: expect.any(Number) as unknown }]);
  });

  it('takes whatever a client has sent', async () => {
    const { audit } = await one();
    await audit.append({ ...ENTRY, sub: 'a\0b', reason: '\ud800' });
    expect(await audit.latest(1)).toMatchObject([{ sub: 'a\ufffdb' }]);
  });

  it('lists entries page by page, the newest first', async () => {
    const audit = await filled([5, 1, 3, 2]);
    const first = await audit.latest(3);
    expect(names(first)).toEqual(['t3', 't2', 't1']);
    expect(names(await audit.latest(3, first[2]?.id))).toEqual(['t0']);
  });

  it('removes what is older than a time, the oldest first, in batches', async () => {
    const audit = await filled([4, 1, 3, 2, 5]);
    expect([await audit.removeBefore(4, 2), names(await audit.latest(9))]).toEqual([2, ['t4', 't2', 't0']]);
    expect([await audit.removeBefore(4, 2), names(await audit.latest(9))]).toEqual([1, ['t4', 't0']]);
    expect(await audit.removeBefore(4, 2)).toBe(0);
  });

  it('gives no number of an entry again', async () => {
    const audit = await filled([1, 2]);
    const [last] = await audit.latest(1);
    await audit.removeBefore(9, 9);
    await audit.append(ENTRY);
    expect((await audit.latest(1))[0]?.id).toBeGreaterThan(last?.id ?? Number.NaN);
  });

  it('shares the removal among those who do it at once', async () => {
    const audit = await filled(Array.from({ length: 40 }, (_, index) => index));
    const removed = await Promise.all([1, 2, 3, 4].map(() => audit.removeBefore(100, 10)));
    expect([removed.reduce((sum, count) => sum + count, 0), await audit.latest(9)]).toEqual([40, []]);
  });
}
