/**
 * SQLite within a commit: whatever part of its bytes has reached the write-ahead log when the process dies, the store is as
 * before until the last frame of the commit is there as a whole.
 */
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryDirectory } from '../serve/directory.ts';
import { openAt } from './crash/issuer.ts';
import { type Found, demandTokens, find } from './crash/look.ts';
import { type Operation, OPERATIONS } from './crash/operations.ts';

/** https://www.sqlite.org/fileformat2.html, section 4.1: a header, then frames of a header and a page each. */
const LOG_HEADER = 32;
const FRAME_HEADER = 24;
const PAGE = 4096;
const FRAME = FRAME_HEADER + PAGE;

const NOW = 1_800_000_000;

/** Ends of a log that ends within each part of each frame that a commit adds: in its header, in its page, at its end. */
function cuts(from: number, to: number): number[] {
  const frames = Array.from({ length: (to - from) / FRAME }, (_, index) => from + index * FRAME);
  return frames.flatMap((start) => [start, start + 8, start + FRAME_HEADER, start + FRAME_HEADER + 1000]);
}

async function look(sqlite: string): Promise<Found> {
  const store = await openAt({ sqlite });
  try {
    await demandTokens(store, NOW, new Map(), new Map());
    return await find(store);
  } finally {
    await store.close();
  }
}

it.each<[Operation, readonly Operation[]]>([
  ['start', []],
  ['putOrganization', ['start']],
  ['register', ['start', 'putOrganization']],
  ['registerOnce', ['start', 'putOrganization']],
  ['rotate', ['start']],
  ['reseal', ['start']],
  ['replace', ['start', 'rotate']],
])('%s is there as a whole once its last byte is', async (operation, before) => {
  const directory = await temporaryDirectory();
  const sqlite = join(directory, 'issuer.db');
  const store = await openAt({ sqlite });
  onTestFinished(() => store.close());
  const run = (name: Operation) => OPERATIONS[name]({ store, now: NOW, registration: undefined });
  for (const earlier of before) await run(earlier);
  const [undone, { length: from }] = [await find(store), await readFile(`${sqlite}-wal`)];
  await run(operation);
  const [done, log] = [await find(store), await readFile(`${sqlite}-wal`)];
  expect((from - LOG_HEADER) % FRAME).toBe(0);
  expect(log.length).toBeGreaterThan(from + FRAME);
  for (const cut of [...cuts(from, log.length), log.length - 1, log.length]) {
    const copy = join(directory, `${cut}.db`);
    await copyFile(sqlite, copy);
    await writeFile(`${copy}-wal`, log.subarray(0, cut));
    expect([cut, await look(copy)]).toEqual([cut, cut === log.length ? done : undone]);
  }
});
