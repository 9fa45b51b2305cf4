import { describe, expect, it } from 'vitest';
import { readPipeline } from '../../src/codehost/pipeline.ts';
import { failureOf } from '../workload/support/failures.ts';

const COMMIT = '1'.repeat(40);
const GITHUB = {
  GITHUB_ACTIONS: 'true',
  GITHUB_EVENT_NAME: 'pull_request',
  GITHUB_EVENT_PATH: '/event.json',
  GITHUB_REPOSITORY: 'acme/infra',
  GITHUB_SHA: COMMIT,
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_API_URL: 'https://api.github.com',
  GITHUB_GRAPHQL_URL: 'https://api.github.com/graphql',
  GITHUB_RUN_ID: '99',
  GITHUB_TOKEN: 't',
};
const event =
  (head: string | null, number: unknown = 7) =>
  () =>
    Promise.resolve(
      JSON.stringify({
        number,
        pull_request: {
          base: { repo: { full_name: 'acme/infra' } },
          head: { repo: head === null ? null : { full_name: head } },
        },
      }),
    );
const OWN = event('acme/infra');
const GITLAB = {
  GITLAB_CI: 'true',
  CI_MERGE_REQUEST_IID: '7',
  CI_MERGE_REQUEST_PROJECT_ID: '42',
  CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '42',
  CI_MERGE_REQUEST_DIFF_BASE_SHA: '2'.repeat(40),
  CI_COMMIT_SHA: COMMIT,
  CI_JOB_URL: 'https://gitlab.example.com/acme/infra/-/jobs/99',
  CI_API_V4_URL: 'https://gitlab.example.com/api/v4',
  GITLAB_TOKEN: 't',
};
const nothing = () => Promise.reject(new Error('no file is read'));

describe('GitHub Actions', () => {
  it('compares what merging would make with what it is merged into', async () => {
    expect(await readPipeline({ ...GITHUB, GITHUB_STEP_SUMMARY: '/summary' }, OWN)).toEqual({
      kind: 'github',
      base: `${COMMIT}^1`,
      head: COMMIT,
      job: 'https://github.com/acme/infra/actions/runs/99',
      pull: {
        api: new URL('https://api.github.com'),
        graphql: new URL('https://api.github.com/graphql'),
        repository: 'acme/infra',
        number: 7,
      },
      token: 't',
      summary: '/summary',
    });
  });

  it.each([
    ['a fork', GITHUB, event('mallory/infra')],
    ['a fork that was deleted', GITHUB, event(null)],
    ['Dependabot', { ...GITHUB, GITHUB_ACTOR: 'dependabot[bot]' }, OWN],
  ])('knows that the token of %s may only read', async (_, env, read) => {
    expect((await readPipeline(env, read))?.readOnly).toMatch(/may only read$/);
  });

  it('is none for other events', async () => {
    expect(await readPipeline({ ...GITHUB, GITHUB_EVENT_NAME: 'push' }, nothing)).toBeUndefined();
  });

  it.each([
    ['pull_request_target', { ...GITHUB, GITHUB_EVENT_NAME: 'pull_request_target' }, OWN, 'pull_request_target'],
    ['an event of something else', GITHUB, event('acme/infra', '7; rm'), 'GITHUB_EVENT_PATH'],
    ['an event that is no JSON', GITHUB, () => Promise.resolve('{'), 'GITHUB_EVENT_PATH'],
    ['a path for a repository', { ...GITHUB, GITHUB_REPOSITORY: 'acme/../x/y' }, OWN, 'GITHUB_REPOSITORY'],
    ['an API without TLS', { ...GITHUB, GITHUB_API_URL: 'http://ghe.example' }, OWN, 'GITHUB_API_URL'],
    ['no commit', { ...GITHUB, GITHUB_SHA: '' }, OWN, 'GITHUB_SHA'],
  ])('refuses %s', async (_, env, read, message) => {
    const failure = await failureOf(() => readPipeline(env, read));
    expect(failure.code).toBe('bad-input');
    expect(failure.message).toContain(message);
  });
});

describe('GitLab CI', () => {
  it('compares with where the branch began', async () => {
    expect(await readPipeline(GITLAB, nothing)).toEqual({
      kind: 'gitlab',
      base: '2'.repeat(40),
      head: COMMIT,
      job: 'https://gitlab.example.com/acme/infra/-/jobs/99',
      merge: { api: new URL('https://gitlab.example.com/api/v4'), project: 42, number: 7 },
      token: 't',
    });
  });

  it.each(['merged_result', 'merge_train'])('compares a %s with what it is merged into', async (type) => {
    const env = { ...GITLAB, CI_MERGE_REQUEST_DIFF_BASE_SHA: undefined, CI_MERGE_REQUEST_EVENT_TYPE: type };
    expect(await readPipeline(env, nothing)).toMatchObject({
      base: `${COMMIT}^1`,
    });
  });

  it('knows that a fork has no token', async () => {
    const fork = { ...GITLAB, CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '43' };
    expect(await readPipeline({ ...fork, GITLAB_TOKEN: '' }, nothing)).toMatchObject({
      token: undefined,
      readOnly: expect.stringContaining('fork') as string,
    });
    expect(await readPipeline(fork, nothing)).not.toHaveProperty('readOnly');
    expect(await readPipeline({ ...GITLAB, GITLAB_TOKEN: '' }, nothing)).not.toHaveProperty('readOnly');
  });

  it('is none without a merge request', async () => {
    expect(await readPipeline({ ...GITLAB, CI_MERGE_REQUEST_IID: undefined }, nothing)).toBeUndefined();
  });

  it.each(['../1', '0', '1e3', 'x'])('refuses %s for a number', async (value) => {
    const failure = await failureOf(() => readPipeline({ ...GITLAB, CI_MERGE_REQUEST_IID: value }, nothing));
    expect(failure).toMatchObject({ code: 'bad-input', message: 'CI_MERGE_REQUEST_IID is no number' });
  });
});

it('is none elsewhere', async () => {
  expect(await readPipeline({}, nothing)).toBeUndefined();
});
