// Folders, programs and child processes for the bootstrap's tests.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export const repo = fileURLToPath(new URL('../..', import.meta.url));

/** A folder that is gone after the test. */
export async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'idp-kit-tools-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A shell script that stands in for a tool. */
export async function program(folder: string, name: string, body: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return file;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

/** Runs Node; `meanwhile` is called with each piece of output and may signal the child. */
export function runNode(
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  meanwhile: (text: string, kill: (signal: NodeJS.Signals) => void) => void = () => undefined,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { env, cwd: repo, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        meanwhile(text, (signal) => child.kill(signal));
      });
    }
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ code, signal, output });
    });
  });
}

/** Runs a module's text that may import from `tools/lib`. */
export function runModule(
  text: string,
  meanwhile?: (text: string, kill: (signal: NodeJS.Signals) => void) => void,
): Promise<Ended> {
  return runNode(['--input-type=module', '--eval', text], process.env, meanwhile);
}
