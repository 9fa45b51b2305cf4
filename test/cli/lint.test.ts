import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from './run.ts';

const TODAY = Date.parse('2026-11-21T12:00:00Z');
const HOST = 'token.actions.githubusercontent.com';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'idp-lint-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const lint = (...argv: string[]) => run(['lint', ...argv], { now: TODAY });

const policy = (sub: string, host = HOST) => ({
  Version: '2012-10-17',
  Statement: {
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${host}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { [`${host}:aud`]: 'sts.amazonaws.com' }, StringLike: { [`${host}:sub`]: sub } },
  },
});
const SAFE = 'repo:acme@1/api@2:ref:refs/heads/main';

interface Printed {
  readonly findings: readonly {
    readonly rule: string;
    readonly place: string;
    readonly witness: { readonly sub: string };
  }[];
  readonly suppressed: readonly { readonly rule: string; readonly resource: string }[];
  readonly notes: readonly { readonly message: string }[];
}
const json = (stdout: string) => JSON.parse(stdout) as Printed;

describe('idp lint', () => {
  it('finds nothing in a policy that binds', async () => {
    expect(await lint(file('safe.json', policy(SAFE)))).toEqual({ status: 0, stdout: 'no findings\n', stderr: '' });
  });

  it('knows who may be let in at all, and for how long', async () => {
    const safe = file('safe.json', policy(SAFE));
    const rules = async (...flags: string[]) =>
      json((await lint(safe, '--json', ...flags)).stdout).findings.map(({ rule }) => rule);
    expect(await rules('--tenant', 'other', '--tenant', 'acme', '--max-session', '3600')).toEqual([]);
    expect(await rules('--tenant', 'other')).toEqual(['foreign-tenant']);
    expect(await rules('--tenant', `https://${HOST}=other`, 'https://gitlab.com=acme')).toEqual(['foreign-tenant']);
    expect(await rules('--max-session', '1800')).toEqual(['life-over-maximum']);
  });

  it('says everything that is wrong with its flags', async () => {
    const safe = file('safe.json', policy(SAFE));
    const { status, stderr } = await lint(safe, '--tenant', '=x', '--max-session', '1h', '--max-token', '0');
    expect(status).toBe(2);
    expect(stderr).toContain('--tenant =x: no tenant\n--max-session 1h: no whole number of seconds\n--max-token 0: no');
  });

  it('prints findings as JSON, and as the other formats', async () => {
    const open = file('open.json', policy('repo:acme*'));
    const ran = await lint(open, '--json');
    expect(ran.status).toBe(1);
    expect(json(ran.stdout).findings).toMatchObject([
      { rule: 'aws-tenant-pattern', severity: 'critical', witness: { sub: 'repo:acmex/x:pull_request' } },
    ]);
    expect((await lint(open, '--format', 'json')).stdout).toBe(ran.stdout);
    expect((await lint(open, '--format', 'markdown')).stdout).toMatch(/^### Findings: 1\n/);
    expect(JSON.parse((await lint(open, '--format', 'sarif')).stdout)).toMatchObject({ version: '2.1.0' });
    expect((await lint(open)).stdout).toMatch(/^critical aws-tenant-pattern {2}/);
  });

  it('judges several files together: a role of Vault with its mount', async () => {
    const role = file('role.json', {
      data: {
        role_type: 'jwt',
        user_claim: 'project_id',
        bound_claims: { project_id: '22' },
        token_explicit_max_ttl: 60,
      },
    });
    const alone = await lint(role, '--json');
    expect(json(alone.stdout)).toMatchObject({
      findings: [],
      notes: [{ message: expect.stringMatching(/mount is not judged/) as string }],
    });
    const mount = file('config.json', {
      data: { jwks_url: 'http://gitlab.example.com/-/jwks', bound_issuer: 'gitlab.example.com' },
    });
    const both = json((await lint(role, mount, '--json')).stdout);
    expect(both.findings.map(({ rule }) => rule)).toEqual(['insecure-url', 'vault-algorithms']);
    expect(both.notes).toEqual([]);
  });

  it('takes the profile from the option where the host does not tell', async () => {
    const own = file('own.json', policy('project_path:acme/api:ref_type:branch:ref:main', 'git.example.org'));
    expect(json((await lint(own, '--json')).stdout).findings).toEqual([]);
    const path = json((await lint(own, '--json', '--profile', 'gitlab-id-token')).stdout);
    expect(path.notes.map(({ message }) => message)).toEqual([expect.stringMatching(/names that can be reused/)]);
  });

  it('takes what an issuer puts into `sub` from the catalog', async () => {
    const subject = 'organization_id:1:project_id:2:creator_email:ann@acme.example';
    const role = file('ona.json', policy(subject, 'ona.example.org'));
    const catalog = file(
      'issuers.yaml',
      "issuers:\n  ona: { profile: ona-v3, url: 'https://ona.example.org', sub_fields: [creator_email] }\naccess: {}\n",
    );
    expect(await lint(role, catalog)).toMatchObject({ status: 0, stdout: 'no findings\n' });
  });

  it('reports what is not known before the apply', async () => {
    const plan = file('plan.json', {
      format_version: '1.2',
      resource_changes: [
        {
          address: 'aws_iam_role.ci',
          type: 'aws_iam_role',
          mode: 'managed',
          change: { after: { name: 'ci' }, after_unknown: { assume_role_policy: true } },
        },
      ],
    });
    const ran = await lint(plan, '--json');
    expect(ran.status).toBe(1);
    expect(json(ran.stdout).findings).toMatchObject([
      { rule: 'undecided', witness: null, place: `${plan}: aws_iam_role.ci: trust policy` },
    ]);
  });
});

describe('the catalog of the scenarios', () => {
  const catalog = () => {
    const copy = join(folder, 'catalog');
    cpSync(join(import.meta.dirname, '..', 'sandbox', 'catalog'), copy, { recursive: true });
    copyFileSync(join(copy, 'access.yaml'), join(copy, 'ca.pem'));
    return join(copy, 'access.yaml');
  };

  it('has nothing but what it accepts', async () => {
    const { stdout, status } = await lint(catalog(), '--json');
    expect(json(stdout).findings).toEqual([]);
    expect(status).toBe(0);
    expect(json(stdout).suppressed).toMatchObject([{ rule: 'gitlab-reusable-path', resource: 'per-project' }]);
  });

  it('has it again when the time is over', async () => {
    const { stdout, status } = await run(['lint', catalog(), '--json'], { now: Date.parse('2028-01-01') });
    expect(status).toBe(1);
    expect(json(stdout).findings.map(({ rule }) => rule)).toEqual(['gitlab-reusable-path', 'suppression-expired']);
    expect(json(stdout).findings.at(-1)?.place).toMatch(/access\.yaml:\d+:\d+: suppressions\[0\]$/);
  });

  it('accepts nothing without a reason and a day', async () => {
    const text = readFileSync(catalog(), 'utf8');
    const broken = join(folder, 'catalog', 'broken.yaml');
    writeFileSync(broken, text.replace(/reason: .*/, "reason: ''").replace(/until: .*/, 'until: soon'));
    const ran = await lint(broken);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toMatch(/say why it is accepted[^]*a day is written as YYYY-MM-DD/);
  });
});

describe('bad input', () => {
  it('says everything that is wrong at once', async () => {
    const none = file('none.json', { unrelated: true });
    const text = file('text.json', '{"a":');
    const yaml = file('bad.yaml', 'a: [');
    const ran = await lint(none, text, yaml);
    expect(ran).toMatchObject({ status: 2, stdout: '' });
    expect(ran.stderr).toMatch(/none\.json holds nothing[^]*text\.json: this is no JSON[^]*bad\.yaml: this is no YAML/);
  });

  it('does not judge what would not be stored', async () => {
    const roles = file('roles.json', {
      Roles: [
        { RoleName: 'a', AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Maybe' }] } },
        { RoleName: 'b', AssumeRolePolicyDocument: 'x' },
      ],
    });
    const mount = file('mount.json', { data: { bound_issuer: 'x', jwt_supported_algs: 'RS256' } });
    const ran = await lint(roles, mount);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toMatch(
      /roles\.json: a: Statement\.0[^]*roles\.json: b: [^]*mount\.json: config: jwt_supported_algs/,
    );
  });

  it.each([
    [['/nowhere/policy.json'], /\/nowhere\/policy\.json cannot be read: ENOENT/],
    [['x.json', '--profile', 'gitlab'], /there is no profile gitlab/],
    [['x.json', '--format', 'xml'], /--format/],
    [[], /missing required argument/],
  ])('refuses %j', async (argv, message) => {
    const ran = await lint(...argv);
    expect(ran).toMatchObject({ status: 2, stdout: '' });
    expect(ran.stderr).toMatch(message);
  });
});
