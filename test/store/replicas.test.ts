/** Replicas in processes of their own: they start at once, they race, and they are killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { type Store } from '../../src/store/store.ts';
import { temporaryDirectory } from '../serve/directory.ts';
import { openAt, usePostgres } from './postgres.ts';
// `import { type … }` would load the module, which runs.
import type { ReplicaOrders } from './replica.ts';

const postgres = usePostgres();

interface Replica {
  /** The lines that it says. */
  readonly lines: AsyncIterable<string>;
  readonly kill: () => void;
  /** Its exit code, or null where it was killed. */
  readonly ended: Promise<number | null>;
  readonly complaints: () => string;
}

function startReplica(orders: ReplicaOrders): Replica {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'replica.ts')], { stdio: 'pipe' });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const kill = () => void child.kill('SIGKILL');
  onTestFinished(async () => {
    kill();
    await ended;
  });
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  child.stdin.end(JSON.stringify(orders));
  return { lines: createInterface(child.stdout), kill, ended, complaints: () => complaints };
}

const STORES: Readonly<Record<string, () => Promise<{ place: ReplicaOrders['store']; open: () => Promise<Store> }>>> = {
  SQLite: async () => {
    const sqlite = join(await temporaryDirectory(), 'issuer.db');
    return { place: { sqlite }, open: () => openSqliteStore(sqlite) };
  },
  PostgreSQL: async () => {
    const url = await postgres().database();
    return { place: { postgres: url }, open: () => openAt(url) };
  },
};

/** So many that most of the time is within a commit. */
const KEYS = 200;

describe.each(Object.entries(STORES))('replicas with %s', (_name, create) => {
  it('make the store once where they start together, and lose no change where they race', async () => {
    const { place, open } = await create();
    const each = 15;
    const replicas = ['a', 'b', 'c'].map((kid) => startReplica({ store: place, kids: [kid], commits: each }));
    const heard = replicas.map(({ lines }) => collect(lines));
    const codes = await Promise.all(replicas.map(({ ended }) => ended));
    expect([codes, replicas.map(({ complaints }) => complaints())]).toEqual([
      [0, 0, 0],
      ['', '', ''],
    ]);
    const won = (await Promise.all(heard)).flat().filter((line) => line.startsWith('done'));
    expect(new Set(won).size).toBe(3 * each);
    const store = await open();
    const { version, keys } = await store.keys.load('ona');
    await store.close();
    expect([version, keys.map(({ kid }) => kid).sort()]).toEqual([3 * each, ['a', 'b', 'c']]);
  });

  it('leave a ring as it was or as it was to be where they are killed in the middle of a commit', async () => {
    const { place, open } = await create();
    const kids = Array.from({ length: KEYS }, (_, index) => `k${index}`);
    let before = 0;
    for (let round = 0; round < 8; round += 1) {
      const replica = startReplica({ store: place, kids, commits: 100_000 });
      const begun = await killDuring(replica, 2 + round);
      const store = await open();
      const { version, keys } = await store.keys.load('ona');
      await store.close();
      // What it said it had done is there. What it had begun may be, or not; what came after nobody has heard.
      expect(version).toBeGreaterThanOrEqual(begun - 1);
      expect(version).toBeGreaterThan(before);
      expect(keys.map(({ kid, created_at }) => `${kid} ${created_at}`).sort()).toEqual(
        kids.map((kid) => `${kid} ${version}`).sort(),
      );
      before = version;
    }
  });
});

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const heard: string[] = [];
  for await (const line of lines) heard.push(line);
  return heard;
}

/** Kills it once it has begun that many commits. The last that it had begun by then. */
async function killDuring({ lines, kill, ended, complaints }: Replica, count: number): Promise<number> {
  let seen = 0;
  let last = 0;
  for await (const line of lines) {
    if (!line.startsWith('begin')) continue;
    last = Number(line.slice('begin '.length));
    seen += 1;
    if (seen === count) kill();
  }
  expect([await ended, complaints()]).toEqual([null, '']);
  return last;
}
