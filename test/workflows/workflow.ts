// Workflow files as their hosts read them, and their scripts run as the hosts run them.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const FOLDER = join(import.meta.dirname, '../../workflows');

export interface GitHubStep {
  readonly name?: string;
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly run?: string;
}

export interface GitHubJob {
  readonly if?: string;
  readonly needs?: string;
  readonly permissions: Readonly<Record<string, string>>;
  readonly 'timeout-minutes': number;
  readonly steps: readonly GitHubStep[];
}

export interface GitHubWorkflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly concurrency: { readonly group: string; readonly 'cancel-in-progress': boolean };
  readonly env: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, GitHubJob>>;
}

export interface GitLabJob {
  readonly extends?: string;
  readonly image?: string;
  readonly timeout?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly rules?: readonly { readonly if: string; readonly when?: string }[];
  readonly id_tokens?: Readonly<Record<string, { readonly aud: string }>>;
  readonly before_script?: readonly string[];
  readonly script?: readonly string[];
  readonly environment?: { readonly name: string };
  readonly resource_group?: string;
}

export const sourceOf = (file: string): string => readFileSync(join(FOLDER, file), 'utf8');
export const githubWorkflow = (): GitHubWorkflow => parse(sourceOf('github/idp-review.yml')) as GitHubWorkflow;
export const gitlabWorkflow = (): Readonly<Record<string, GitLabJob>> =>
  parse(sourceOf('gitlab/idp-review.yml')) as Record<string, GitLabJob>;

export interface Ran {
  readonly status: number | null;
  readonly output: string;
}

/** As GitHub runs `shell: bash`, and GitLab its scripts. */
export async function bash(script: string, cwd: string, env: Readonly<Record<string, string>>): Promise<Ran> {
  const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], { cwd, env });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (status) => {
      resolve({ status, output });
    });
  });
}
