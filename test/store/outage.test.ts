/** A store that goes away and comes back, while a program has it open. */
import { performance } from 'node:perf_hooks';
import { expect, it } from 'vitest';
import { type Store } from '../../src/store/store.ts';
import { openAt, usePostgres } from './postgres.ts';
import { startNetwork } from './proxy.ts';
import { ENTRY, KEY, ORGANIZATION } from './rows.ts';

const postgres = usePostgres();

/** A connection takes 3 s at most, a statement 5 s. */
const BOUND_MILLISECONDS = 9000;

const CALLS: readonly ((store: Store) => Promise<unknown>)[] = [
  ({ keys }) => keys.load('ona'),
  ({ keys }) => keys.commit('ona', 1, [{ ...KEY, state: 'retiring' }]),
  ({ organizations }) => organizations.find('ona', 'acme'),
  ({ registrations }) => registrations.find('r1'),
  ({ audit }) => audit.append(ENTRY),
  (store) => store.ping(),
];

const CHANGE = { ...ENTRY, kind: 'organization-changed' };

const kinds = async ({ audit }: Store) => (await audit.latest(9)).map(({ kind }) => kind);

async function prepared(url: string): Promise<Store> {
  const store = await openAt(url);
  await store.keys.commit('ona', 0, [KEY]);
  await store.organizations.insert(ORGANIZATION, CHANGE);
  // As many connections as there will be questions: what changed last is asked once for the organization and the registration.
  await Promise.all(CALLS.slice(1).map(() => store.ping()));
  return store;
}

/** Every call rejects as the port has it. */
async function refusals(store: Store): Promise<string[]> {
  const begun = performance.now();
  const settled = await Promise.allSettled(CALLS.map((call) => call(store)));
  expect(performance.now() - begun).toBeLessThan(BOUND_MILLISECONDS);
  return settled.map((result) => {
    const reason: unknown = result.status === 'rejected' ? result.reason : undefined;
    expect(reason).toMatchObject({ code: 'store-unavailable' });
    return reason instanceof Error ? reason.message : '';
  });
}

/** Every call succeeds; the commit at most once, since its first try may have got through. */
async function demandWorking(store: Store): Promise<void> {
  for (const call of CALLS) await call(store);
  expect((await store.keys.load('ona')).version).toBe(2);
}

it('refuses while the server is down, and goes on when it is back', async () => {
  const store = await prepared(await postgres().database());
  await postgres().crash();
  for (const message of await refusals(store)) expect(message).toMatch(/cannot be used: /);
  for (const message of await refusals(store)) expect(message).toMatch(/cannot be used: nobody listens there$/);
  await postgres().start();
  await demandWorking(store);
});

it('refuses calls that are under way when the server crashes', async () => {
  const url = await postgres().database();
  const store = await prepared(url);
  const other = await openAt(url);
  const name = new URL(url).pathname.slice(1);
  // A lock that is held until the server is gone keeps them under way.
  const held = postgres().query('begin; lock table audit, organizations; select pg_sleep(60)', name);
  const lost = expect(held).rejects.toThrow();
  await waiting(name, 1);
  const calls = [store.audit.append(ENTRY), other.organizations.insert({ ...ORGANIZATION, id: 'b' }, CHANGE)];
  const rejected = calls.map((call) => expect(call).rejects.toMatchObject({ code: 'store-unavailable' }));
  await waiting(name, 3);
  await postgres().crash();
  await Promise.all([...rejected, lost]);
  await postgres().start();
  expect([await other.organizations.find('ona', 'b'), await kinds(store)]).toEqual([undefined, [CHANGE.kind]]);
});

/** Until that many sessions are busy in the database. */
async function waiting(name: string, count: number): Promise<void> {
  const text = `select 1 from pg_stat_activity where datname = '${name}' and state = 'active'`;
  while ((await postgres().query(text)).length < count);
}

it('gives up a statement that waits for a lock, and uses the connection no more', async () => {
  const url = await postgres().database();
  const store = await prepared(url);
  const name = new URL(url).pathname.slice(1);
  const held = postgres().query(`begin; lock table audit; select pg_sleep(60)`, name);
  const ended = expect(held).rejects.toThrow();
  await waiting(name, 1);
  const begun = performance.now();
  await expect(store.audit.append(ENTRY)).rejects.toThrow(/cannot be used: the server did not answer in time$/);
  expect(performance.now() - begun).toBeLessThan(BOUND_MILLISECONDS);
  await postgres().query(`select pg_terminate_backend(pid) from pg_stat_activity where query like 'begin; lock%'`);
  await ended;
  await store.audit.append(ENTRY);
  expect(await kinds(store)).toEqual([ENTRY.kind, CHANGE.kind]);
});

it('frees what a replica holds that fell silent in the middle of a commit', async () => {
  const url = await postgres().database();
  const name = new URL(url).pathname.slice(1);
  const network = await startNetwork(postgres().port);
  const silent = await openAt(url.replace(`:${postgres().port}/`, `:${network.port}/`));
  const store = await openAt(url);
  await store.keys.commit('ona', 0, [KEY]);
  // The row of the ring is claimed, and the commit waits to write its key: then the network goes.
  const held = postgres().query('begin; lock table keys; select pg_sleep(60)', name);
  const ended = expect(held).rejects.toThrow();
  await waiting(name, 1);
  const lost = expect(silent.keys.commit('ona', 1, [KEY])).rejects.toMatchObject({ code: 'store-unavailable' });
  await waiting(name, 2);
  network.cut();
  await postgres().query(`select pg_terminate_backend(pid) from pg_stat_activity where query like 'begin; lock%'`);
  await ended;
  while (!(await store.keys.commit('ona', 1, [KEY]).catch(() => false)));
  await lost;
  expect((await store.keys.load('ona')).version).toBe(2);
});

it('refuses while the network is cut, and goes on with new connections when it is mended', async () => {
  const network = await startNetwork(postgres().port);
  const url = (await postgres().database()).replace(`:${postgres().port}/`, `:${network.port}/`);
  const store = await prepared(url);
  network.cut();
  for (const message of await refusals(store)) expect(message).toMatch(/did not answer in time$/);
  for (const message of await refusals(store)) expect(message).toMatch(/did not answer in time$/);
  network.mend();
  await demandWorking(store);
});

it('closes although the network is cut', async () => {
  const network = await startNetwork(postgres().port);
  const url = (await postgres().database()).replace(`:${postgres().port}/`, `:${network.port}/`);
  const store = await prepared(url);
  network.cut();
  const begun = performance.now();
  await store.close();
  expect(performance.now() - begun).toBeLessThan(BOUND_MILLISECONDS);
});

it('takes no server that has become read-only, and goes on when it takes writes again', async () => {
  const store = await prepared(await postgres().database());
  const pinged = () =>
    store.ping().then(
      () => 'writes',
      (thrown: unknown) => thrown,
    );
  const set = async (change: string) => {
    await postgres().query(`alter system ${change}`);
    await postgres().query('select pg_reload_conf()');
  };
  const reason = expect.stringMatching(/it is read-only, as a standby is$/) as unknown;
  try {
    await set('set default_transaction_read_only = on');
    await expect.poll(pinged).toMatchObject({ code: 'store-unavailable', message: reason });
    await expect(store.audit.append(ENTRY)).rejects.toMatchObject({ code: 'store-unavailable', message: reason });
  } finally {
    await set('reset default_transaction_read_only');
  }
  await expect.poll(pinged).toBe('writes');
  await demandWorking(store);
});

it('says that the tables are gone', async () => {
  const url = await postgres().database();
  const store = await prepared(url);
  await postgres().query('drop table schema_version', new URL(url).pathname.slice(1));
  await expect(store.ping()).rejects.toMatchObject({
    code: 'store-unavailable',
    message: 'the tables of the store are gone',
  });
});
