// `idp diff` on files, folders and revisions of git: the verdict, the exit status, and what is printed.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rendered } from '../report/rendered.ts';
import { type TestDirectory, directory } from '../workload/support/files.ts';
import { run } from './run.ts';

let home: TestDirectory;

beforeAll(async () => {
  home = await directory();
});

afterAll(async () => {
  await home[Symbol.asyncDispose]();
});

const at = (name: string): string => join(home.path, name);

function write(name: string, content: unknown): string {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), typeof content === 'string' ? content : JSON.stringify(content));
  return at(name);
}

interface Said {
  readonly verdict: string;
  readonly gained: readonly { readonly target: object; readonly witness: Readonly<Record<string, unknown>> }[];
  readonly lost: readonly unknown[];
  readonly changed: readonly unknown[];
  readonly undecided: readonly { readonly why: string }[];
  readonly notes: readonly string[];
}

async function diff(old: string, next: string): Promise<{ readonly status: number; readonly said: Said }> {
  const { status, stdout, stderr } = await run(['diff', old, next, '--json'], { env: GIT });
  expect(stderr).toBe('');
  return { status, said: JSON.parse(stdout) as Said };
}

const HOST = 'token.actions.githubusercontent.com';
const trust = (sub: unknown, operator = 'StringEquals') => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${HOST}` },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: { [`${HOST}:aud`]: 'sts.amazonaws.com' },
        StringLike: {},
        [operator]:
          operator === 'StringEquals'
            ? { [`${HOST}:aud`]: 'sts.amazonaws.com', [`${HOST}:sub`]: sub }
            : { [`${HOST}:sub`]: sub },
      },
    },
  ],
});
const MAIN = 'repo:acme/api:ref:refs/heads/main';
const CATALOG = `issuers:
  gl: { profile: gitlab-id-token, url: https://gitlab.example.com, vault_mount: jwt }
  gh: { profile: github }
access:
  api:
    issuer: gl
    admit: { project_id: "22", ref: main }
    vault: { policies: [p], ttl: 10m, explicit_max_ttl: 1h }
  deploy:
    issuer: gh
    admit: { repository_id: "5", repository: acme/api, ref: refs/heads/main }
    aws: { inline: ./policies/data.json }
`;
const POLICY = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:Get*', Resource: '*' }] };
const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

const URN = 'urn:pulumi:prod::app::aws:iam/role:Role::';
const pulumiRole = (name: string, sub: unknown, operator?: string) => ({
  urn: `${URN}${name}`,
  type: 'aws:iam/role:Role',
  inputs: {
    name,
    assumeRolePolicy: typeof sub === 'string' && sub === UNKNOWN ? UNKNOWN : JSON.stringify(trust(sub, operator)),
  },
});
const state = (...resources: object[]) => ({ version: 3, deployment: { resources } });
const preview = (steps: object[], same = 0) => ({ steps, changeSummary: { same } });

const ISSUER = (upstream: string, admin = '"42"') => `listen: { port: 8080 }
admin:
  port: 8081
  oidc:
    platform: { profile: github, audiences: [https://tokens.example.com/admin], admit: { repository_id: ${admin} } }
issuers:
  ona:
    url: https://tokens.example.com
    profiles: [{ profile: ona-v3 }]
    upstreams:
      ci: { ${upstream} }
`;
const UPSTREAM =
  'issuer: https://token.actions.githubusercontent.com, admit: { repository_id: "42" }, organization: acme, facts: { project_id: p }';

type Row = readonly [what: string, old: unknown, next: unknown, status: number, verdict: string, found: object];

const ROWS: readonly Row[] = [
  ['a trust policy and the same', trust(MAIN), trust([MAIN]), 0, 'equal', { gained: [], lost: [], changed: [] }],
  [
    'a trust policy and a wider one',
    trust(MAIN),
    trust('repo:acme*', 'StringLike'),
    1,
    'widens',
    {
      gained: [
        {
          target: { kind: 'aws' },
          variant: 'job',
          witness: { iss: `https://${HOST}`, sub: 'repo:acme/x:pull_request', repository: 'acme/x' },
        },
      ],
    },
  ],
  [
    'a trust policy and a narrower one',
    trust('repo:acme/*', 'StringLike'),
    trust(MAIN),
    0,
    'narrows',
    { gained: [], lost: [{ valid: { kind: 'seconds', seconds: 3600 } }] },
  ],
  [
    'a role by name and the policy alone',
    { Role: { RoleName: 'ci', AssumeRolePolicyDocument: trust(MAIN) } },
    trust(MAIN),
    0,
    'equal',
    {},
  ],
  [
    'two Vault roles',
    { user_claim: 'sub', bound_claims: { project_id: '22' }, bound_audiences: ['v'], token_max_ttl: 600 },
    { user_claim: 'sub', bound_claims: { project_id: '23' }, bound_audiences: ['v'], token_max_ttl: 600 },
    1,
    'widens',
    {
      gained: [{ witness: { project_id: '23' } }, { target: { kind: 'vault' } }],
      lost: [
        {
          witness: { project_id: '22' },
          warning:
            'Vault tokens that were issued before stay valid, as they are, until 10m after the change at the latest',
        },
        { target: { kind: 'vault' } },
      ],
    },
  ],
  [
    'two states',
    state(pulumiRole('ci', MAIN)),
    state(pulumiRole('ci', 'repo:acme/*', 'StringLike')),
    1,
    'widens',
    { gained: [{ target: { kind: 'aws', role: 'ci' } }] },
  ],
  [
    'a state and a preview of it',
    state(pulumiRole('ci', MAIN), pulumiRole('web', MAIN)),
    preview([{ op: 'update', urn: `${URN}ci`, newState: pulumiRole('ci', 'repo:acme/*', 'StringLike') }], 1),
    1,
    'widens',
    { gained: [{ target: { kind: 'aws', role: 'ci' } }], lost: [], undecided: [] },
  ],
  [
    'a state and a preview that deletes',
    state(pulumiRole('ci', MAIN), pulumiRole('web', MAIN)),
    preview([{ op: 'delete', urn: `${URN}ci`, oldState: pulumiRole('ci', MAIN) }], 1),
    0,
    'narrows',
    { gained: [], lost: [{ target: { kind: 'aws', role: 'ci' } }] },
  ],
  [
    'a state and a preview in which the policy is computed',
    state(pulumiRole('ci', MAIN)),
    preview([{ op: 'update', urn: `${URN}ci`, newState: pulumiRole('ci', UNKNOWN) }]),
    3,
    'unknown',
    { undecided: [{ target: { role: 'ci' }, why: expect.stringContaining('computed') as string }] },
  ],
  [
    'two previews that leave out what stays',
    preview([], 3),
    preview([], 3),
    3,
    'unknown',
    { undecided: [{ why: expect.stringContaining('--show-sames') as string }, {}] },
  ],
  [
    'an issuer and another mapping',
    ISSUER(UPSTREAM),
    ISSUER(UPSTREAM.replace('project_id: p', 'project_id: q')),
    1,
    'widens',
    { changed: [{ target: { kind: 'issuer-upstream', issuer: 'ona', upstream: 'ci' }, what: 'facts' }] },
  ],
  [
    'an issuer and other tokens of an upstream',
    ISSUER(UPSTREAM),
    ISSUER(UPSTREAM.replace('"42"', '["42", "43"]')),
    1,
    'widens',
    {
      gained: [
        { target: { kind: 'issuer-upstream' }, witness: { repository_id: '43', aud: 'https://tokens.example.com' } },
      ],
    },
  ],
  [
    'an issuer and an upstream more',
    ISSUER(UPSTREAM),
    ISSUER(UPSTREAM).concat(`      other: { ${UPSTREAM} }\n`),
    1,
    'widens',
    { gained: [{ target: { upstream: 'other' } }] },
  ],
  [
    'an issuer and other administrators',
    ISSUER(UPSTREAM),
    ISSUER(UPSTREAM, '["42", "7"]'),
    1,
    'widens',
    { gained: [{ target: { kind: 'issuer-administrators', name: 'platform' }, witness: { repository_id: '7' } }] },
  ],
  ['an issuer and the same', ISSUER(UPSTREAM), ISSUER(UPSTREAM), 0, 'equal', {}],
  [
    'an organization and other fields of sub',
    { id: 'acme', profile: 'ona-v3', sub_fields: [] },
    { id: 'acme', profile: 'ona-v3', sub_fields: ['creator_email'] },
    1,
    'widens',
    { changed: [{ target: { kind: 'issuer-organization', organization: 'acme' }, what: 'sub_fields' }] },
  ],
  [
    'an organization and shorter lives',
    { id: 'acme', profile: 'ona-v3', max_token_life_seconds: 3600 },
    { id: 'acme', profile: 'ona-v3', max_token_life_seconds: 600 },
    0,
    'narrows',
    { changed: [{ what: 'max_token_life', effect: 'narrows' }] },
  ],
];

describe('two files', () => {
  it.each(ROWS.map((row): [string, Row] => [row[0], row]))(
    'compares %s',
    async (_, [, old, next, status, verdict, found]) => {
      const yaml = typeof old === 'string' ? 'yaml' : 'json';
      const answer = await diff(write(`old.${yaml}`, old), write(`new.${yaml}`, next));
      expect(answer.said).toMatchObject({ verdict, ...found });
      expect(answer.status).toBe(status);
    },
  );
});

it('compares a catalog with what it was provisioned to', async () => {
  write('policies/data.json', POLICY);
  const catalog = write('access.yaml', CATALOG);
  const { stdout } = await run(['diff', catalog, catalog, '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ verdict: 'equal' });
  const role = {
    urn: 'urn:pulumi:a::b::vault:jwt/authBackendRole:AuthBackendRole::api',
    type: 'vault:jwt/authBackendRole:AuthBackendRole',
    inputs: {
      backend: 'jwt',
      roleName: 'api',
      roleType: 'jwt',
      userClaim: 'project_id',
      boundClaims: { project_id: '22' },
      boundAudiences: ['vault.hashicorp.com'],
      tokenPolicies: ['p'],
      tokenNoDefaultPolicy: true,
      tokenTtl: 600,
      tokenMaxTtl: 600,
      tokenExplicitMaxTtl: 3600,
    },
  };
  const { said } = await diff(catalog, write('state.json', state(role)));
  expect(said.gained).toMatchObject([{ target: { kind: 'vault', mount: 'jwt', role: 'api' } }]);
});

const GIT = {
  GIT_AUTHOR_NAME: 'test',
  GIT_AUTHOR_EMAIL: 'test@example.com',
  GIT_COMMITTER_NAME: 'test',
  GIT_COMMITTER_EMAIL: 'test@example.com',
  GIT_CONFIG_GLOBAL: '/dev/null',
  PATH: process.env.PATH,
};

describe('revisions of git', () => {
  let repository: string;
  const before = process.cwd();
  const git = (...args: string[]) => execFileSync('git', args, { cwd: repository, env: { ...process.env, ...GIT } });

  beforeAll(() => {
    repository = at('repository');
    write('repository/stacks/access.yaml', CATALOG);
    write('repository/stacks/policies/data.json', POLICY);
    write('repository/stacks/read me.json', trust(MAIN));
    write('repository/top.json', trust(MAIN));
    symlinkSync('top.json', join(repository, 'link.json'));
    git('init', '--quiet', '--initial-branch=main');
    git('add', '.');
    git('commit', '--quiet', '--message=one');
    git('tag', 'one');
    write('repository/stacks/access.yaml', CATALOG.replace('ref: main', 'ref: { like: "main*" }'));
    write('repository/stacks/policies/data.json', {
      ...POLICY,
      Statement: [{ ...POLICY.Statement[0], Action: 's3:*' }],
    });
    git('commit', '--quiet', '--all', '--message=two');
    process.chdir(join(repository, 'stacks'));
  });

  afterAll(() => {
    process.chdir(before);
  });

  it.each([
    ['from the top', 'one:stacks/access.yaml'],
    ['with git: before it', 'git:one:stacks/access.yaml'],
    ['from here', 'HEAD~1:./access.yaml'],
  ])('reads a catalog %s, with the files that it names', async (_, old) => {
    const { status, said } = await diff(old, 'access.yaml');
    expect(status).toBe(1);
    expect(said.gained).toMatchObject([{ target: { kind: 'vault', role: 'api' }, witness: { ref: 'mainx' } }]);
    expect(said.changed).toMatchObject([{ target: { kind: 'aws', role: 'deploy' }, what: 'inline', effect: 'widens' }]);
  });

  it('reads a folder, names with blanks, and two revisions', async () => {
    const there = await diff('one:stacks', 'HEAD:stacks');
    expect(there.said).toMatchObject({ verdict: 'widens', lost: [] });
    const back = await diff('HEAD:stacks/', 'one:stacks/');
    expect(back.said).toMatchObject({ verdict: 'narrows', gained: [] });
    expect((await diff('one:', '..')).said.notes).toContain('one:link.json is a symbolic link, and was not read');
    expect((await diff('one:stacks/read me.json', '../top.json')).status).toBe(0);
  });

  it('does not look at the working tree', async () => {
    write('repository/stacks/policies/data.json', 'no JSON');
    try {
      expect((await diff('HEAD:stacks/access.yaml', 'HEAD:stacks/access.yaml')).status).toBe(0);
    } finally {
      git('checkout', '--quiet', '--', '.');
    }
  });

  it('takes no folder for a revision that is said to be one', async () => {
    for (const folder of ['one:stacks', 'git:one:stacks'])
      write(`repository/stacks/${folder}/access.yaml`, 'no catalog');
    try {
      expect((await diff('git:one:stacks/access.yaml', 'access.yaml')).status).toBe(1);
    } finally {
      git('clean', '--quiet', '--force', '-d');
    }
  });

  it('takes what was not there for new, and says so', async () => {
    const { status, said } = await diff('one:stacks/other.yaml', 'access.yaml');
    expect(status).toBe(1);
    expect(said.notes).toEqual(['one:stacks/other.yaml is not there: everything is new']);
  });

  it.each([
    ['no such revision', ['nope:stacks/access.yaml', 'access.yaml'], 'there is no revision nope'],
    ['an option for one', ['--output=x:y', 'access.yaml'], 'unknown option'],
    ['an option behind git:', ['git:--output=x:y', 'access.yaml'], 'there is no revision --output=x'],
    ['nothing at the new one', ['access.yaml', 'HEAD:stacks/other.yaml'], 'HEAD:stacks/other.yaml is not there'],
    ['a symbolic link', ['HEAD:link.json', 'access.yaml'], 'is a symbolic link'],
    ['a path that leads out', ['HEAD:../../x.yaml', 'access.yaml'], 'outside'],
    ['no file', ['nothing.yaml', 'access.yaml'], 'there is no file or folder nothing.yaml'],
  ])('refuses %s', async (_, args, message) => {
    const { status, stdout, stderr } = await run(['diff', ...args], { env: GIT });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('says that there is no repository', async () => {
    rmSync(at('elsewhere'), { recursive: true, force: true });
    mkdirSync(at('elsewhere'));
    process.chdir(at('elsewhere'));
    try {
      const { status, stderr } = await run(['diff', 'one:a.json', '.'], {
        env: { ...GIT, GIT_CEILING_DIRECTORIES: home.path },
      });
      expect(status).toBe(2);
      expect(stderr).toContain('not a git repository');
    } finally {
      process.chdir(join(repository, 'stacks'));
    }
  });
});

it('says all that cannot be read at once', async () => {
  const { status, stderr } = await run(['diff', write('a.json', '{'), write('b.json', { hello: 1 })]);
  expect(status).toBe(2);
  expect(stderr).toContain('a.json: this is no JSON');
  expect(stderr).toContain('b.json holds nothing that can be reviewed');
  const catalog = await run([
    'diff',
    write('c.yaml', 'issuers: {}\naccess:\n  a: { issuer: x, admit: {} }\n'),
    at('c.yaml'),
  ]);
  expect(catalog.stderr).toMatch(/c\.yaml:3:\d+: access\.a/);
  const policy = await run(['diff', write('d.json', { Statement: [{ Effect: 'Maybe' }] }), at('d.json')]);
  expect(policy.stderr).toContain('d.json: trust policy: ');
});

describe('what people read', () => {
  const name = '@team <b>`x`|';
  const role = (sub: string, operator?: string) => ({
    Role: { RoleName: name, AssumeRolePolicyDocument: trust(sub, operator) },
  });
  const print = async (...args: string[]) =>
    (await run(['diff', write('old.json', role(MAIN)), write('new.json', role('repo:acme/*', 'StringLike')), ...args]))
      .stdout;

  it('is text by default', async () => {
    const text = await print();
    expect(text.split('\n').slice(0, 3)).toEqual(['widens: access is gained', '', `AWS role ${name}: widens`]);
    expect(text).toContain('  + {"iss":"https://token.actions.githubusercontent.com"');
  });

  it('is Markdown in which names of documents are no markup', async () => {
    const text = await print('--format', 'markdown');
    expect(text).toContain('### Access is gained');
    expect(text).toContain('| ``AWS role @team <b>`x`\\|`` | widens |');
    expect(text).toContain('<summary><code>AWS role @team &lt;b&gt;`x`|</code></summary>');
    expect((await rendered(text)).text).not.toContain('@team');
    expect(text).toMatch(/```json\n\{\n {2}"iss"/);
  });
});
