import { describe, expect, it } from 'vitest';
import { readDocument } from '../../../src/sources/review/documents.ts';
import { parseYaml } from '../../../src/sources/review/yaml.ts';
import { type AwsRole, type Resource, Unknown, type VaultRole } from '../../../src/trust/resource.ts';

const read = (document: unknown): readonly Resource[] => {
  const found = readDocument(document, 'file');
  if (!found.ok) throw new Error(JSON.stringify(found.problems));
  return found.value;
};
const rolesIn = (document: unknown) => read(document).filter((one): one is AwsRole => one.kind === 'aws-role');
const kinds = (document: unknown) => read(document).map(({ kind, place }) => `${kind} ${place.resource}`);

const TRUST = { Version: '2012-10-17', Statement: [] };
const ALL = { Statement: { Effect: 'Allow', Action: '*', Resource: '*' } };

describe('AWS', () => {
  it.each([
    ['a trust policy', TRUST, ['aws-role trust policy']],
    ['aws iam get-role', { Role: { RoleName: 'ci', AssumeRolePolicyDocument: TRUST } }, ['aws-role ci']],
    ['aws iam list-roles', { Roles: [{ RoleName: 'a' }, { RoleName: 'b' }] }, ['aws-role a', 'aws-role b']],
    ['aws iam get-open-id-connect-provider', { Url: 'a.example', ClientIDList: ['x'] }, ['aws-provider a.example']],
  ])('reads %s', (_, document, expected) => {
    expect(kinds(document)).toEqual(expected);
  });

  it('reads what a role may do from aws iam get-account-authorization-details', () => {
    const [role] = rolesIn({
      RoleDetailList: [
        {
          RoleName: 'ci',
          AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(TRUST)),
          AttachedManagedPolicies: [{ PolicyArn: 'arn:own' }],
          RolePolicyList: [{ PolicyName: 'p', PolicyDocument: ALL }],
          PermissionsBoundary: { PermissionsBoundaryArn: 'arn:limits' },
          MaxSessionDuration: 7200,
        },
      ],
      Policies: [{ Arn: 'arn:own', PolicyVersionList: [{ IsDefaultVersion: true, Document: ALL }] }],
    });
    expect(role).toMatchObject({
      trustPolicy: JSON.stringify(TRUST),
      managed: ['arn:own'],
      inline: [
        { name: 'p', document: ALL },
        { name: 'arn:own', document: ALL },
      ],
      boundary: 'arn:limits',
      session: 7200,
    });
  });
});

const change = (address: string, after: unknown, unknown: unknown = {}) => ({
  address,
  mode: 'managed',
  type: address.split('.').at(-2),
  change: { actions: ['create'], after, after_unknown: unknown },
});

describe('Terraform', () => {
  const plan = {
    format_version: '1.2',
    resource_changes: [
      change('module.ci.aws_iam_role.ci[0]', { name: 'ci', assume_role_policy: '{}', max_session_duration: 7200 }),
      change('aws_iam_role_policy_attachment.admin', { role: 'ci', policy_arn: 'arn:admin' }),
      change('aws_iam_role.later', { name: 'later' }, { assume_role_policy: true }),
      change('module.ci.aws_iam_role_policy.own', { name: 'own', policy: '{}' }, { role: true }),
      change('aws_iam_policy.made', { name: 'made', policy: '{"made":1}' }, { arn: true }),
      change('aws_iam_role_policy_attachment.made', { role: 'later' }, { policy_arn: true }),
      change('vault_jwt_auth_backend.jwt', { path: 'ci/', bound_issuer: 'x', default_role: '' }, { accessor: true }),
      change('vault_jwt_auth_backend_role.ci', {
        backend: 'ci',
        user_claim: 'sub',
        bound_claims: { a: 'b,c' },
        groups_claim: '',
      }),
      change('vault_policy.p', { name: 'p' }, { policy: true }),
      change('vault_identity_oidc_role.day', {}),
      { ...change('aws_iam_role.gone', null), change: { actions: ['delete'], after: null } },
      { ...change('data.aws_iam_role.there', {}), mode: 'data' },
    ],
    configuration: {
      root_module: {
        resources: [
          {
            address: 'aws_iam_role_policy_attachment.made',
            expressions: { policy_arn: { references: ['aws_iam_policy.made.arn', 'aws_iam_policy.made'] } },
          },
        ],
        module_calls: {
          ci: {
            module: {
              resources: [
                {
                  address: 'aws_iam_role_policy.own',
                  expressions: {
                    role: { references: ['aws_iam_role.ci[0].id', 'aws_iam_role.ci[0]', 'aws_iam_role.ci'] },
                  },
                },
              ],
            },
          },
        },
      },
    },
  };

  it('reads a plan, without what goes away and what was there', () => {
    expect(kinds(plan)).toEqual([
      'aws-role module.ci.aws_iam_role.ci[0]',
      'aws-role aws_iam_role.later',
      'vault-mount vault_jwt_auth_backend.jwt',
      'vault-role vault_jwt_auth_backend_role.ci',
      'vault-policy vault_policy.p',
      'issuer vault_identity_oidc_role.day',
    ]);
  });

  it('joins roles with what is attached to them, by name and by reference', () => {
    const [ci, later] = rolesIn(plan);
    expect(ci).toMatchObject({ managed: ['arn:admin'], session: 7200, inline: [{ name: 'own', document: '{}' }] });
    expect(later).toMatchObject({ managed: [], inline: [{ name: 'made', document: '{"made":1}' }] });
  });

  it('says of what is attached to a role that is not known that it may be any', () => {
    const roles = rolesIn({
      format_version: '1.2',
      resource_changes: [
        change('aws_iam_role.a', { assume_role_policy: '{}' }),
        change('aws_iam_role_policy_attachment.x', { policy_arn: 'arn:x' }, { role: true }),
      ],
    });
    expect(roles).toMatchObject([
      { managed: [{ why: 'aws_iam_role_policy_attachment.x: to which role is not known' }] },
    ]);
  });

  it('marks what is not known', () => {
    expect(rolesIn(plan)[1]?.trustPolicy).toBeInstanceOf(Unknown);
    expect(read(plan).find(({ kind }) => kind === 'vault-policy')).toMatchObject({
      text: expect.any(Unknown) as unknown,
    });
  });

  it('reads roles of Vault as the provider writes them', () => {
    const role = read(plan).find((one): one is VaultRole => one.kind === 'vault-role');
    expect(role).toMatchObject({
      mount: 'ci',
      splitsCommas: true,
      role: { user_claim: 'sub', bound_claims: { a: 'b,c' } },
    });
    expect(role?.role).not.toHaveProperty('groups_claim');
  });

  it('reads a state', () => {
    const module = {
      resources: [
        { address: 'aws_iam_role.a', mode: 'managed', type: 'aws_iam_role', values: { assume_role_policy: '{}' } },
      ],
    };
    const state = { format_version: '1.0', values: { root_module: { child_modules: [module] } } };
    expect(kinds(state)).toEqual(['aws-role aws_iam_role.a']);
  });
});

describe('CloudFormation', () => {
  const template = (properties: string, more = '') => `
AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Organization: { Type: String, Default: acme }
  Branch: { Type: String }
Resources:
  Provider:
    Type: AWS::IAM::OIDCProvider
    Properties: { Url: https://idp.example.org, ClientIdList: [sts.amazonaws.com] }
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: ${properties}
${more}`;
  const trustIn = (text: string) => {
    const parsed = parseYaml(text);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    return rolesIn(parsed.value)[0];
  };

  it.each([
    ["!Sub 'repo:${Organization}/api'", 'repo:acme/api'],
    ["!Sub ['${A}/${!B}', { A: !Ref Organization }]", 'acme/${B}'],
    ["!Join [':', [a, !Ref Organization]]", 'a:acme'],
    ['!GetAtt Provider.Arn', 'arn:aws:iam::000000000000:oidc-provider/idp.example.org'],
    ['!Ref Provider', 'arn:aws:iam::000000000000:oidc-provider/idp.example.org'],
    ["!Sub 'arn:${AWS::Partition}:iam::${AWS::AccountId}:x'", 'arn:aws:iam::000000000000:x'],
  ])('knows %s', (written, expected) => {
    expect(trustIn(template(written))?.trustPolicy).toBe(expected);
  });

  it.each([['!Ref Branch'], ["!Sub 'a:${Branch}'"], ['!ImportValue x'], ['!If [a, b, c]'], ['!GetAtt Role.RoleId']])(
    'does not know %s',
    (written) => {
      expect(trustIn(template(written))?.trustPolicy).toBeInstanceOf(Unknown);
    },
  );

  it('joins roles with policies of their own', () => {
    const role = trustIn(
      template(
        '{}',
        `      ManagedPolicyArns: [!Ref Made, arn:there]
      MaxSessionDuration: 7200
      Policies: [{ PolicyName: own, PolicyDocument: { a: 1 } }]
  Made: { Type: AWS::IAM::ManagedPolicy, Properties: { PolicyDocument: { b: 1 } } }
  Apart: { Type: AWS::IAM::Policy, Properties: { PolicyName: apart, PolicyDocument: { c: 1 }, Roles: [!Ref Role] } }
`,
      ),
    );
    expect(role).toMatchObject({
      managed: ['arn:there'],
      session: 7200,
      inline: [
        { name: 'own', document: { a: 1 } },
        { name: 'apart', document: { c: 1 } },
        { name: 'Made', document: { b: 1 } },
      ],
    });
  });

  it('says what is no YAML', () => {
    expect(parseYaml('a: [')).toMatchObject({
      ok: false,
      problems: [{ message: expect.stringMatching(/^this is no YAML/) as string }],
    });
  });
});

const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
const state = (type: string, name: string, inputs: unknown, more = {}) => ({
  urn: `urn:pulumi:dev::app::${type}::${name}`,
  type,
  inputs,
  ...more,
});

describe('Pulumi', () => {
  const role = state(
    'aws:iam/role:Role',
    'ci',
    { assumeRolePolicy: '{}', maxSessionDuration: 7200 },
    { outputs: { name: 'ci-1' } },
  );

  it('reads a state', () => {
    const attached = state('aws:iam/rolePolicyAttachment:RolePolicyAttachment', 'a', {
      role: 'ci-1',
      policyArn: 'arn:x',
    });
    const old = { ...state('aws:iam/role:Role', 'old', {}), delete: true };
    const [found, ...more] = rolesIn({ version: 3, deployment: { resources: [role, attached, old] } });
    expect(more).toEqual([]);
    expect(found).toMatchObject({ place: { resource: 'aws:iam/role:Role::ci' }, managed: ['arn:x'], session: 7200 });
  });

  it('reads a preview, with what is not known yet', () => {
    const policy = state(
      'aws:iam/rolePolicy:RolePolicy',
      'p',
      { role: UNKNOWN, policy: '{}' },
      { propertyDependencies: { role: [role.urn] } },
    );
    const later = state('aws:iam/role:Role', 'later', { assumeRolePolicy: UNKNOWN });
    const steps = [role, policy, later].map((newState) => ({ op: 'create', urn: newState.urn, newState }));
    const [ci, unknown] = rolesIn({ steps: [...steps, { op: 'delete', urn: 'x', oldState: role }] });
    expect(ci?.inline).toEqual([{ name: expect.any(String) as string, document: '{}' }]);
    expect(unknown?.trustPolicy).toBeInstanceOf(Unknown);
  });

  it('reads secrets that the export shows, and no others', () => {
    const secret = (value: object) => ({
      '4dabf18193072939515e22adb298388d': '1b47061264138c4ac30d75fd1eb44270',
      ...value,
    });
    const vault = (text: unknown) => state('vault:index/policy:Policy', 'p', { name: 'p', policy: text });
    const texts = [secret({ plaintext: '"path"' }), secret({ ciphertext: 'AA' })].map(
      (one) => read({ deployment: { resources: [vault(one)] } })[0],
    );
    expect(texts).toMatchObject([{ text: 'path' }, { text: expect.any(Unknown) as unknown }]);
  });
});

describe('Vault', () => {
  it.each([
    ['a role', { data: { user_claim: 'sub' } }, ['vault-role role']],
    [
      'the configuration of a mount',
      { data: { oidc_discovery_url: '', jwks_url: 'https://x' } },
      ['vault-mount config'],
    ],
    ['a policy', { data: { name: 'p', policy: 'path "a" {}' } }, ['vault-policy p']],
    ['a policy in JSON', { path: { a: { capabilities: [] } } }, ['vault-policy policy']],
    [
      'all of it by path',
      {
        'auth/ci/config': { bound_issuer: 'x' },
        'auth/ci/role/a': { user_claim: 'sub' },
        'sys/policies/acl/p': { policy: '' },
      },
      ['vault-mount auth/ci/config', 'vault-role auth/ci/role/a', 'vault-policy sys/policies/acl/p'],
    ],
  ])('reads %s', (_, document, expected) => {
    expect(kinds(document)).toEqual(expected);
  });

  it('takes what Vault prints as empty for not configured', () => {
    const [mount] = read({ data: { oidc_discovery_url: '', bound_issuer: 'x' } });
    expect(mount).toMatchObject({ config: { bound_issuer: 'x' } });
    expect((mount as { config: object }).config).not.toHaveProperty('oidc_discovery_url');
  });
});

describe('issuers', () => {
  it.each([
    [
      'discovery',
      { issuer: 'https://a', jwks_uri: 'http://a/k', claims_supported: ['sub'] },
      { jti: false, keyUrls: ['https://a', 'http://a/k'] },
    ],
    ['a decoded token', { header: {}, payload: { iss: 'a', iat: 10, exp: 20, jti: 'x' } }, { life: 10, jti: true }],
    ['an organization', { profile: 'ona-v3', max_token_life_seconds: 7200 }, { life: 7200 }],
    ['identity tokens of Vault', { data: { client_id: 'c', key: 'k', ttl: '86400' } }, { life: 86_400, jti: false }],
  ])('reads %s', (_, document, expected) => {
    expect(read(document)).toMatchObject([{ kind: 'issuer', ...expected }]);
  });
});

it.each([[{}], [[]], ['text'], [null], [{ unrelated: true }], [{ resource_changes: [] }]])('refuses %j', (document) => {
  expect(readDocument(document, 'x.json')).toMatchObject({
    ok: false,
    problems: [
      { message: 'x.json holds nothing that can be reviewed', hint: expect.stringContaining('it can be') as string },
    ],
  });
});
