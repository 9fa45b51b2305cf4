/**
 * Load over keep-alive connections, and what it costs the server. `wrk` makes it: server and load share the cores, and what
 * the load takes is missing to the server.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { cacheRoot } from '../../tools/lib/cache.mjs';
import { capture } from '../../tools/lib/process.mjs';
import { findWrk } from '../../tools/lib/wrk.mjs';
import { cpuSeconds } from './process.ts';

export interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Something that answers requests over and over. */
export interface Subject {
  readonly url: string;
  readonly pid: number;
  /** Sent in turn, over all connections. */
  readonly requests: readonly Request[];
}

export interface Cost {
  /** CPU of the server, microseconds an answer. */
  readonly cpu: number;
  /** Answers a second. */
  readonly rate: number;
}

export interface LoadGenerator {
  /** Asks for so many milliseconds, a whole number of seconds. Throws where an answer is not 200. */
  readonly load: (subject: Subject, milliseconds: number) => Promise<Cost & { readonly count: number }>;
  readonly stop: () => Promise<void>;
}

/** Connections: a burst of jobs. Fewer are served one by one, and more in batches, as far as that can go. */
export const LANES = 64;

const SCRIPT = new URL('./load.lua', import.meta.url).pathname;

export async function startLoadGenerator(): Promise<LoadGenerator> {
  const wrk = await findWrk(cacheRoot(process.env), process.env);
  if (!wrk.ok) throw new Error(`the load needs wrk: ${wrk.reason}. Install it, and put it on PATH.`);
  const directory = await mkdtemp(join(tmpdir(), 'idp-bench-load-'));
  /** Where the requests of a subject are, and how many were sent. */
  const places = new Map<Subject, { readonly file: string; turn: number }>();
  const placeOf = async (subject: Subject) => {
    const known = places.get(subject);
    if (known !== undefined) return known;
    const [first] = subject.requests;
    if (first !== undefined) await ask(subject.url, first);
    const place = { file: join(directory, String(places.size)), turn: 0 };
    places.set(subject, place);
    const bytes = subject.requests.map((one) => `${onWire(subject.url, one)}\0`).join('');
    // It has credentials, so it is for its owner alone.
    await writeFile(place.file, bytes, { mode: 0o600 });
    return place;
  };
  return {
    load: async (subject, milliseconds) => {
      const place = await placeOf(subject);
      const { url, pid } = subject;
      const options = ['--threads', '1', '--connections', String(LANES), '--duration', `${milliseconds / 1000}s`];
      const before = cpuSeconds(pid);
      const ended = await capture(wrk.file, [
        ...options,
        '--script',
        SCRIPT,
        url,
        '--',
        place.file,
        String(place.turn),
      ]);
      const cpu = cpuSeconds(pid) - before;
      const { count, seconds } = summaryOf(url, ended);
      place.turn += count;
      return { cpu: (cpu / count) * 1e6, rate: count / seconds, count };
    },
    stop: () => rm(directory, { recursive: true, force: true }),
  };
}

/** What `load.lua` says at the end. */
interface Summary {
  readonly count: number;
  readonly seconds: number;
  readonly failed: number;
}

function summaryOf(url: string, { code, output, failure }: Awaited<ReturnType<typeof capture>>): Summary {
  const said = output.trimEnd().split('\n').at(-1) ?? '';
  if (code !== 0 || !said.startsWith('{')) throw new Error(`wrk at ${url}: ${failure ?? output}`);
  const summary = JSON.parse(said) as Summary;
  if (summary.failed > 0) throw new Error(`${url}: ${summary.failed} of ${summary.count} requests failed\n${output}`);
  return summary;
}

/** Once, to show what a server says that does not answer as it should. */
async function ask(url: string, { method, path, headers = {}, body }: Request): Promise<void> {
  const reply = await request(url + path, { method, headers, body: body ?? null });
  const text = await reply.body.text();
  if (reply.statusCode !== 200) throw new Error(`${url}${path} answered ${reply.statusCode}: ${text.slice(0, 300)}`);
}

/** RFC 9112, section 2.1. */
function onWire(url: string, { method, path, headers = {}, body = '' }: Request): string {
  const length = body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const fields = Object.entries({ host: new URL(url).host, ...headers, ...length });
  return [`${method} ${path} HTTP/1.1`, ...fields.map(([name, value]) => `${name}: ${value}`), '', body].join('\r\n');
}
