// One command line, with what it wrote and how it ended.
import type { CliIo } from '../../src/cli/io.ts';
import { main } from '../../src/cli/main.ts';
import type { Environment } from '../../src/workload/environment.ts';

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Environment;
  readonly homedir?: string;
  /** @default false */
  readonly terminal?: boolean;
  /** Milliseconds since 1970. @default the real time */
  readonly now?: number;
  /** What is typed, where somebody sits at the terminal. @default nobody does */
  readonly answer?: string;
  /** @default waits that long */
  readonly wait?: (milliseconds: number) => Promise<void>;
}

export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const written = { stdout: '', stderr: '' };
  const output = (name: 'stdout' | 'stderr') => ({
    isTTY: options.terminal ?? false,
    write: (text: string) => {
      written[name] += text;
    },
  });
  const io: CliIo = {
    env: options.env ?? {},
    stdout: output('stdout'),
    stderr: output('stderr'),
    now: () => options.now ?? Date.now(),
    homedir: options.homedir ?? '/nonexistent',
    ...(options.wait === undefined ? {} : { wait: options.wait }),
    ...(options.answer === undefined
      ? {}
      : {
          ask: (question) => {
            written.stderr += question;
            return Promise.resolve(options.answer ?? '');
          },
        }),
  };
  return { status: await main(argv, io), ...written };
}
