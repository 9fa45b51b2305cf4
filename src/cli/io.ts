// What a command may touch of the outside, so that tests hand in their own.
import { homedir } from 'node:os';
import { createInterface } from 'node:readline/promises';
import type { Environment } from '../workload/environment.ts';
import { createHttp, type Http, type HttpOptions } from '../workload/http.ts';

export interface CliOutput {
  readonly write: (text: string) => unknown;
  readonly isTTY?: boolean | undefined;
}

export interface CliIo {
  readonly env: Environment;
  /** Data, for programs. */
  readonly stdout: CliOutput;
  /** Everything for people. */
  readonly stderr: CliOutput;
  /** Opens an HTTP client for one kind of service. @default `createHttp` on `env` */
  readonly openHttp?: (options: HttpOptions) => Http;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly homedir: string;
  /** Waits so many milliseconds. @default it does */
  readonly wait?: (milliseconds: number) => Promise<void>;
  /** Asks whoever sits at the terminal. @default nobody does */
  readonly ask?: (question: string) => Promise<string>;
}

export function processIo(): CliIo {
  return {
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    now: Date.now,
    homedir: homedir(),
    ...(process.stdin.isTTY ? { ask } : {}),
  };
}

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}

export function openHttp(io: CliIo, options: HttpOptions = {}): Http {
  return io.openHttp?.(options) ?? createHttp(io.env, options);
}

/** One JSON document on stdout. */
export function writeJson(io: CliIo, value: unknown): void {
  io.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** A line for people on stderr. */
export function tell(io: CliIo, line: string): void {
  io.stderr.write(`${line}\n`);
}
