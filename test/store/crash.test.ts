/**
 * `kill -9` at every moment of every operation that changes the store: each is done again and again, by a process that dies
 * one moment later each time, until one lives to answer. After each death another process finds all of it or nothing.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { type Cleanup, temporaryDirectory } from '../serve/directory.ts';
import { type Place, isMade, openAt } from './crash/issuer.ts';
import { type Found, NOTHING, type Tokens, demandTokens, find } from './crash/look.ts';
import { type Operation } from './crash/operations.ts';
import { usePostgres } from './postgres.ts';
// `import { type … }` would load the module, which runs.
import type { Orders } from './crash/victim.ts';

const postgres = usePostgres();

interface Chapter {
  readonly operation: Operation;
  /** What the audit has of it, once. */
  readonly entries: readonly string[];
  /** Seconds that pass before it. @default none */
  readonly after?: number;
}

/** The life of a store. Keys are published for 900 s before they sign and kept for 4200 s afterwards. */
const LIFE: readonly Chapter[] = [
  { operation: 'open', entries: [] },
  { operation: 'start', entries: [] },
  { operation: 'putOrganization', entries: ['organization-changed'] },
  { operation: 'register', entries: ['registered'] },
  { operation: 'registerOnce', entries: ['registered'] },
  { operation: 'rotate', entries: ['keys-rotated'] },
  // The last second of the old key: then the new one signs, and later the old one goes.
  { operation: 'changeOrganization', entries: ['organization-changed'], after: 899 },
  { operation: 'start', entries: [], after: 1 },
  { operation: 'start', entries: [], after: 4200 },
  // By its schedule.
  { operation: 'start', entries: ['keys-rotated'], after: 14_900 },
  { operation: 'reseal', entries: ['keys-resealed'] },
  { operation: 'replace', entries: ['keys-replaced'] },
  { operation: 'unregister', entries: ['unregistered'] },
  { operation: 'startStatic', entries: [] },
  { operation: 'publish', entries: ['keys-published'], after: 60 },
];

/** Some hundred processes, on a machine that may be busy with others. */
const TIMEOUT_MILLISECONDS = 180_000;

/** An operation has fewer moments. */
const NEVER = 1000;

/** Begun before it has its orders, so that the next one is ready while the store is looked at. One that lives goes on. */
interface Victim {
  /** What it answered; undefined where it was killed. */
  readonly obey: (orders: Orders) => Promise<unknown>;
}

function startVictim(cache: string, cleanup: Cleanup): Victim {
  const env = { ...process.env, NODE_COMPILE_CACHE: cache };
  const child = spawn(process.execPath, [join(import.meta.dirname, 'crash/victim.ts')], { stdio: 'pipe', env });
  const ended = once(child, 'exit');
  cleanup(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  const complaints = text(child.stderr);
  return {
    obey: async (orders) => {
      child.stdin.write(`${JSON.stringify(orders)}\n`);
      const { value: line, done } = await answers.next();
      if (done !== true) return (JSON.parse(line) as { readonly answer: unknown }).answer;
      expect([await ended, await complaints]).toEqual([[null, 'SIGKILL'], '']);
      return undefined;
    },
  };
}

interface World {
  readonly place: Place;
  /** Until nothing is under way any more of what the dead had begun. */
  readonly settled: () => Promise<void>;
}

async function inSqlite(cleanup: Cleanup): Promise<World> {
  const sqlite = join(await temporaryDirectory(cleanup), 'issuer.db');
  return { place: { sqlite }, settled: () => Promise.resolve() };
}

async function inPostgres(): Promise<World> {
  const url = await postgres().database();
  const busy = `select 1 from pg_stat_activity where datname = '${new URL(url).pathname.slice(1)}'`;
  const settled = async () => {
    while ((await postgres().query(busy)).length > 0);
  };
  return { place: { postgres: url }, settled };
}

/** The answer to a registration, with a key or without. */
const made = z.object({ registration: z.object({ id: z.string() }), credential: z.string() });
const registered = z.object({ value: z.union([made, z.object({ made }).transform((once) => once.made)]) });

/** Lives through the chapters, and remembers what it was answered. */
async function begin({ place, settled }: World, cleanup: Cleanup) {
  const cache = await temporaryDirectory(cleanup);
  const credentials = new Map<string, string>();
  const tokens: Tokens = new Map();
  let victim = startVictim(cache, cleanup);
  let now = 1_800_000_000;
  let before = NOTHING;

  /** Looks at the store as a process does that knows nothing of the one before. Has anything changed? */
  const look = async (entries: readonly string[]): Promise<boolean> => {
    if (!before.made && !(await isMade(place))) return false;
    const store = await openAt(place);
    try {
      const found = await find(store);
      const changed = demandWhole(before, found, entries);
      // An emergency is to make the tokens of before unverifiable.
      if (changed && entries.includes('keys-replaced')) tokens.clear();
      await demandTokens(store, now, credentials, tokens);
      before = found;
      return changed;
    } finally {
      await store.close();
    }
  };
  /** One try, with a death in it or without. */
  const attempt = async ({ operation, entries }: Chapter, moment: number) => {
    const [registration] = credentials.keys();
    const answer = await victim.obey({ place, operation, moment, now, registration });
    if (answer === undefined) victim = startVictim(cache, cleanup);
    const given = registered.safeParse(answer);
    if (given.success) credentials.set(given.data.value.registration.id, given.data.value.credential);
    await settled();
    return { answer, changed: await look(entries) };
  };
  const pass = ({ after = 0 }: Chapter) => {
    now += after;
  };
  return { attempt, pass, look, found: () => before };
}

/** Nothing has changed, or all of it with its entry of the audit; and a ring counts that as one change. */
function demandWhole(before: Found, found: Found, entries: readonly string[]): boolean {
  const changed = found.made !== before.made || JSON.stringify(found.tables) !== JSON.stringify(before.tables);
  expect(found.changes).toEqual([...before.changes, ...(changed ? entries : [])]);
  for (const ring of ['served', 'static'] as const) {
    const written = JSON.stringify(found.tables[ring]) !== JSON.stringify(before.tables[ring]);
    expect(found.versions[ring]).toBe(before.versions[ring] + (written ? 1 : 0));
  }
  return changed;
}

it.concurrent.for([
  ['SQLite', inSqlite],
  ['PostgreSQL', inPostgres],
] as const)(
  'a store in %s is as it was or as it was to be, whenever its process is killed',
  { timeout: TIMEOUT_MILLISECONDS },
  async ([, create], test) => {
    const life = await begin(await create(test.onTestFinished), test.onTestFinished);
    for (const chapter of LIFE) {
      life.pass(chapter);
      const deaths = { before: 0, after: 0 };
      let answer: unknown;
      for (let moment = 1; answer === undefined; moment += 1) {
        const tried = await life.attempt(chapter, moment);
        answer = tried.answer;
        if (answer === undefined) deaths[tried.changed ? 'after' : 'before'] += 1;
      }
      // Some died before it was done, and some after that, before they could say so.
      expect([chapter.operation, deaths.before > 0, deaths.after > 0]).toEqual([chapter.operation, true, true]);
      if (chapter.operation !== 'registerOnce') continue;
      expect(answer).toMatchObject({ value: { kind: 'repeated', registration: { id: life.found().once } } });
    }
  },
);

it('keeps what it has answered where PostgreSQL itself is killed', async ({ onTestFinished }) => {
  const life = await begin(await inPostgres(), onTestFinished);
  for (const chapter of LIFE.slice(0, 6)) {
    await life.attempt(chapter, NEVER);
    const done = life.found();
    if (!['registerOnce', 'rotate'].includes(chapter.operation)) continue;
    await postgres().kill();
    await postgres().start();
    expect([await life.look([]), life.found()]).toEqual([false, done]);
  }
});
