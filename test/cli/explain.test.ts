import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from '../../src/cli/main.ts';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'idp-explain-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

async function file(name: string, content: unknown): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

async function idp(...argv: string[]) {
  const written = { stdout: '', stderr: '' };
  const writer = (name: keyof typeof written) => ({ write: (text: string) => (written[name] += text) });
  const io = { env: {}, stdout: writer('stdout'), stderr: writer('stderr'), now: () => NOW * 1000, homedir: directory };
  const status = await main(argv, io);
  return { status, ...written };
}

const NOW = 1_800_000_000;
const ORGANIZATION = '0191e223-0000-7000-8000-00000000000a';
const PROJECT = '019527e4-0000-7000-8000-0000000000a1';

const CLAIMS = {
  iss: 'https://app.gitpod.io',
  sub: `organization_id:${ORGANIZATION}:project_id:${PROJECT}`,
  aud: ['sts.amazonaws.com'],
  iat: NOW - 10,
  exp: NOW + 3600,
  organization_id: ORGANIZATION,
  project_id: PROJECT,
  environment_id: 'environment-1',
};

const policy = (condition: unknown) => ({
  Version: '2012-10-17',
  Statement: {
    Effect: 'Allow',
    Principal: { Federated: 'arn:aws:iam::123456789012:oidc-provider/app.gitpod.io' },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: condition,
  },
});

const GOOD = policy({ StringEquals: { 'app.gitpod.io:aud': 'sts.amazonaws.com', 'app.gitpod.io:sub': CLAIMS.sub } });

describe('idp explain --aws-trust-policy', () => {
  const cases: [what: string, document: unknown, status: number, says: string][] = [
    ['what matches', GOOD, 0, 'admitted'],
    ['another subject', policy({ StringEquals: { 'app.gitpod.io:sub': 'other' } }), 1, '✗ app.gitpod.io:sub'],
    [
      'a literal asterisk',
      policy({ StringEquals: { 'app.gitpod.io:sub': 'organization_id:*' } }),
      1,
      'write StringLike',
    ],
    ['a dead key', policy({ StringEquals: { 'app.gitpod.io:azp': 'x' } }), 1, 'dead: AWS has no key `azp`'],
    [
      'a claim that AWS cannot see',
      policy({ StringEquals: { 'app.gitpod.io:project_id': PROJECT } }),
      1,
      'dead: AWS does not see `project_id`',
    ],
    ['what only the request knows', policy({ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }), 3, 'unknown'],
    ['no policy', '{', 2, 'is no JSON'],
    ['no statement', { Version: '2012-10-17' }, 2, 'no statement'],
    ['a misspelt element', { Statement: [{ ...GOOD.Statement, Conditions: {} }] }, 2, 'Statement.0.Conditions'],
    ['what aws iam get-role prints', { Role: { AssumeRolePolicyDocument: GOOD } }, 0, 'admitted'],
    [
      'what the API of IAM answers',
      { AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(GOOD)) },
      0,
      'admitted',
    ],
  ];
  it.each(cases)('%s', async (_, document, status, says) => {
    const result = await idp(
      'explain',
      '--aws-trust-policy',
      await file('policy.json', document),
      '--claims',
      await file('claims.json', CLAIMS),
    );
    expect(result).toMatchObject({ status });
    expect(result.stdout + result.stderr).toContain(says);
  });

  it('puts the failing check first, and prints JSON', async () => {
    const document = policy({
      StringEquals: { 'app.gitpod.io:aud': 'sts.amazonaws.com', 'app.gitpod.io:sub': 'other' },
    });
    const args = [
      'explain',
      '--aws-trust-policy',
      await file('policy.json', document),
      '--claims',
      await file('claims.json', CLAIMS),
    ];
    const { stdout } = await idp(...args);
    expect(stdout.split('\n').slice(0, 2)).toEqual([
      'refused',
      expect.stringMatching(/^✗ app\.gitpod\.io:sub {2}StringEquals {2}expected other; is organization_id/),
    ]);
    const decision = JSON.parse((await idp(...args, '--json')).stdout) as {
      admitted: boolean;
      checks: { claim: string; verdict: boolean }[];
    };
    expect(decision.admitted).toBe(false);
    expect(decision.checks.filter(({ verdict }) => !verdict).map(({ claim }) => claim)).toEqual(['app.gitpod.io:sub']);
  });

  it('takes claims without any time for those of a token of now', async () => {
    const timeless = { ...CLAIMS, iat: undefined, exp: undefined };
    const explain = async (claims: object) =>
      idp('explain', '--aws-trust-policy', await file('p.json', GOOD), '--claims', await file('c.json', claims));
    expect(await explain(timeless)).toMatchObject({ status: 0 });
    expect(await explain({ ...timeless, exp: 2_000_000_000 })).toMatchObject({ status: 1 });
  });

  it('judges the times of a token, never of claims alone', async () => {
    const jwt = new UnsecuredJWT({ ...CLAIMS, exp: NOW - 3600 }).encode();
    const result = await idp('explain', '--aws-trust-policy', await file('policy.json', GOOD), '--token', jwt);
    expect(result.status).toBe(1);
    expect(result.stdout).toContain('this one has expired');
    expect(result.stdout).not.toContain(jwt);
  });
});

it('reads a token from standard input, and never prints it', async () => {
  const policyFile = await file('policy.json', GOOD);
  const exp = Math.floor(Date.now() / 1000) + 300;
  const jwt = new UnsecuredJWT({ ...CLAIMS, iat: exp - 310, exp }).encode();
  const launcher = join(import.meta.dirname, '..', '..', 'bin', 'idp.js');
  const args = [launcher, 'explain', '--aws-trust-policy', policyFile, '--token', '-'];
  for (const [input, status] of [
    [`${jwt}\n`, 1],
    [`${jwt.replaceAll('.', '-')}\n`, 2],
  ] as const) {
    const ran = spawnSync(process.execPath, args, { input, encoding: 'utf8', env: {} });
    expect(ran.status).toBe(status);
    for (const part of jwt.split('.').filter((text) => text !== ''))
      expect(ran.stdout + ran.stderr).not.toContain(part);
  }
});

describe('idp explain --vault-role-file', () => {
  const role = {
    role_type: 'jwt',
    user_claim: 'environment_id',
    bound_audiences: ['sts.amazonaws.com'],
    bound_claims: { organization_id: [ORGANIZATION] },
  };
  const cases: [what: string, role: unknown, config: unknown, status: number, says: string][] = [
    ['what matches', role, { bound_issuer: 'https://app.gitpod.io' }, 0, 'admitted'],
    ['the policies', { ...role, token_policies: ['team'] }, {}, 0, 'policies: default, team\n    a path that none'],
    ['as `vault read` prints it', { data: role }, { data: {} }, 0, 'admitted'],
    [
      'another audience',
      { ...role, bound_audiences: ['vault.hashicorp.com'] },
      {},
      1,
      '--audience vault.hashicorp.com',
    ],
    ['another organization', { ...role, bound_claims: { organization_id: 'other' } }, {}, 1, '✗ organization_id'],
    ['a missing claim', { ...role, bound_claims: { email: 'a@b.example' } }, {}, 1, 'the token lacks this claim'],
    ['another issuer', role, { bound_issuer: 'https://gitlab.com' }, 1, '✗ iss'],
    ['a field of the wrong type', { ...role, bound_audiences: 'x' }, {}, 2, '`bound_audiences` is a list of strings'],
    ['no user_claim', { role_type: 'jwt' }, {}, 2, 'user_claim'],
    ['a misspelt field', { ...role, bound_claim: {} }, {}, 2, 'did you mean bound_claims?'],
    ['a misspelt field of the mount', role, { bound_isuer: 'x' }, 2, 'did you mean bound_issuer?'],
    ['a type of bound claims that Vault has not', { ...role, bound_claims_type: 'regex' }, {}, 2, 'string or glob'],
  ];
  it.each(cases)('%s', async (_, roleDocument, config, status, says) => {
    const result = await idp(
      'explain',
      '--vault-role-file',
      await file('role.json', roleDocument),
      '--vault-config-file',
      await file('config.json', config),
      '--claims',
      await file('claims.json', CLAIMS),
    );
    expect(result).toMatchObject({ status });
    expect(result.stdout + result.stderr).toContain(says);
  });
});

it('says what it did not judge, since it was not given: the configuration of the mount', async () => {
  const role = { role_type: 'jwt', user_claim: 'environment_id', bound_audiences: ['sts.amazonaws.com'] };
  const args = ['explain', '--vault-role-file', await file('role.json', role)];
  const { status, stdout } = await idp(...args, '--claims', await file('claims.json', CLAIMS));
  expect(status).toBe(0);
  expect(stdout).toMatch(/^admitted\n.*\nbound_issuer and the algorithms of the mount are not judged/s);
});

it('takes claims as idp token --decode prints them', async () => {
  const decoded = { header: { alg: 'RS256', kid: 'k' }, payload: CLAIMS };
  const args = ['explain', '--aws-trust-policy', await file('policy.json', GOOD)];
  expect(await idp(...args, '--claims', await file('claims.json', decoded))).toMatchObject({ status: 0 });
});

describe('idp explain --catalog', () => {
  const catalog = `
issuers:
  ona: { profile: ona-v3 }
access:
  both:
    issuer: ona
    admit: { organization_id: ${ORGANIZATION}, project_id: ${PROJECT} }
    aws: { managed: [ReadOnlyAccess] }
    vault: { read: ["secret/{project_id}/*"] }
`;
  const asVault = { aud: ['vault.hashicorp.com'] };
  const cases: [what: string, args: string[], status: number, says: string, claims?: object][] = [
    ['at AWS', ['--entry', 'both', '--target', 'aws'], 0, 'admitted'],
    ['at Vault, where the audience differs', ['--entry', 'both', '--target', 'vault'], 1, '✗ aud'],
    ['the paths that it would get', ['--entry', 'both', '--target', 'vault'], 0, `read: secret/${PROJECT}/*`, asVault],
    ['without a target', ['--entry', 'both'], 2, '--target aws or --target vault'],
    ['at a target that is none', ['--entry', 'both', '--target', 'gcp'], 2, 'there is no target gcp'],
    ['an entry that is not there', ['--entry', 'bot'], 2, 'did you mean both?'],
  ];
  it.each(cases)('%s', async (_, args, status, says, other = {}) => {
    const claims = await file('claims.json', { ...CLAIMS, ...other });
    const result = await idp('explain', '--catalog', await file('access.yaml', catalog), ...args, '--claims', claims);
    expect(result).toMatchObject({ status });
    expect(result.stdout + result.stderr).toContain(says);
  });
});

describe('idp explain, used wrongly', () => {
  it.each([
    [[], 'one of --aws-trust-policy'],
    [
      ['--aws-trust-policy', '/none', '--vault-role-file', '/none'],
      '--aws-trust-policy and --vault-role-file are given',
    ],
    [['--aws-trust-policy', '/none', '--vault-config-file', '/none'], '--vault-config-file means nothing beside'],
    [['--role-arn', 'x', '--entry', 'x'], '--entry means nothing beside --role-arn'],
    [['--aws-trust-policy', '/none', '--token', 'x.y.z', '--claims', '/none'], 'are both given'],
    [['--aws-trust-policy', '/none/policy.json', '--claims', '/none/claims.json'], 'cannot be read: ENOENT'],
    [['--aws-trust-policy', '/none'], 'one of --token and --claims'],
    [['--aws-trust-policy', '/none', '--token', 'x.y'], 'holds no JWT'],
  ])('%j', async (args, says) => {
    const { status, stderr } = await idp('explain', ...args);
    expect(status).toBe(2);
    expect(stderr).toContain(says);
  });
});
