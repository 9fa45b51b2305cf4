import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createLog } from '../../src/serve/log.ts';
import { startRetention } from '../../src/serve/retention.ts';
import { type Store } from '../../src/store/store.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { ENTRY } from '../store/rows.ts';
import { parseConfig } from '../../src/serve/config.ts';
import { temporaryDirectory } from './directory.ts';
import { CONFIG, runIssuer } from './running.ts';

const DAY = 86_400;
const NOW = 1_800_000_000;

/** Runs once, and is stopped with the test. */
async function retain(store: Store, auditSeconds: number | null, now = () => NOW) {
  let written = '';
  const log = createLog({ write: (line) => void (written += line) });
  const retention = startRetention({ store, now, auditSeconds, log });
  onTestFinished(retention.stop);
  await retention.run();
  return { ...retention, log: () => written };
}

async function filled(times: readonly number[]): Promise<Store> {
  const store = await openSqliteStore(':memory:');
  onTestFinished(() => store.close());
  for (const time of times) await store.audit.append({ ...ENTRY, time });
  return store;
}

const timesOf = async (store: Store) => (await store.audit.latest(2000)).map(({ time }) => NOW - time);

describe('retention', () => {
  it('removes entries of the audit that are too old, and no other', async () => {
    const store = await filled([NOW - 3 * DAY, NOW - 2 * DAY - 1, NOW - 2 * DAY, NOW]);
    const { log } = await retain(store, 2 * DAY);
    expect(await timesOf(store)).toEqual([0, 2 * DAY]);
    expect(log()).toContain('"audit":2');
  });

  it('keeps them for ever where it is told to', async () => {
    const store = await filled([0, NOW]);
    const { log } = await retain(store, null);
    expect(await timesOf(store)).toEqual([0, NOW]);
    expect(log()).toBe('');
  });

  it('removes many in batches', async () => {
    const store = await filled(Array.from({ length: 1234 }, (_, index) => index));
    const limits: number[] = [];
    const removeBefore: Store['audit']['removeBefore'] = (time, limit) => {
      limits.push(limit);
      return store.audit.removeBefore(time, limit);
    };
    await retain({ ...store, audit: { ...store.audit, removeBefore } }, DAY);
    expect([await timesOf(store), limits]).toEqual([[], [500, 500, 500]]);
  });

  it('goes on when its time has come again, with a clock that has moved', async () => {
    let now = NOW;
    const store = await filled([NOW]);
    const { run } = await retain(store, DAY, () => now);
    expect(await timesOf(store)).toEqual([0]);
    now += DAY + 1;
    await run();
    expect(await timesOf(store)).toEqual([]);
  });

  it('tries again where the store failed', async () => {
    const store = await filled([0]);
    const removeBefore = vi
      .fn<Store['audit']['removeBefore']>((time, limit) => store.audit.removeBefore(time, limit))
      .mockRejectedValueOnce(new Error('away'));
    const { run, log } = await retain({ ...store, audit: { ...store.audit, removeBefore } }, DAY);
    expect(log()).toContain('could not be removed; trying again');
    await run();
    expect(await timesOf(store)).toEqual([]);
  });

  it('ends in the middle where the issuer ends', async () => {
    const store = await filled([]);
    const removeBefore = () => Promise.resolve(500);
    const log = createLog({ write: () => undefined });
    const counted = vi.fn(removeBefore);
    const options = { now: () => NOW, auditSeconds: DAY, log };
    const retention = startRetention({
      ...options,
      store: { ...store, audit: { ...store.audit, removeBefore: counted } },
    });
    await retention.stop();
    expect(counted.mock.calls.length).toBeLessThan(3);
  });

  it('is done by several replicas at once', async () => {
    const store = await filled(Array.from({ length: 700 }, (_, index) => index));
    await Promise.all([retain(store, DAY), retain(store, DAY), retain(store, DAY)]);
    expect(await timesOf(store)).toEqual([]);
  });
});

it('is of 400 days unless the configuration says otherwise', () => {
  const secondsWith = (text: string) => {
    const read = parseConfig(CONFIG + text, '/etc/idp');
    return read.ok ? read.value.auditSeconds : read.problems.map(({ message }) => message);
  };
  expect(secondsWith('')).toBe(400 * DAY);
  expect(secondsWith('audit: { keep_days: 30 }\n')).toBe(30 * DAY);
  expect(secondsWith('audit: { keep_days: null }\n')).toBeNull();
  expect(secondsWith('audit: { keep_days: 0 }\n')).toEqual(['a whole number of days, 1 or more, or null for never']);
});

it('is done by the issuer while it serves', async () => {
  const directory = await temporaryDirectory();
  let now = NOW;
  const first = await runIssuer({ directory, now: () => now });
  await first.admin('PUT', '/admin/issuers/ona/organizations/acme', { profile: 'ona-v3' });
  await first.stop();
  now += 400 * DAY + 1;
  const second = await runIssuer({ directory, now: () => now });
  const entries = async () => (await second.admin('GET', '/admin/audit?kind=organization-changed')).json;
  await vi.waitFor(async () => {
    expect(await entries()).toEqual({ entries: [], next: null });
  });
  expect((await second.admin('GET', '/admin/issuers/ona/organizations/acme')).status).toBe(200);
});
