// Keys that are published as files: who publishes reads and writes records, and has no private key.
import { expect, it } from 'vitest';
import { publishedKeys, recordPublished } from '../../src/keys/published.ts';
import { type KeyRecord, type KeyRecords } from '../../src/keys/record.ts';
import { memoryCustody, memoryRecords } from '../../src/keys/rings/memory.ts';
import { type KeyRing, openRing } from '../../src/keys/ring.ts';

const TIMINGS = { publishSeconds: 900, keepSeconds: 4200, rotateSeconds: null };
const RING = { issuer: 'ona', timings: TIMINGS };

async function world() {
  const records = memoryRecords();
  const clock = { now: 1000 };
  const settings = { ...RING, algorithms: ['ES256'], kid: 'k{n}', publication: 'static' } as const;
  const ring = await openRing(settings, { records, custody: memoryCustody(), now: () => clock.now });
  const record = (kids: readonly string[], by: KeyRecords = records) => recordPublished(RING, by, kids, clock.now);
  return { records, clock, ring, record };
}

const shown = (ring: KeyRing) => ring.records().map(({ kid, state, publishedAt }) => [kid, state, publishedAt]);
const statesOf = (records: readonly KeyRecord[]) => records.map(({ kid, state }) => `${kid} ${state}`);

it('are those that a server publishes, at any time', async () => {
  const { records, clock, ring, record } = await world();
  await record(['k0']);
  await ring.rotate();
  await record(['k1']);
  await ring.refresh();
  for (const seconds of [0, 899, 1, 4199, 1, 10_000]) {
    clock.now += seconds;
    const { records: stored } = await records.load('ona');
    expect(publishedKeys(stored, clock.now, TIMINGS)).toEqual(ring.publicKeys());
  }
});

it('are written down once, for every ring', async () => {
  const { records, clock, ring, record } = await world();
  const { records: now, recorded } = await record(['k0', 'unknown']);
  expect([statesOf(now), recorded]).toEqual([['k0 active'], ['k0']]);
  await ring.refresh();
  expect(shown(ring)).toEqual([['k0', 'active', 1000]]);
  const { version } = await records.load('ona');
  clock.now += 50;
  expect((await record(['k0'])).recorded).toEqual([]);
  expect((await records.load('ona')).version).toBe(version);
});

it('stay removed where that was done meanwhile', async () => {
  const { records, ring, record } = await world();
  await record(['k0']);
  await ring.rotate();
  let interrupted = false;
  const busy: KeyRecords = {
    ...records,
    commit: async (issuer, version, written) => {
      if (!interrupted) {
        interrupted = true;
        await ring.replace();
      }
      return records.commit(issuer, version, written);
    },
  };
  const { records: now, recorded } = await record(['k1'], busy);
  expect([statesOf(now), recorded]).toEqual([['k0 removed', 'k1 removed', 'k2 active'], []]);
  await ring.refresh();
  expect(shown(ring)).toEqual([
    ['k0', 'removed', 1000],
    ['k1', 'removed', null],
    ['k2', 'active', null],
  ]);
});

it('are not fought for without end', async () => {
  const { records, record } = await world();
  const lost: KeyRecords = { ...records, commit: () => Promise.resolve(false) };
  await expect(record(['k0'], lost)).rejects.toMatchObject({ code: 'ring-contended' });
});
