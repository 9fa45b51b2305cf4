/** A program under measurement, in a process of its own, so that its CPU time is its own. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

export interface Measured {
  readonly pid: number;
  /** What it said when it was ready: a line of JSON. */
  readonly ready: Readonly<Record<string, string>>;
  /** Sends it a message, and waits for the answer. */
  readonly ask: (message: unknown) => Promise<unknown>;
  readonly stop: () => Promise<void>;
}

/** Starts a program of Node's, which prints one line of JSON when it is ready. */
export async function startProgram(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Measured> {
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production', ...env },
  });
  const ready = await firstLine(child);
  return {
    pid: child.pid ?? 0,
    ready: JSON.parse(ready) as Record<string, string>,
    ask: async (message) => {
      const answer = once(child, 'message');
      child.send(message as object);
      return ((await answer) as readonly unknown[])[0];
    },
    stop: async () => {
      child.disconnect();
      child.kill();
      await once(child, 'exit');
    },
  };
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the output is piped');
  for await (const line of createInterface({ input: child.stdout })) {
    child.stdout.resume();
    return line;
  }
  throw new Error('the program ended before it was ready');
}

/** Linux counts in these (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100;

/** CPU time of a process with all its threads, in seconds (proc(5), /proc/pid/stat). */
export function cpuSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Resident memory of a process, in bytes (proc(5), /proc/pid/status). */
export function residentBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) * 1024;
}
