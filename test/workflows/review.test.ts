// The workflows of a review: what they may do, and that their scripts do it, on a local repository with stand-ins of the hosts.
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/main.ts';
import { CATALOG, GIT_ENV, POLICY, Repository, WIDER } from '../cli/review-repository.ts';
import { serveGitHub } from '../sandbox/codehosts/github.ts';
import { serveGitLab } from '../sandbox/codehosts/gitlab.ts';
import { type TestDirectory, directory } from '../workload/support/files.ts';
import { type GitHubStep, type Ran, bash, githubWorkflow, gitlabWorkflow, sourceOf } from './workflow.ts';

const ROOT = join(import.meta.dirname, '../..');
const GITHUB = githubWorkflow();
const GITLAB = gitlabWorkflow();
const STEPS = Object.entries(GITHUB.jobs).flatMap(([job, { steps }]) => steps.map((step) => ({ job, ...step })));

describe('the workflow of GitHub', () => {
  it('runs on pull_request alone', () => {
    expect(GITHUB.on).toEqual({ pull_request: null });
  });

  it('has no permission that it does not need', () => {
    expect(GITHUB.permissions).toEqual({});
    expect(
      Object.fromEntries(Object.entries(GITHUB.jobs).map(([name, { permissions }]) => [name, permissions])),
    ).toEqual({
      preview: { contents: 'read', 'id-token': 'write' },
      review: { contents: 'read', 'pull-requests': 'write' },
      'code-scanning': { contents: 'read', 'security-events': 'write' },
    });
  });

  it('pins every action to a commit, with the version beside it', () => {
    const lines = sourceOf('github/idp-review.yml')
      .split('\n')
      .filter((line) => /\buses:/.test(line));
    expect(lines.length).toBe(STEPS.filter(({ uses }) => uses !== undefined).length);
    for (const line of lines) expect(line).toMatch(/uses: [\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    const pins = new Map<string, Set<string>>();
    for (const line of lines) {
      const [, action = '', commit = ''] = /uses: (\S+)@(\S+)/.exec(line) ?? [];
      pins.set(action, (pins.get(action) ?? new Set()).add(commit));
    }
    expect([...pins].filter(([, commits]) => commits.size !== 1)).toEqual([]);
  });

  it('leaves no token in a checkout, and ends in time', () => {
    const checkouts = STEPS.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkouts).toHaveLength(3);
    for (const { with: inputs } of checkouts) expect(inputs).toMatchObject({ 'persist-credentials': false });
    for (const job of Object.values(GITHUB.jobs)) expect(job['timeout-minutes']).toBeLessThanOrEqual(15);
  });

  it('has no expression in a script, and none of the texts that an author writes', () => {
    for (const { run = '' } of STEPS) expect(run).not.toContain('${{');
    const expressions = Array.from(
      sourceOf('github/idp-review.yml').matchAll(/\$\{\{(.*?)\}\}/gs),
      ([, inner = '']) => inner,
    );
    expect(expressions.length).toBeGreaterThan(5);
    for (const inner of expressions) expect(inner).not.toMatch(/head\.ref\b|head_ref|\.title|\.body|\.label|secrets\./);
  });

  it('gives the token to the step that writes the comment alone', () => {
    const having = STEPS.filter(({ env = {}, with: inputs = {} }) =>
      JSON.stringify([env, inputs]).includes('token }}'),
    );
    expect(having.map(({ job, name }) => [job, name])).toEqual([['review', 'Comment']]);
    expect(sourceOf('github/idp-review.yml')).not.toMatch(/secrets\./);
  });

  it('runs the code of a pull request without a token that writes, and not for forks', () => {
    const running = STEPS.filter(({ run = '' }) => /^npm ci\b(?!.*--prefix)|\bpulumi preview\b/m.test(run));
    expect(new Set(running.map(({ job }) => job))).toEqual(new Set(['preview']));
    expect(GITHUB.jobs.preview?.if).toContain('head.repo.full_name == github.repository');
  });

  it('has one run for each pull request', () => {
    expect(GITHUB.concurrency).toEqual({
      group: 'idp-review-${{ github.event.pull_request.number }}',
      'cancel-in-progress': true,
    });
  });
});

describe('the workflow of GitLab', () => {
  const [preview, review] = [GITLAB['idp-preview'], GITLAB['idp-review']];

  it('runs on merge requests alone', () => {
    for (const job of [preview, review])
      for (const rule of job?.rules ?? [{ if: '' }])
        expect(rule.if).toContain('$CI_PIPELINE_SOURCE == "merge_request_event"');
    expect(preview?.rules?.[0]?.if).toContain('$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID');
  });

  it('gives an identity to the preview, and the token of the comment to the review', () => {
    expect(preview?.id_tokens).toEqual({ IDP_TOKEN: { aud: 'sts.amazonaws.com' } });
    expect(preview).not.toHaveProperty('environment');
    expect(review).not.toHaveProperty('id_tokens');
    expect(review?.environment?.name).toBe('idp-review');
    expect(sourceOf('gitlab/idp-review.yml')).not.toMatch(/^[^#]*GITLAB_TOKEN/m);
  });

  it('has one review at a time for each merge request, which ends in time', () => {
    expect(review?.resource_group).toBe('idp-review-$CI_MERGE_REQUEST_IID');
    expect(GITLAB['.idp-review']?.timeout).toBe('15 minutes');
    expect([preview?.extends, review?.extends]).toEqual(['.idp-review', '.idp-review']);
  });
});

const NOWHERE = { env: {}, stdout: { write: () => true }, stderr: { write: () => true }, now: Date.now, homedir: '/' };

it('calls commands that there are, with flags that they have', async () => {
  const program = await createProgram(NOWHERE);
  const scripts = [
    ...STEPS.flatMap(({ run = '' }) => run),
    ...Object.values(GITLAB).flatMap(({ script = [] }) => script.join('\n')),
  ];
  const calls = scripts.flatMap((script) => {
    const extra = /^\s*flags=[^]*$/m.exec(script)?.[0].match(/(?<=\()--.*?(?=\)$)|(?<=\+=\().*?(?=\))/gm) ?? [];
    return Array.from(
      script.matchAll(/\$IDP" ([^\n']*)/g),
      ([, call = '']) => `${call} ${call.includes('flags[@]') ? extra.join(' ') : ''}`,
    );
  });
  expect(calls.length).toBeGreaterThanOrEqual(9);
  for (const call of calls) {
    const words = call.split(/\s+/);
    const [first, second] = words;
    const top = program.commands.find((one) => one.name() === first);
    const command = top?.commands.find((one) => one.name() === second) ?? top;
    expect(command, call).toBeDefined();
    const known = command?.options.map(({ long }) => long) ?? [];
    expect(
      words.filter((word) => word.startsWith('--') && !known.includes(word)),
      call,
    ).toEqual([]);
  }
});

let home: TestDirectory;
let repository: Repository;
let base: string;
let head: string;
let merge: string;

const at = (name: string): string => join(home.path, name);

beforeAll(async () => {
  home = await directory();
  repository = new Repository(at('repository'));
  mkdirSync(at('bin'));
  // What is installed is the kit itself.
  writeFileSync(at('bin/npm'), '#!/bin/sh\necho "npm $*" >> "$NPM_LOG"\n');
  chmodSync(at('bin/npm'), 0o755);
  base = repository.commit({
    'stacks/access.yaml': CATALOG,
    'stacks/policies/data.json': POLICY,
    'tool/idp': `#!/bin/sh\nexec ${process.execPath} ${join(ROOT, 'bin/idp.js')} "$@"\n`,
    'Pulumi.yaml': 'name: app\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.mjs\n',
    'index.mjs': PROGRAM,
    'package.json': '{ "type": "module" }',
    '.gitignore': 'node_modules\n',
    'pack/start': `#!/bin/sh\ncd "$(dirname "$0")"\nexec ${process.execPath} ${RUN_PACK} "$1" .\n`,
    'pack/index.js': PACK,
    'pack/package.json': '{ "name": "tiny", "version": "1.0.0", "main": "index.js" }',
    'pack/PulumiPolicy.yaml': 'runtime: nodejs\n',
  });
  for (const file of ['tool/idp', 'pack/start']) chmodSync(join(repository.path, file), 0o755);
  repository.git('commit', '--quiet', '--all', '--amend', '--no-edit');
  base = repository.git('rev-parse', 'HEAD');
  repository.git('checkout', '--quiet', '-b', 'wider');
  // The change would have itself judged by other tools.
  head = repository.commit({
    'stacks/access.yaml': WIDER,
    'tool/idp': '#!/bin/sh\nexit 0\n',
    'pack/index.js': 'process.exit(0);\n',
  });
  merge = repository.mergeOf('wider');
  symlinkSync(join(ROOT, 'node_modules'), join(repository.path, 'node_modules'));
});

afterAll(async () => {
  await home[Symbol.asyncDispose]();
});

const RUN_PACK = join(ROOT, 'node_modules/@pulumi/pulumi/cmd/run-policy-pack/index.js');
const PROGRAM = `import pulumi from '@pulumi/pulumi';
class Access extends pulumi.ComponentResource {
  constructor(name) { super('app:index:Access', name, {}, {}); this.registerOutputs({}); }
}
new Access('one');
`;
const PACK = `const { PolicyPack } = require('${ROOT}/node_modules/@pulumi/policy');
new PolicyPack('tiny', { policies: [{
  name: 'no-access', description: 'nobody', enforcementLevel: 'mandatory',
  validateResource: ({ type }, report) => { if (type === 'app:index:Access') report('no @team'); },
}] });
`;

const TOKEN = 'token-of-the-job';
const common = () => ({
  ...GIT_ENV,
  PATH: `${at('bin')}:${process.env.PATH ?? ''}`,
  HOME: home.path,
  NPM_LOG: at('npm.log'),
  PULUMI_HOME: at('pulumi-home'),
  PULUMI_CONFIG_PASSPHRASE: '',
  PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
});

async function initStack(): Promise<string> {
  mkdirSync(at('state'), { recursive: true });
  const backend = `file://${at('state')}`;
  const env = { ...common(), PULUMI_BACKEND_URL: backend, PULUMI_SKIP_UPDATE_CHECK: 'true' };
  const made = await bash('pulumi stack init dev --non-interactive', repository.path, env);
  expect(made.status, made.output).toBe(0);
  return backend;
}

describe('on a pull request of GitHub', () => {
  const vars: Record<string, string> = {};
  const outputs: Record<string, string> = {
    'github.token': TOKEN,
    'steps.map.outputs.artifact-url': 'https://github.com/acme/infra/actions/runs/99/artifacts/5',
  };
  /** An expression of the file, in which only values stand. */
  const valueOf = (text: string): string =>
    text.replaceAll(
      /\$\{\{ (\S+) \}\}/g,
      (_, name: string) => outputs[name] ?? vars[name.replace(/^vars\./, '')] ?? '',
    );

  async function runStep(step: GitHubStep, env: Record<string, string>): Promise<Ran> {
    const own = Object.fromEntries(Object.entries(step.env ?? {}).map(([name, value]) => [name, valueOf(value)]));
    return bash(step.run ?? '', repository.path, { ...env, ...own });
  }
  const stepOf = (job: string, name: string): GitHubStep => {
    const found = GITHUB.jobs[job]?.steps.find((step) => step.name === name);
    if (found === undefined) throw new Error(`there is no step ${name}`);
    return found;
  };

  const envOf = (job: string, url: string): Record<string, string> => {
    const temporary = at(job);
    mkdirSync(temporary, { recursive: true });
    writeFileSync(
      at('event.json'),
      JSON.stringify({
        number: 7,
        pull_request: { base: { repo: { full_name: 'acme/infra' } }, head: { repo: { full_name: 'acme/infra' } } },
      }),
    );
    return {
      ...common(),
      ...GITHUB.env,
      IDP: 'tool/idp',
      RUNNER_TEMP: temporary,
      GITHUB_ACTIONS: 'true',
      GITHUB_EVENT_NAME: 'pull_request',
      GITHUB_EVENT_PATH: at('event.json'),
      GITHUB_REPOSITORY: 'acme/infra',
      GITHUB_SHA: merge,
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_API_URL: url,
      GITHUB_GRAPHQL_URL: `${url}/graphql`,
      GITHUB_RUN_ID: '99',
      GITHUB_STEP_SUMMARY: at('summary.md'),
    };
  };

  it('previews, reviews and writes one comment, with the tools of the base', async () => {
    await using server = await serveGitHub('acme/infra', 7, { tokens: { [TOKEN]: 'github-actions[bot]' } });
    vars.IDP_PREVIEW_STACK = 'dev';
    vars.IDP_POLICY_PACK = 'pack/start';
    vars.PULUMI_BACKEND_URL = await initStack();
    const preview = envOf('preview', server.url);
    for (const name of ['Install the tools of the base', 'Install the program of the pull request'])
      expect(await runStep(stepOf('preview', name), preview)).toEqual({ status: 0, output: '' });
    const previewed = await runStep(stepOf('preview', 'Preview'), preview);
    expect(previewed.status, previewed.output).not.toBe(0);

    const review = envOf('review', server.url);
    expect(await runStep(stepOf('review', 'Install the tools of the base'), review)).toEqual({ status: 0, output: '' });
    symlinkSync(at('preview/preview'), at('review/preview'));
    const mapped = await runStep(stepOf('review', 'Findings and map'), review);
    expect(mapped.status, mapped.output).toBe(0);
    expect(readFileSync(at('review/map/map.html'), 'utf8')).toContain('<!doctype html>');
    expect(JSON.parse(readFileSync(at('review/map/lint.sarif'), 'utf8'))).toMatchObject({ version: '2.1.0' });
    for (const said of ['created', 'there already, word for word']) {
      const commented = await runStep(stepOf('review', 'Comment'), review);
      expect(commented).toEqual({ status: 1, output: `the comment was ${said}\n` });
    }

    expect(server.comments).toHaveLength(1);
    const body = server.comments[0]?.body ?? '';
    expect(readFileSync(at('review/review.md'), 'utf8')).toBe(body);
    expect(body).toContain('## Access is gained');
    expect(body).toContain('| policies | 1 mandatory and 0 advisory violations (`tiny 1.0.0`) |');
    expect(body).toMatch(
      /- \*\*mandatory\*\* `tiny\/no-access` at `urn:pulumi:dev::app::app:index:Access::one`: `nobody; no @team`/,
    );
    expect(body).toContain('[the map](<https://github.com/acme/infra/actions/runs/99/artifacts/5>)');
    expect(body).not.toContain('no preview was given');
    expect(readFileSync(at('npm.log'), 'utf8').split('\n')).toEqual([
      `npm ci --ignore-scripts --prefix ${at('preview/base')}`,
      'npm ci --ignore-scripts',
      `npm ci --ignore-scripts --prefix ${at('review/base')}`,
      '',
    ]);
    const events = readFileSync(at('preview/preview/policy-events.json'), 'utf8').trim().split('\n');
    expect(events.map((line) => Object.keys(JSON.parse(line) as object)[2])).toEqual(['policyEvent', 'summaryEvent']);
  });

  it('says that there was no preview', async () => {
    await using server = await serveGitHub('acme/infra', 7, { tokens: { [TOKEN]: 'github-actions[bot]' } });
    const review = envOf('alone', server.url);
    expect(await runStep(stepOf('review', 'Install the tools of the base'), review)).toMatchObject({ status: 0 });
    expect(await runStep(stepOf('review', 'Findings and map'), review)).toMatchObject({ status: 0 });
    expect(await runStep(stepOf('review', 'Comment'), review)).toMatchObject({ status: 1 });
    expect(server.comments[0]?.body).toContain('no preview was given');
  });
});

describe('on a merge request of GitLab', () => {
  const jobOf = (name: string): string => {
    const lines = [...(GITLAB['.idp-review']?.before_script ?? []), ...(GITLAB[name]?.script ?? [])];
    return lines.join('\n');
  };
  const envOf = (name: string, url: string): Record<string, string> => ({
    ...common(),
    ...GITLAB['.idp-review']?.variables,
    ...GITLAB[name]?.variables,
    IDP: 'tool/idp',
    GITLAB_CI: 'true',
    CI_MERGE_REQUEST_IID: '7',
    CI_MERGE_REQUEST_PROJECT_ID: '42',
    CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '42',
    CI_MERGE_REQUEST_DIFF_BASE_SHA: base,
    CI_COMMIT_SHA: head,
    CI_JOB_URL: 'https://gitlab.example.com/acme/infra/-/jobs/99',
    CI_API_V4_URL: `${url}/api/v4`,
    GITLAB_TOKEN: TOKEN,
  });

  it('reviews and writes one comment, with the tools of the base', async () => {
    await using server = await serveGitLab(42, 7, { tokens: { [TOKEN]: 'project_42_bot' } });
    for (const said of ['created', 'there already, word for word']) {
      const ran = await bash(jobOf('idp-review'), repository.path, envOf('idp-review', server.url));
      expect(ran.status, ran.output).toBe(1);
      expect(ran.output).toMatch(new RegExp(`the comment was ${said}\\n$`));
    }
    expect(server.comments).toHaveLength(1);
    const body = server.comments[0]?.body ?? '';
    expect(body).toContain('## Access is gained');
    expect(body).toContain('(<https://gitlab.example.com/acme/infra/-/jobs/99/artifacts/file/access-review/map.html>)');
    expect(readFileSync(join(repository.path, 'access-review/review.md'), 'utf8')).toBe(body);
    expect(server.commands).toEqual([]);
  });

  it('takes no preview that the author put there', async () => {
    await using server = await serveGitLab(42, 7, { tokens: { [TOKEN]: 'project_42_bot' } });
    const other = new Repository(at('forged'));
    const from = other.commit({ 'stacks/access.yaml': CATALOG, 'stacks/policies/data.json': POLICY });
    other.commit({ 'access-preview/preview.json': '{ "steps": [] }' });
    const ran = await bash(jobOf('idp-review'), other.path, {
      ...envOf('idp-review', server.url),
      CI_MERGE_REQUEST_DIFF_BASE_SHA: from,
    });
    expect(ran).toMatchObject({
      status: 2,
      output: expect.stringContaining('must not be in the repository') as string,
    });
    expect(server.received).toEqual([]);
  });

  it('previews with what is written as the last of its script', async () => {
    const [preview] = GITLAB['idp-preview']?.script?.slice(-1) ?? [];
    const backend = `file://${at('state')}`;
    const env = {
      ...envOf('idp-preview', 'https://gitlab.example.com'),
      BASE: at('gitlab-base'),
      IDP_PREVIEW_STACK: 'dev',
      IDP_POLICY_PACK: 'pack/start',
      PULUMI_BACKEND_URL: backend,
    };
    repository.git('worktree', 'add', '--quiet', '--detach', at('gitlab-base'), base);
    if (!existsSync(at('state/.pulumi'))) await initStack();
    const ran = await bash(preview ?? '', repository.path, env);
    expect(ran.status, ran.output).not.toBe(0);
    const written = join(repository.path, 'access-preview');
    expect(JSON.parse(readFileSync(join(written, 'preview.json'), 'utf8'))).toMatchObject({ steps: [{}, {}] });
    expect(readFileSync(join(written, 'policy-events.json'), 'utf8')).toContain('"policyName":"no-access"');
  });
});
