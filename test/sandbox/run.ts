/** Commands that the scenarios run: a complete environment each, secrets never in their arguments. */
import { spawn } from 'node:child_process';

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
  /** Called with each piece that the command writes, for progress. */
  readonly onOutput?: (text: string) => void;
  /** @default 120000 */
  readonly timeoutMs?: number;
}

/** Process groups of the commands that run. */
const groups = new Set<number>();

/** Asks every command that runs to end in good order: Pulumi then ends its language hosts and plugins too. */
export function interruptCommands(): void {
  for (const group of groups) {
    try {
      process.kill(-group, 'SIGINT');
    } catch {
      // It has ended just now.
    }
  }
}

export function run(command: string, args: readonly string[], options: RunOptions): Promise<Ran> {
  const { env, cwd, input, onOutput, timeoutMs = 120_000 } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env,
      ...(cwd === undefined ? {} : { cwd }),
      timeout: timeoutMs,
      // A group of its own: an interrupt from the keyboard reaches it through `interruptCommands` alone, once.
      detached: true,
    });
    if (child.pid !== undefined) groups.add(child.pid);
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].on('data', (chunk: Buffer) => {
        output[name] += chunk.toString('utf8');
        onOutput?.(chunk.toString('utf8'));
      });
    }
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (child.pid !== undefined) groups.delete(child.pid);
      if (signal !== null) output.stderr += `\nended by ${signal}`;
      resolve({ status: code ?? 1, ...output });
    });
    // A command may end without reading what it is given; its status says how.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
  });
}
