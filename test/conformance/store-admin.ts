/** What every store does for the admin API: keys that register once, and the audit asked for something. */
import { expect, it } from 'vitest';
import { type IdempotencyKeyRow } from '../../src/store/schema.ts';
import { type Store } from '../../src/store/store.ts';
import { ENTRY, ORGANIZATION, REGISTRATION } from '../store/rows.ts';

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
    await store.organizations.insert(ORGANIZATION);
    return { store, open };
  };
  const named = (id: string) => ({ ...REGISTRATION, id });

  it('registers once with a key, and remembers with what', async () => {
    const { store } = await withOrganization();
    expect(await store.idempotency.find('ona', 'k')).toBeUndefined();
    expect(await store.idempotency.register(REGISTRATION, KEY, 50)).toBe(true);
    expect(await store.idempotency.register(named('r2'), { ...KEY, registration: 'r2' }, 50)).toBe(false);
    expect(await store.idempotency.find('ona', 'k')).toEqual(KEY);
    expect([await store.registrations.find('r1'), await store.registrations.find('r2')]).toEqual([
      REGISTRATION,
      undefined,
    ]);
  });

  it('tells the keys of issuers apart, and their case', async () => {
    const { store } = await withOrganization();
    await store.idempotency.register(REGISTRATION, KEY, 50);
    expect(await store.idempotency.find('gitlab', 'k')).toBeUndefined();
    expect(await store.idempotency.find('ona', 'K')).toBeUndefined();
    expect(await store.idempotency.register(named('r2'), { ...KEY, key: 'K' }, 50)).toBe(true);
  });

  it('takes a key anew once its time is over', async () => {
    const { store } = await withOrganization();
    await store.idempotency.register(REGISTRATION, KEY, 50);
    const later = { ...KEY, registration: 'r2', request_sha256: '01', created_at: 200 };
    expect(await store.idempotency.register(named('r2'), later, 100)).toBe(false);
    expect(await store.idempotency.register(named('r2'), later, 101)).toBe(true);
    expect(await store.idempotency.find('ona', 'k')).toEqual(later);
  });

  it('remembers no key of a registration that could not be made', async () => {
    const { store } = await withOrganization();
    const elsewhere = { ...REGISTRATION, organization: 'nobody' };
    await expect(store.idempotency.register(elsewhere, KEY, 50)).rejects.toThrow(/foreign key/i);
    expect(await store.idempotency.find('ona', 'k')).toBeUndefined();
  });

  it('lets one of several replicas win that come with the same key', async () => {
    const { store, open } = await withOrganization();
    const stores = await Promise.all([open(), open(), open()]);
    const done = await Promise.all(
      stores.map(({ idempotency }, index) =>
        idempotency.register(named(`r${index}`), { ...KEY, registration: `r${index}` }, 50),
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
      await store.idempotency.register(named(`r${index}`), { ...KEY, key: `k${index}`, created_at: time }, 0);
    }
    expect(await store.idempotency.removeBefore(4, 2)).toBe(2);
    expect(await store.idempotency.find('ona', 'k1')).toBeUndefined();
    expect(await store.idempotency.find('ona', 'k2')).toBeDefined();
    expect([await store.idempotency.removeBefore(4, 2), await store.idempotency.removeBefore(4, 2)]).toEqual([1, 0]);
    expect(await store.idempotency.find('ona', 'k0')).toBeDefined();
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
