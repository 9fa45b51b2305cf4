/** Load over keep-alive connections, and what it costs the server. */

import { Pool } from 'undici';
import { cpuSeconds } from './process.ts';

export interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Something that answers the same request over and over. */
export interface Subject {
  readonly url: string;
  readonly pid: number;
  /** The request of one lane and turn. */
  readonly request: (turn: number) => Request;
}

export interface Cost {
  /** CPU of the server, microseconds an answer. */
  readonly cpu: number;
  /** Answers a second. */
  readonly rate: number;
}

/** Connections: a burst of jobs. Fewer are served one by one, and more in batches, as far as that can go. */
export const LANES = 64;

/** Asks for so many milliseconds. Throws where an answer is not 200. */
export async function load({ url, pid, request }: Subject, milliseconds: number): Promise<Cost & { count: number }> {
  const pool = new Pool(url, { connections: LANES, pipelining: 1 });
  let count = 0;
  const before = cpuSeconds(pid);
  const started = performance.now();
  const lane = async () => {
    while (performance.now() - started < milliseconds) {
      const { path, method, headers, body } = request(count);
      const reply = await pool.request({
        path,
        method,
        ...(headers === undefined ? {} : { headers }),
        body: body ?? null,
      });
      const text = await reply.body.text();
      if (reply.statusCode !== 200)
        throw new Error(`${url}${path} answered ${reply.statusCode}: ${text.slice(0, 300)}`);
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const seconds = (performance.now() - started) / 1000;
  const cpu = ((cpuSeconds(pid) - before) / count) * 1e6;
  await pool.close();
  return { cpu, rate: count / seconds, count };
}
