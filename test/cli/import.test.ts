import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../src/catalog/load.ts';
import { directory } from '../workload/support/files.ts';
import { run } from './run.ts';

const CATALOG = `issuers:
  ona: { profile: ona-v3, ca_file: certs/ca.pem, vault_mount: jwt }
access: {}
`;

const trust = (sub: string, provider = 'app.gitpod.io') => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${provider}` },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { [`${provider}:aud`]: 'sts.amazonaws.com', [`${provider}:sub`]: sub } },
    },
  ],
});

const detail = (RoleName: string, document: object) => ({
  RoleName,
  Path: '/',
  AssumeRolePolicyDocument: document,
  RolePolicyList: [{ PolicyName: 'read', PolicyDocument: { Version: '2012-10-17', Statement: [] } }],
  AttachedManagedPolicies: [{ PolicyName: 'ReadOnlyAccess', PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }],
});

const DETAILS = {
  RoleDetailList: [
    detail('Deploy.API', trust('organization_id:o:project_id:p')),
    detail('deploy-api', trust('organization_id:o:project_id:q')),
    detail('other', trust('repo:a/b', 'token.actions.githubusercontent.com')),
  ],
};

async function folder() {
  const home = await directory();
  const file = async (name: string, content: unknown) => {
    const path = join(home.path, name);
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };
  await mkdir(join(home.path, 'certs'));
  await file('certs/ca.pem', 'a CA');
  const catalog = await file('access.yaml', CATALOG);
  return { home, file, catalog, [Symbol.asyncDispose]: () => home[Symbol.asyncDispose]() };
}

describe('idp import aws', () => {
  it('writes a catalog that is fine, with its policies, and the issuers adopted', async () => {
    await using at = await folder();
    const details = await at.file('details.json', DETAILS);
    const out = join(at.home.path, 'new', 'imported.yaml');
    const ran = await run(['import', 'aws', details, '--catalog', at.catalog, '--out', out]);
    expect(ran).toMatchObject({ status: 0, stdout: '' });
    expect(ran.stderr).toContain(`2 of 2 roles are imported; 1 trust no issuer of ${at.catalog}`);
    const text = await readFile(out, 'utf8');
    expect(text).toContain('ona: { profile: ona-v3, ca_file: ../certs/ca.pem, vault_mount: jwt, at_aws: adopt }');
    const loaded = loadCatalog(out);
    expect(loaded).toMatchObject({
      ok: true,
      plan: {
        access: [
          { name: 'deploy-api', aws: { role: 'Deploy.API', managed: ['ReadOnlyAccess'], adopt: true } },
          {
            name: 'deploy-api-2',
            aws: { role: 'deploy-api', inline: { read: '{"Version":"2012-10-17","Statement":[]}' } },
          },
        ],
      },
    });
  });

  it('overwrites nothing', async () => {
    await using at = await folder();
    const details = await at.file('details.json', DETAILS);
    const ran = await run(['import', 'aws', details, '--catalog', at.catalog, '--out', at.catalog]);
    expect(ran).toMatchObject({ status: 2, stderr: expect.stringContaining('access.yaml is there already') as string });
    expect(await readFile(at.catalog, 'utf8')).toBe(CATALOG);
  });

  it('makes a comment of a trust policy by itself, since nothing says what it grants', async () => {
    await using at = await folder();
    const file = await at.file('ci.json', trust('organization_id:o:project_id:p'));
    const ran = await run(['import', 'aws', file, '--catalog', at.catalog]);
    expect(ran.status).toBe(1);
    expect(ran.stdout).toContain('access: {}');
    expect(ran.stdout).toContain('  # the IAM role ci is not imported:\n  #   what it may do is not in the file');
    expect(ran.stdout).toContain('  #   admit: { organization_id: o, project_id: p }');
  });

  it('says as JSON what became of each role', async () => {
    await using at = await folder();
    const details = await at.file('details.json', DETAILS);
    const { status, stdout } = await run(['import', 'aws', details, '--catalog', at.catalog, '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([
      { name: 'deploy-api', reasons: [], files: ['policies/deploy-api/read.json'] },
      { name: 'deploy-api-2', reasons: [] },
    ]);
  });

  it.each<[string, string, RegExp]>([
    ['what is no role', '{}', /holds no role/],
    ['what is no JSON', '{', /is no JSON/],
  ])('refuses %s', async (_, content, expected) => {
    await using at = await folder();
    const { status, stderr } = await run(['import', 'aws', await at.file('x.json', content), '--catalog', at.catalog]);
    expect([status, stderr]).toEqual([2, expect.stringMatching(expected)]);
  });

  it('refuses a catalog that is wrong, with its lines', async () => {
    await using at = await folder();
    const wrong = await at.file('wrong.yaml', 'issuers: { ona: { profile: on-v3 } }\naccess: {}\n');
    const { status, stderr } = await run(['import', 'aws', await at.file('d.json', DETAILS), '--catalog', wrong]);
    expect([status, stderr]).toEqual([2, expect.stringContaining('wrong.yaml:1:19: issuers.ona.profile')]);
  });
});

describe('idp import vault', () => {
  it('reads roles and the configuration of their mount from files', async () => {
    await using at = await folder();
    const role = {
      role_type: 'jwt',
      user_claim: 'environment_id',
      bound_audiences: ['vault.hashicorp.com'],
      bound_claims: { organization_id: 'o', project_id: 'p' },
      token_policies: ['data-read'],
      token_ttl: 900,
      token_max_ttl: 900,
      token_explicit_max_ttl: 900,
      token_no_default_policy: true,
    };
    const file = await at.file('deploy.json', { data: role });
    const config = await at.file('config.json', { data: { oidc_discovery_url: 'https://app.gitpod.io' } });
    const ran = await run(['import', 'vault', file, '--vault-config-file', config, '--catalog', at.catalog]);
    expect(ran.status).toBe(0);
    expect(ran.stdout).toContain('at_vault: adopt');
    expect(ran.stdout).toContain('vault: { policies: [ data-read ], ttl: 15m, adopt: true }');
    expect(ran.stdout).not.toContain('an update changes');
  });
});
