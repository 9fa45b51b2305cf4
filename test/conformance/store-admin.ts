/** What every store does for the admin API: changes with their entries, keys that register once, the audit asked for something. */
import { describe, expect, it } from 'vitest';
import { type IdempotencyKeyRow, type NewAuditRow } from '../../src/store/schema.ts';
import { type Store } from '../../src/store/store.ts';
import { ENTRY, KEY as SIGNING_KEY, ORGANIZATION, REGISTRATION } from '../store/rows.ts';

const KEY: IdempotencyKeyRow = {
  issuer: 'ona',
  key: 'k',
  request_sha256: '00',
  registration: 'r1',
  created_at: 100,
};

/** @param create opens an empty store; what it returns opens the same one again */
export function idempotencyConformance(create: () => Promise<() => Promise<Store>>): void {
  const withOrganization = async () => {
    const open = await create();
    const store = await open();
    await store.organizations.insert(ORGANIZATION, ENTRY);
    return { store, open };
  };
  const named = (id: string) => ({ ...REGISTRATION, id });

  it('registers once with a key, and remembers with what', async () => {
    const { store } = await withOrganization();
    expect(await store.idempotency.find('ona', 'k')).toBeUndefined();
    expect(await store.idempotency.register(REGISTRATION, KEY, 50, ENTRY)).toBe(true);
    expect(await store.idempotency.register(named('r2'), { ...KEY, registration: 'r2' }, 50, ENTRY)).toBe(false);
    expect(await store.idempotency.find('ona', 'k')).toEqual(KEY);
    expect([await store.registrations.find('r1'), await store.registrations.find('r2')]).toEqual([
      REGISTRATION,
      undefined,
    ]);
  });

  it('tells the keys of issuers apart, and their case', async () => {
    const { store } = await withOrganization();
    await store.idempotency.register(REGISTRATION, KEY, 50, ENTRY);
    expect(await store.idempotency.find('gitlab', 'k')).toBeUndefined();
    expect(await store.idempotency.find('ona', 'K')).toBeUndefined();
    expect(await store.idempotency.register(named('r2'), { ...KEY, key: 'K' }, 50, ENTRY)).toBe(true);
  });

  it('takes a key anew once its time is over', async () => {
    const { store } = await withOrganization();
    await store.idempotency.register(REGISTRATION, KEY, 50, ENTRY);
    const later = { ...KEY, registration: 'r2', request_sha256: '01', created_at: 200 };
    expect(await store.idempotency.register(named('r2'), later, 100, ENTRY)).toBe(false);
    expect(await store.idempotency.register(named('r2'), later, 101, ENTRY)).toBe(true);
    expect(await store.idempotency.find('ona', 'k')).toEqual(later);
  });

  it('remembers no key of a registration that could not be made', async () => {
    const { store } = await withOrganization();
    const elsewhere = { ...REGISTRATION, organization: 'nobody' };
    await expect(store.idempotency.register(elsewhere, KEY, 50, ENTRY)).rejects.toThrow(/foreign key/i);
    expect(await store.idempotency.find('ona', 'k')).toBeUndefined();
  });

  it('lets one of several replicas win that come with the same key', async () => {
    const { store, open } = await withOrganization();
    const stores = await Promise.all([open(), open(), open()]);
    const done = await Promise.all(
      stores.map(({ idempotency }, index) =>
        idempotency.register(named(`r${index}`), { ...KEY, registration: `r${index}` }, 50, ENTRY),
      ),
    );
    expect(done.filter((won) => won)).toHaveLength(1);
    const winner = `r${done.indexOf(true)}`;
    expect(await store.idempotency.find('ona', 'k')).toMatchObject({ registration: winner });
    expect((await store.registrations.list('ona', 'acme', 9)).map(({ id }) => id)).toEqual([winner]);
  });

  it('forgets keys that are older than a time, in batches', async () => {
    const { store } = await withOrganization();
    for (const [index, time] of [4, 1, 3, 2, 5].entries()) {
      await store.idempotency.register(named(`r${index}`), { ...KEY, key: `k${index}`, created_at: time }, 0, ENTRY);
    }
    expect(await store.idempotency.removeBefore(4, 2)).toBe(2);
    expect(await store.idempotency.find('ona', 'k1')).toBeUndefined();
    expect(await store.idempotency.find('ona', 'k2')).toBeDefined();
    expect([await store.idempotency.removeBefore(4, 2), await store.idempotency.removeBefore(4, 2)]).toEqual([1, 0]);
    expect(await store.idempotency.find('ona', 'k0')).toBeDefined();
  });
}

type Change = (store: Store, entry: NewAuditRow) => Promise<unknown>;

/** What a store answers that refused. */
const refusal = (thrown: unknown) => (thrown instanceof Error ? 'rejected' : thrown);

export function changeConformance(one: () => Promise<Store>): void {
  const organization: Change = ({ organizations }, entry) => organizations.insert(ORGANIZATION, entry);
  const changed: Change = ({ organizations }, entry) => organizations.update(1, { ...ORGANIZATION, version: 2 }, entry);
  const registration: Change = ({ registrations }, entry) => registrations.insert(REGISTRATION, entry);
  const once: Change = ({ idempotency }, entry) => idempotency.register(REGISTRATION, KEY, 50, entry);
  const removal: Change = ({ registrations }, entry) => registrations.remove('r1', entry);
  const keys: Change = (store, entry) => store.keys.commit('ona', 0, [SIGNING_KEY], entry);
  const made = async (store: Store) => [
    await store.organizations.find('ona', 'acme'),
    await store.registrations.find('r1'),
    await store.idempotency.find('ona', 'k'),
    await store.keys.load('ona'),
  ];

  describe.each<[string, readonly Change[], Change]>([
    ['a new organization', [], organization],
    ['a change of an organization', [organization], changed],
    ['a registration', [organization], registration],
    ['a registration with a key', [organization], once],
    ['the end of a registration', [organization, registration], removal],
    ['a change of the keys', [], keys],
  ])('%s', (_what, before, change) => {
    const prepared = async () => {
      const store = await one();
      for (const earlier of before) await earlier(store, ENTRY);
      return { store, entries: async () => (await store.audit.latest(9)).slice(0, -before.length || undefined) };
    };

    it('is written with its entry of the audit, and where it is refused neither is', async () => {
      const { store, entries } = await prepared();
      const entry = { ...ENTRY, sub: 'a\0b', reason: 'the first' };
      await change(store, entry);
      expect(await entries()).toMatchObject([{ ...entry, sub: 'a\ufffdb' }]);
      const after = await made(store);
      expect(['rejected', false]).toContain(await change(store, { ...ENTRY, reason: 'the second' }).catch(refusal));
      expect([await made(store), await entries()]).toMatchObject([after, [{ reason: 'the first' }]]);
    });

    it('is not there where its entry cannot be written', async () => {
      const { store, entries } = await prepared();
      const there = await made(store);
      await expect(change(store, { ...ENTRY, kind: null as unknown as string })).rejects.toThrow(/null/i);
      expect([await made(store), await entries()]).toEqual([there, []]);
      await change(store, ENTRY);
      expect(await made(store)).not.toEqual(there);
    });
  });
}

export function auditFilterConformance(one: () => Promise<Store>): void {
  it.each<[string, Parameters<Store['audit']['latest']>[2], readonly string[]]>([
    ['everything', {}, ['e', 'd', 'c', 'b', 'a']],
    ['an issuer', { issuer: 'gitlab' }, ['e', 'c']],
    ['an organization', { organization: 'beta' }, ['d']],
    ['a registration', { registration: 'r2' }, ['c', 'b']],
    ['a kind', { kind: 'refused' }, ['e']],
    ['a time, with its end left out', { since: 2, until: 4 }, ['c', 'b']],
    ['all of these', { issuer: 'ona', registration: 'r2', kind: 'issued', since: 1, until: 9 }, ['b']],
    ['what is not there', { organization: 'ACME' }, []],
  ])('shows of the audit %s', async (_what, filter, expected) => {
    const { audit } = await one();
    const rows = [
      { jti: 'a', time: 1 },
      { jti: 'b', time: 2, registration: 'r2' },
      { jti: 'c', time: 3, registration: 'r2', issuer: 'gitlab' },
      { jti: 'd', time: 4, organization: 'beta', actor: 'ops ada' },
      { jti: 'e', time: 5, issuer: 'gitlab', kind: 'refused' },
    ];
    for (const row of rows) await audit.append({ ...ENTRY, ...row });
    const first = await audit.latest(1, undefined, filter);
    const rest = first[0] === undefined ? [] : await audit.latest(9, first[0].id, filter);
    expect([...first, ...rest].map(({ jti }) => jti)).toEqual(expected);
  });
}
