/** Child processes of the sandbox: a complete environment of their own, and an end that is tied to ours. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';

export interface ChildOptions {
  /** Found on `env.PATH` when it has no slash. */
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment: nothing is inherited, since a machine's AWS_CA_BUNDLE or SSL_CERT_FILE breaks the sandbox. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Whom it runs as; only root may choose. @default whoever runs this */
  readonly user?: { readonly uid: number; readonly gid: number };
}

export interface Child {
  /** What it has written so far, both streams; the last 64 KiB. */
  readonly output: () => string;
  /** Whether it still runs. */
  readonly running: () => boolean;
  /** Ends it and waits until it has ended. */
  readonly stop: () => Promise<void>;
}

/**
 * Node cannot ask the kernel to end a child with its parent. So a shell holds the reading end of a pipe whose writing end is
 * ours: when this process ends, however it ends, the pipe closes, and the shell ends the one child that it started.
 */
const LIFELINE = `
"$@" 3<&- & child=$!
trap 'kill -TERM $child 2>/dev/null' TERM INT HUP
{ cat <&3 >/dev/null; kill -TERM $child 2>/dev/null; } & watch=$!
wait $child; code=$?
kill -TERM $watch 2>/dev/null
exit $code`;

const KEPT_OUTPUT = 65_536;
const GRACE_MS = 3000;

export function startChild(options: ChildOptions): Child {
  const { command, args, env, cwd, user } = options;
  const shell = spawn('/bin/sh', ['-c', LIFELINE, 'sandbox', command, ...args], {
    env,
    ...(cwd === undefined ? {} : { cwd }),
    ...user,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    // A process group of its own, so that the last resort below reaches what the child itself has started.
    detached: true,
  });
  let output = '';
  for (const stream of [shell.stdout, shell.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-KEPT_OUTPUT);
    });
  }
  shell.on('error', (error) => {
    output += `${error.message}\n`;
  });
  // A child that ended by itself leaves the lifeline's reader, which holds our pipes.
  shell.on('exit', () => {
    (shell.stdio[3] as Writable).destroy();
  });
  // The lifeline alone must not keep this process alive.
  shell.unref();
  return {
    output: () => output,
    running: () => shell.pid !== undefined && shell.exitCode === null && shell.signalCode === null,
    stop: () => stopShell(shell),
  };
}

async function stopShell(shell: ChildProcess): Promise<void> {
  if (shell.pid === undefined || shell.exitCode !== null || shell.signalCode !== null) return;
  const ended = once(shell, 'exit');
  shell.ref();
  (shell.stdio[3] as Writable).destroy();
  const timer = new AbortController();
  const late = pause(GRACE_MS, undefined, { signal: timer.signal }).catch(() => undefined);
  await Promise.race([ended, late]);
  timer.abort();
  // exitCode and signalCode change underneath; the type checker has narrowed them to null above.
  const { exitCode, signalCode } = shell as { exitCode: number | null; signalCode: string | null };
  if (exitCode !== null || signalCode !== null) return;
  process.kill(-shell.pid, 'SIGKILL');
  await ended;
}
