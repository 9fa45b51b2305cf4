// `idp review` on a local git repository: the comment, where it is written, and the exit status.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type StoredComment, refusal } from '../sandbox/codehosts/codehost.ts';
import { serveGitHub } from '../sandbox/codehosts/github.ts';
import { serveGitLab } from '../sandbox/codehosts/gitlab.ts';
import { rendered } from '../report/rendered.ts';
import { type TestDirectory, directory } from '../workload/support/files.ts';
import { CATALOG, GIT_ENV, POLICY, Repository, WIDER } from './review-repository.ts';
import { type RunOptions, run } from './run.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const TOKEN = 'ghs_secret-of-the-job';
const here = process.cwd();
let home: TestDirectory;
let repository: Repository;
let base: string;
let head: string;

const at = (name: string): string => join(home.path, name);
const write = (name: string, content: unknown): string => {
  writeFileSync(at(name), typeof content === 'string' ? content : JSON.stringify(content));
  return at(name);
};

beforeAll(async () => {
  home = await directory();
  repository = new Repository(at('repository'));
  base = repository.commit({ 'stacks/access.yaml': CATALOG, 'stacks/policies/data.json': POLICY });
  repository.git('checkout', '--quiet', '-b', 'wider');
  head = repository.commit({ 'stacks/access.yaml': WIDER });
  process.chdir(repository.path);
});

afterAll(async () => {
  process.chdir(here);
  await home[Symbol.asyncDispose]();
});

const ENV = { ...GIT_ENV, PATH: process.env.PATH };
const review = (argv: readonly string[], options: RunOptions = {}) =>
  run(['review', ...argv], { now: NOW, env: ENV, ...options });
/** A branch from main with these files, reviewed against it. */
async function reviewed(files: Readonly<Record<string, string>>, ...argv: readonly string[]) {
  repository.git('checkout', '--quiet', '--force', '--detach', base);
  repository.git('clean', '--quiet', '--force', '-d');
  return review(['--base', base, '--head', repository.commit(files), ...argv]);
}

const TOKEN_OF_API = {
  iss: 'https://gitlab.example.com',
  namespace_id: '0',
  namespace_path: 'x',
  project_id: '22',
  project_path: 'x/x',
  user_id: '0',
  user_login: 'x',
  user_email: 'x@x',
  pipeline_id: '0',
  pipeline_source: 'x',
  job_id: '0',
  ref: 'mainx',
  ref_type: 'branch',
  ref_path: 'x',
  ref_protected: 'true',
  runner_id: '0',
  runner_environment: 'x',
  sub: 'project_path:x/x:ref_type:branch:ref:mainx',
  aud: 'vault.hashicorp.com',
  iat: 1_767_225_600,
  exp: 1_767_225_900,
};
const EXPECTED = () => `<!-- idp review: stacks%2Faccess.yaml -->
## Access is gained

\`stacks/access.yaml\` from \`${base.slice(0, 12)}\` to \`${head.slice(0, 12)}\`

| | |
| --- | --- |
| verdict | **widens** |
| who gains access | at 1 place |
| who loses access | at 1 place |
| the same tokens get something else | at 1 place |
| findings | 0 new, 1 that were there before, 2 no longer there |
| policies | no results were given |

### Who gains access

**\`Vault role api at auth/jwt\`** in \`stacks/access.yaml\`

This token is let in, and was not before:

\`\`\`json
${JSON.stringify(TOKEN_OF_API, undefined, 2)}
\`\`\`

### What the same tokens get

**\`Vault role api at auth/jwt\`** in \`stacks/access.yaml\`

- \`policies: ["api-read"] becomes ["api-read","api-write"] (widens)\`

### Who loses access

**\`AWS role deploy\`** in \`stacks/access.yaml\`

This token was let in, and is not any more:

\`\`\`json
(the token of deploy)
\`\`\`

Sessions that were taken before stay valid, as they are, until 1h after the change at the latest.

### Findings that were there before

- high \`gitlab-reusable-path\` \`stacks/access.yaml:9:3: web: role\`

### Notes

- \`no preview was given: what Pulumi would do is not in here\`
`;

it('says all of a change, word for word', async () => {
  const { status, stdout, stderr } = await review(['--base', 'main', '--head', 'wider']);
  expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
  const shown = stdout.replace(/\{[^{}]*"sub": "repo:acme\/api:[^{}]*\}/, '(the token of deploy)');
  expect(shown).toBe(EXPECTED());
});

describe('the verdict and the exit status', () => {
  it.each<[string, Readonly<Record<string, string>>, number, string]>([
    ['nothing', {}, 0, '## Access stays as it is'],
    ['a file that is not the catalog', { 'README.md': 'x' }, 0, '## Access stays as it is'],
    [
      'less',
      {
        'stacks/access.yaml': CATALOG.replace(
          'ref_type: branch, ref: main',
          'ref_type: branch, ref_protected: "true", ref: main',
        ),
      },
      0,
      '## Nobody gains access',
    ],
    ['more', { 'stacks/access.yaml': WIDER }, 1, '## Access is gained'],
    [
      'what an inline policy allows',
      { 'stacks/policies/data.json': POLICY.replace('s3:Get*', 's3:*') },
      1,
      '## Access is gained',
    ],
    [
      'into mistakes',
      { 'stacks/access.yaml': CATALOG.replace('"22"', '"2*"') },
      2,
      '## This change cannot be reviewed',
    ],
    ['into no YAML', { 'stacks/access.yaml': 'issuers: [' }, 2, '## This change cannot be reviewed'],
  ])('of a change to %s', async (_, files, status, title) => {
    const ran = await reviewed(files);
    expect(ran.stdout).toContain(title);
    expect(ran.status).toBe(status);
    expect(ran.stderr === '').toBe(status !== 2);
  });

  it('is that of a loss where the catalog is deleted, and of a gain where it is new', async () => {
    repository.git('checkout', '--quiet', '--force', '--detach', base);
    repository.git('rm', '--quiet', 'stacks/access.yaml');
    const deleted = repository.commit({});
    const gone = await review(['--base', base, '--head', deleted]);
    expect(gone).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('- `stacks/access.yaml is deleted`') as string,
    });
    const fresh = await review(['--base', deleted, '--head', base]);
    expect(fresh).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('- `stacks/access.yaml is new`') as string,
    });
    expect(await review(['none.yaml', '--base', base, '--head', base])).toMatchObject({ status: 2 });
  });

  it('is 3 where the base cannot be read, and 2 where the change cannot', async () => {
    repository.git('checkout', '--quiet', '--force', '--detach', base);
    const catalog = CATALOG.replace(/ {2}web:[^]*$/, '');
    const broken = repository.commit({ 'stacks/access.yaml': catalog.replace('issuer: gl', 'issuer: gone') });
    const mended = repository.commit({ 'stacks/access.yaml': catalog });
    const of = (before: string, after: string) => review(['--base', before, '--head', after]);
    const [better, worse, same] = [await of(broken, mended), await of(mended, broken), await of(broken, broken)];
    expect(better.stdout).toContain('| who gains access | not decided |');
    expect(better.stdout).toContain('- `what was admitted before cannot be read:`');
    expect(better.stdout).toContain(':stacks/access.yaml:6:5: access.api.issuer: there is no issuer `gone`');
    expect(worse.stdout).toContain('This change cannot be reviewed');
    expect([better, worse, same].map(({ status }) => status)).toEqual([3, 2, 2]);
  });

  it('is 1 for a new finding, though nobody gains access', async () => {
    const expired = `${CATALOG}suppressions:
  - { rule: aws-session, resource: web, reason: meant, until: "2020-12-31" }
`;
    const ran = await reviewed({ 'stacks/access.yaml': expired });
    expect(ran.stdout).toContain('| verdict | **equal** |');
    expect(ran.stdout).toContain('| findings | 1 new, 3 that were there before |');
    expect(ran.stdout).toContain('<details><summary><code>medium suppression-expired: stacks/access.yaml:18:5');
    expect(ran.status).toBe(1);
  });

  it('knows the limits that `idp lint` is given', async () => {
    const limited = await review(['--base', base, '--head', head, '--max-vault-token', '60']);
    expect(limited.stdout).toContain('life-over-maximum');
    expect((await review(['--base', base, '--head', head])).stdout).not.toContain('life-over-maximum');
    const refused = await review(['--base', base, '--head', head, '--max-vault-token', 'long']);
    expect(refused).toMatchObject({ status: 2, stdout: '' });
  });

  it('shows what a change accepts for itself', async () => {
    const suppressed = `${CATALOG}suppressions:
  - { rule: gitlab-reusable-path, resource: web, reason: meant, until: "2027-12-31" }
`;
    const ran = await reviewed({ 'stacks/access.yaml': suppressed });
    expect(ran.status).toBe(0);
    expect(ran.stdout).toContain('### Findings that this change accepts\n\n- high `gitlab-reusable-path`');
  });
});

describe('what the author of a change could put in the way', () => {
  it('is no folder that is named like the revision', async () => {
    const ran = await reviewed({
      'stacks/access.yaml': WIDER,
      [`${base}:stacks/access.yaml`]: WIDER,
      'main:stacks/access.yaml': WIDER,
      [`git:${base}:stacks/access.yaml`]: WIDER,
    });
    expect(ran).toMatchObject({ status: 1, stdout: expect.stringContaining('**widens**') as string });
  });

  it('is no name that would be markup', async () => {
    const evil = '</code><img src=x> @team https://evil.example `#1`';
    const catalog = CATALOG.replace('policies: [web]', `policies: [${JSON.stringify(evil)}]`);
    const { stdout } = await reviewed({ 'stacks/access.yaml': catalog });
    expect(stdout).toContain('@team');
    const { text, html, links } = await rendered(stdout);
    expect(text).not.toMatch(/@team|evil/);
    expect(links).toEqual([]);
    expect(html).toEqual(['<!-- idp review: stacks%2Faccess.yaml -->']);
  });

  it('is no message that would be markup', async () => {
    const { stdout } = await reviewed({
      'stacks/access.yaml': `${CATALOG}"@team\\n\`\`\`\\n# [x](https://evil.example)": 1\n`,
    });
    expect(stdout).toContain('## This change cannot be reviewed');
    const { text, html, links } = await rendered(stdout);
    expect(`${text}${links.join('')}`).not.toMatch(/@team|evil/);
    expect(html).toHaveLength(1);
  });
});

describe('what Pulumi would do', () => {
  const URN = 'urn:pulumi:prod::app::vault:jwt/authBackendRole:AuthBackendRole::';
  const role = (name: string, ref: string) => ({
    urn: `${URN}${name}`,
    type: 'vault:jwt/authBackendRole:AuthBackendRole',
    inputs: {
      backend: 'jwt',
      roleName: name,
      roleType: 'jwt',
      userClaim: 'project_id',
      boundClaims: { project_id: '22', ref },
      boundAudiences: ['vault.hashicorp.com'],
      tokenPolicies: ['p'],
      tokenMaxTtl: 600,
      tokenExplicitMaxTtl: 600,
    },
  });
  const step = (op: string, oldState?: object, newState?: object) => ({
    op,
    urn: `${URN}ci`,
    ...(oldState === undefined ? {} : { oldState }),
    ...(newState === undefined ? {} : { newState }),
  });
  const preview = (steps: object[], more: object = {}) =>
    write('preview.json', {
      steps,
      changeSummary: { same: steps.filter((one) => 'op' in one && one.op === 'same').length },
      ...more,
    });
  const [main, other] = [role('ci', 'main'), role('ci', 'other')];

  it.each<[string, object[], object, number, string]>([
    ['stays', [step('same', main, main)], {}, 0, '| verdict | **equal** |'],
    [
      'lets others in',
      [step('update', main, other)],
      {},
      1,
      '**`Vault role ci at auth/jwt`** in `what Pulumi would do`',
    ],
    ['goes away', [step('delete', main)], {}, 0, '| verdict | **narrows** |'],
    ['is left out', [], { changeSummary: { same: 3 } }, 3, 'leaves out 3 resources'],
    [
      'failed on the way',
      [step('same', main, main)],
      { diagnostics: [{ severity: 'error', message: 'boom' }] },
      3,
      'the preview failed, so that steps may be missing',
    ],
  ])('is compared where it %s', async (_, steps, more, status, said) => {
    const ran = await reviewed({}, '--preview', preview(steps, more));
    expect(ran.stdout).toContain(said);
    expect(ran.status).toBe(status);
    expect(ran.stdout).not.toContain('no preview was given');
  });

  it('is judged too', async () => {
    const endless = { ...main, inputs: { ...main.inputs, tokenMaxTtl: 0, tokenExplicitMaxTtl: 0 } };
    const ran = await reviewed({}, '--preview', preview([step('create', undefined, endless)]));
    expect(ran.stdout).toContain('vault-endless-token');
    expect(ran.status).toBe(1);
    const before = await reviewed({}, '--preview', preview([step('same', endless, endless)]));
    expect(before.stdout).toMatch(/### Findings that were there before\n(?:.*\n)*?- high `vault-endless-token`/);
    expect(before.status).toBe(0);
  });

  it('is refused where it is something else', async () => {
    expect(await reviewed({}, '--preview', write('x.json', {}))).toMatchObject({
      status: 2,
      stdout: expect.stringContaining('is no preview') as string,
    });
  });

  const events = (level: string, result: string) =>
    write(
      'events.json',
      [
        {
          policyEvent: {
            resourceUrn: URN,
            message: 'bad\n',
            policyName: 'p',
            policyPackName: 'tiny',
            enforcementLevel: level,
          },
        },
        { summaryEvent: { PolicyPacks: { tiny: '1.0' }, result } },
      ]
        .map((event) => JSON.stringify(event))
        .join('\n'),
    );

  it.each([
    ['a mandatory policy', 'mandatory', 'failed', 1],
    ['an advisory one', 'advisory', 'succeeded', 0],
    ['nobody knows which', 'advisory', 'failed', 3],
  ])('violates %s', async (_, level, result, status) => {
    const ran = await reviewed({}, '--policy-events', events(level, result));
    expect(ran.stdout).toContain(`\`tiny/p\` at \`${URN}\`: \`bad\``);
    expect(ran.status).toBe(status);
  });
});

describe('on the pull request', () => {
  let merge: string;

  beforeAll(() => {
    repository.git('checkout', '--quiet', '--force', 'main');
    repository.git('clean', '--quiet', '--force', '-d');
    merge = repository.mergeOf('wider');
  });

  beforeEach(() => write('summary.md', ''));

  const github = (url: string, fork = false) => ({
    ...ENV,
    GITHUB_ACTIONS: 'true',
    GITHUB_EVENT_NAME: 'pull_request',
    GITHUB_EVENT_PATH: write('event.json', {
      number: 7,
      pull_request: {
        base: { repo: { full_name: 'acme/infra' } },
        head: { repo: { full_name: fork ? 'mallory/infra' : 'acme/infra' } },
      },
    }),
    GITHUB_REPOSITORY: 'acme/infra',
    GITHUB_SHA: merge,
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_API_URL: url,
    GITHUB_GRAPHQL_URL: `${url}/graphql`,
    GITHUB_RUN_ID: '99',
    GITHUB_TOKEN: TOKEN,
    GITHUB_STEP_SUMMARY: at('summary.md'),
  });
  const gitlab = (url: string) => ({
    ...ENV,
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
  const tokens = { [TOKEN]: 'bot' };
  const forged: StoredComment = {
    id: 1,
    author: 'mallory',
    body: '<!-- idp review: stacks%2Faccess.yaml -->\nall is fine',
  };

  it.each([
    ['GitHub', (comments: StoredComment[]) => serveGitHub('acme/infra', 7, { tokens, comments }), github],
    ['GitLab', (comments: StoredComment[]) => serveGitLab(42, 7, { tokens, comments }), gitlab],
  ] as const)('at %s there is one comment, however often it is written', async (_, serve, envOf) => {
    await using server = await serve([{ ...forged }]);
    const env = envOf(server.url);
    const first = await review(['--post'], { env });
    expect(first).toMatchObject({ status: 1, stderr: 'the comment was created\n' });
    expect(server.comments).toEqual([forged, { id: 2, author: 'bot', body: first.stdout }]);
    expect(first.stdout).toContain('**widens**');
    const same = await review(['--post'], { env });
    expect(same).toMatchObject({ status: 1, stderr: 'the comment was there already, word for word\n' });
    const next = await review(['--post', '--base', head, '--head', head, '-o', at('review.md')], { env });
    expect(next).toEqual({ status: 0, stdout: '', stderr: 'the comment was updated\n' });
    expect(server.comments).toHaveLength(2);
    expect(server.comments[1]?.body).toBe(readFileSync(at('review.md'), 'utf8'));
    expect(server.comments[1]?.body).toContain('**equal**');
    const other = await review(['--post', '--name', 'other'], { env });
    expect(other.stderr).toBe('the comment was created\n');
    expect(server.comments).toHaveLength(3);
  });

  it('says there too that nothing could be compared', async () => {
    await using server = await serveGitHub('acme/infra', 7, { tokens });
    const ran = await review(['none.yaml', '--post'], { env: github(server.url) });
    expect(ran.status).toBe(2);
    expect(server.comments).toMatchObject([{ body: expect.stringContaining('cannot be reviewed') as string }]);
  });

  it('writes to the summary where the token of a fork may only read', async () => {
    await using server = await serveGitHub('acme/infra', 7, { tokens });
    const { status, stderr, stdout } = await review(['--post'], { env: github(server.url, true) });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'the pull request is from a fork, whose token may only read: the comment is in the summary of the job\n',
    });
    expect(readFileSync(at('summary.md'), 'utf8')).toBe(stdout);
    expect(server.received).toEqual([]);
  });

  it('writes to the summary where it is refused, and does not end well', async () => {
    await using server = await serveGitHub('acme/infra', 7, {
      tokens,
      instead: ({ method, url }) =>
        method === 'POST' && url.pathname !== '/graphql'
          ? refusal(403, `Resource not accessible by integration ${TOKEN}`)
          : undefined,
    });
    const env = github(server.url);
    const wide = await review(['--post'], { env });
    expect(wide.status).toBe(1);
    expect(wide.stderr).toContain('pull-requests: write');
    expect(wide.stderr + wide.stdout).not.toContain(TOKEN);
    expect(readFileSync(at('summary.md'), 'utf8')).toBe(wide.stdout);
    expect((await review(['--post', '--base', head, '--head', head], { env })).status).toBe(2);
  });

  it('waits for the host, and gives up in time', async () => {
    const waits: number[] = [];
    const wait = (milliseconds: number) => {
      waits.push(milliseconds);
      return Promise.resolve();
    };
    let limited = 1;
    await using server = await serveGitHub('acme/infra', 7, {
      tokens,
      instead: ({ method, url }) =>
        method === 'POST' && url.pathname !== '/graphql' && limited-- > 0
          ? refusal(429, 'slow down', { 'retry-after': '30' })
          : undefined,
    });
    expect(await review(['--post'], { env: github(server.url), wait })).toMatchObject({ status: 1 });
    expect(waits).toEqual([30_000]);
    expect(server.comments).toHaveLength(1);
  });

  it('takes the comment where a merge request has no token for it', async () => {
    await using server = await serveGitLab(42, 7, { tokens });
    const env = { ...gitlab(server.url), CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '43', GITLAB_TOKEN: '' };
    const ran = await review(['--post', '-o', at('review.md')], { env });
    expect(ran.status).toBe(1);
    expect(ran.stderr).toBe(
      'the merge request is from a fork, which has no GITLAB_TOKEN: the comment is in what this job printed or wrote\n',
    );
    expect(server.received).toEqual([]);
  });

  it('cuts what GitHub does not take, and not what it writes to a file', async () => {
    const entries = Array.from(
      { length: 120 },
      (_, index) =>
        `  e${index}:\n    issuer: gl\n    admit: { project_id: "${index}" }\n    vault: { policies: [p], ttl: 10m, explicit_max_ttl: 1h }\n`,
    );
    const many = await reviewed({ 'stacks/access.yaml': `${CATALOG}${entries.join('')}` });
    expect(many.stdout.length).toBeGreaterThan(65_536);
    const now = repository.git('rev-parse', 'HEAD');
    await using server = await serveGitHub('acme/infra', 7, { tokens });
    const env = github(server.url);
    const ran = await review(['--post', '--base', base, '--head', now, '-o', at('review.md')], { env });
    expect(ran).toMatchObject({ status: 1, stderr: 'the comment was created\n' });
    expect(server.comments[0]?.body).toMatch(
      /left out here:\*\* a comment has no room for all\. The rest is \[with the job\]\(<https:\/\/github\.com\/acme\/infra\/actions\/runs\/99>\)/,
    );
    expect(readFileSync(at('review.md'), 'utf8')).toBe(many.stdout);
    await using other = await serveGitLab(42, 7, { tokens });
    await review(['--post', '--base', base, '--head', now, '-o', at('review.md')], { env: gitlab(other.url) });
    expect(other.comments[0]?.body).toBe(many.stdout);
    expect(other.commands).toEqual([]);
  });

  it.each<[string, () => Record<string, string | undefined>, readonly string[], string]>([
    ['no pipeline', () => ({}), ['--base', 'main', '--head', 'wider'], 'there is no pull request to write on'],
    ['no revisions', () => ({}), [], 'which revisions are compared is not known'],
    ['no token', () => ({ ...github('https://x'), GITHUB_TOKEN: '' }), [], 'GITHUB_TOKEN is not set'],
    ['no token at GitLab', () => ({ ...gitlab('https://x'), GITLAB_TOKEN: '' }), [], 'GITLAB_TOKEN is not set'],
    [
      'pull_request_target',
      () => ({ ...github('https://x'), GITHUB_EVENT_NAME: 'pull_request_target' }),
      [],
      'pull_request_target',
    ],
  ])('refuses %s', async (_, envOf, argv, message) => {
    const ran = await review(['--post', ...argv], { env: { ...ENV, ...envOf() } });
    expect(ran).toMatchObject({ status: 2, stdout: '' });
    expect(ran.stderr).toContain(message);
  });

  it('refuses a file that cannot be written', async () => {
    const ran = await review(['--base', 'main', '--head', 'wider', '-o', at('no/where.md')]);
    expect(ran).toMatchObject({ status: 2, stderr: expect.stringContaining('cannot be written: ENOENT') as string });
  });
});
