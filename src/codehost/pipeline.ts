// Which change a pipeline was started for, as its variables say.
// https://docs.github.com/actions/reference/workflows-and-actions/variables
// https://docs.gitlab.com/ci/variables/predefined_variables/
import { z } from 'zod';
import { secureAddress } from '../workload/address.ts';
import { setting, type Environment } from '../workload/environment.ts';
import { WorkloadFailure } from '../workload/failure.ts';
import { jsonOrUndefined } from '../workload/json.ts';
import type { GitHubPull } from './github.ts';
import type { GitLabMerge } from './gitlab.ts';

interface Change {
  /** Revisions: what is compared, where the job does not say otherwise. */
  readonly base: string;
  readonly head: string;
  /** Where the job is shown. */
  readonly job: string;
  /** Why no comment can be written; absent where one can. */
  readonly readOnly?: string;
  /** A file that the host shows with the job. */
  readonly summary?: string;
}

export type Pipeline =
  | (Change & { readonly kind: 'github'; readonly pull: GitHubPull; readonly token: string | undefined })
  | (Change & { readonly kind: 'gitlab'; readonly merge: GitLabMerge; readonly token: string | undefined });

/** Undefined where this is no pipeline of a pull request or merge request. */
export async function readPipeline(
  env: Environment,
  readText: (file: string) => Promise<string>,
): Promise<Pipeline | undefined> {
  if (setting(env, 'GITHUB_ACTIONS') === 'true') return readGitHub(env, readText);
  if (setting(env, 'GITLAB_CI') === 'true') return readGitLab(env);
  return undefined;
}

const repositorySchema = z.object({ full_name: z.string() });
const eventSchema = z.object({
  number: z.int().positive(),
  pull_request: z.object({
    base: z.object({ repo: repositorySchema }),
    // Null where the fork was deleted.
    head: z.object({ repo: repositorySchema.nullable() }),
  }),
});

async function readGitHub(
  env: Environment,
  readText: (file: string) => Promise<string>,
): Promise<Pipeline | undefined> {
  const event = setting(env, 'GITHUB_EVENT_NAME');
  if (event === 'pull_request_target')
    throw badInput(
      'this workflow runs on pull_request_target, with a token that may write and code that anybody may send',
      'Run it on pull_request.',
    );
  if (event !== 'pull_request') return undefined;
  const said = eventSchema.safeParse(jsonOrUndefined(await readText(needed(env, 'GITHUB_EVENT_PATH'))));
  if (!said.success) throw badInput('GITHUB_EVENT_PATH holds no pull request', 'Run it on pull_request.');
  const { number, pull_request: pull } = said.data;
  const repository = needed(env, 'GITHUB_REPOSITORY');
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) throw badInput('GITHUB_REPOSITORY is not owner/name', 'Check it.');
  const commit = needed(env, 'GITHUB_SHA');
  const summary = setting(env, 'GITHUB_STEP_SUMMARY');
  const readOnly = whyReadOnly(env, pull.head.repo?.full_name === pull.base.repo.full_name);
  return {
    kind: 'github',
    // GITHUB_SHA is what merging would make, and its first parent what it would be merged into.
    base: `${commit}^1`,
    head: commit,
    job: `${needed(env, 'GITHUB_SERVER_URL')}/${repository}/actions/runs/${needed(env, 'GITHUB_RUN_ID')}`,
    pull: {
      api: address(env, 'GITHUB_API_URL'),
      graphql: address(env, 'GITHUB_GRAPHQL_URL'),
      repository,
      number,
    },
    token: setting(env, 'GITHUB_TOKEN'),
    ...(summary === undefined ? {} : { summary }),
    ...(readOnly === undefined ? {} : { readOnly }),
  };
}

function whyReadOnly(env: Environment, isOwn: boolean): string | undefined {
  if (!isOwn) return 'the pull request is from a fork, whose token may only read';
  if (setting(env, 'GITHUB_ACTOR') === 'dependabot[bot]') return "Dependabot's token may only read";
  return undefined;
}

function readGitLab(env: Environment): Pipeline | undefined {
  const number = setting(env, 'CI_MERGE_REQUEST_IID');
  if (number === undefined) return undefined;
  const commit = needed(env, 'CI_COMMIT_SHA');
  const token = setting(env, 'GITLAB_TOKEN');
  const isFork = needed(env, 'CI_MERGE_REQUEST_SOURCE_PROJECT_ID') !== needed(env, 'CI_MERGE_REQUEST_PROJECT_ID');
  // Pipelines of merged results and merge trains run on what merging would make.
  const isMerged = /^merge(?:d_result|_train)$/.test(setting(env, 'CI_MERGE_REQUEST_EVENT_TYPE') ?? '');
  return {
    kind: 'gitlab',
    base: isMerged ? `${commit}^1` : needed(env, 'CI_MERGE_REQUEST_DIFF_BASE_SHA'),
    head: commit,
    job: needed(env, 'CI_JOB_URL'),
    merge: {
      api: address(env, 'CI_API_V4_URL'),
      project: count(env, 'CI_MERGE_REQUEST_PROJECT_ID'),
      number: count(env, 'CI_MERGE_REQUEST_IID'),
    },
    token,
    ...(isFork && token === undefined
      ? { readOnly: 'the merge request is from a fork, which has no GITLAB_TOKEN' }
      : {}),
  };
}

const address = (env: Environment, name: string): URL => secureAddress(needed(env, name), name);

function count(env: Environment, name: string): number {
  const value = needed(env, name);
  if (/^[1-9]\d{0,15}$/.test(value)) return Number(value);
  throw badInput(`${name} is no number`, 'The runner sets it: do not set it yourself.');
}

function needed(env: Environment, name: string): string {
  const value = setting(env, name);
  if (value !== undefined) return value;
  throw badInput(`${name} is not set`, 'The runner sets it in pipelines of pull requests and merge requests.');
}

const badInput = (message: string, hint: string): WorkloadFailure => new WorkloadFailure('bad-input', message, hint);
