import * as pulumi from '@pulumi/pulumi';
import { describe, expect, it } from 'vitest';
import { AwsFederatedRole, type AwsFederatedRoleArgs } from '../../../components/aws/federated-role.ts';
import { type MockOptions, inputsOf, outputValue, registered } from '../mocks.ts';

const ORGANIZATION = '0191e223-0000-7000-8000-00000000000a';
const PROJECT = '019527e4-0000-7000-8000-0000000000a1';
const ACCOUNT = '123456789012';

const ARGS: AwsFederatedRoleArgs = {
  issuer: { profile: 'ona-v3' },
  admission: { claims: { organization_id: { equals: [ORGANIZATION] }, project_id: { equals: [PROJECT] } } },
  accountId: ACCOUNT,
};

const aud = 'sts.amazonaws.com';
const sub = `organization_id:${ORGANIZATION}:project_id:${PROJECT}`;
const own = (keys: Record<string, unknown>, prefix = 'app.gitpod.io') =>
  Object.fromEntries(Object.entries(keys).map(([key, value]) => [`${prefix}:${key}`, value]));

const ONA = {
  Effect: 'Allow',
  Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/app.gitpod.io` },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: { StringEquals: own({ aud, sub }) },
};

async function create(args: Partial<AwsFederatedRoleArgs> = {}, options: MockOptions = {}) {
  let made: AwsFederatedRole | undefined;
  const seen = await registered(() => (made = new AwsFederatedRole('data', { ...ARGS, ...args })), options);
  if (made === undefined) throw new Error('nothing was made');
  return { seen, role: made };
}

async function statements(args: Partial<AwsFederatedRoleArgs>, options: MockOptions = {}): Promise<object[]> {
  const { seen } = await create(args, options);
  const [role] = inputsOf(seen, 'Role');
  return (JSON.parse(String(role?.assumeRolePolicy)) as { Statement: object[] }).Statement;
}

const EMPTY = JSON.stringify({ Version: '2012-10-17', Statement: [] });
const READ_ONLY = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
const policy = (statement: object) =>
  JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Resource: '*', ...statement } });

describe('AwsFederatedRole', () => {
  it('creates a role with its trust policy, and its policies exclusively', async () => {
    const { seen } = await create({ managedPolicyArns: [READ_ONLY], inlinePolicies: { data: EMPTY } });
    expect(inputsOf(seen, 'Role')).toEqual([
      {
        assumeRolePolicy: JSON.stringify({ Version: '2012-10-17', Statement: [ONA] }),
        maxSessionDuration: 3600,
        forceDetachPolicies: true,
      },
    ]);
    expect(inputsOf(seen, 'RolePolicy')).toMatchObject([{ name: 'data', policy: EMPTY }]);
    expect(inputsOf(seen, 'RolePoliciesExclusive')).toMatchObject([{ policyNames: ['data'] }]);
    expect(inputsOf(seen, 'RolePolicyAttachmentsExclusive')).toMatchObject([{ policyArns: [READ_ONLY] }]);
    // A program that was provisioned before keeps its resources: these names are the state's.
    expect(seen.map(({ name }) => name).sort()).toEqual([
      'data',
      'data-inline-data',
      'data-inline-exclusive',
      'data-managed-exclusive',
      'data-role',
    ]);
  });

  it('leaves what others attach, where it is told to', async () => {
    const { seen } = await create({ managedPolicyArns: [READ_ONLY], exclusivePolicies: false });
    expect(inputsOf(seen, 'RolePolicyAttachment')).toMatchObject([{ policyArn: READ_ONLY }]);
    expect(seen.filter(({ type }) => type.includes('Exclusive'))).toEqual([]);
  });

  it('passes on what it is given', async () => {
    const given = { path: '/workloads/', description: 'data', tags: { team: 'data' } };
    const boundary = `arn:aws:iam::${ACCOUNT}:policy/boundary`;
    const { seen } = await create({
      ...given,
      roleName: 'data',
      permissionsBoundary: boundary,
      maxSessionSeconds: 43200,
    });
    expect(inputsOf(seen, 'Role')).toMatchObject([
      { ...given, name: 'data', permissionsBoundary: boundary, maxSessionDuration: 43200 },
    ]);
  });

  it('knows the trust policy at preview, and of inputs that come later', async () => {
    const later = { accountId: pulumi.output(Promise.resolve(ACCOUNT)), admission: pulumi.output(ARGS.admission) };
    expect(await statements(later, { preview: true })).toEqual([ONA]);
  });

  it('admits the tokens of several issuers, each by its own provider and for its own audience', async () => {
    const classic = 'services.acme.gitpod.cloud/idp';
    const also = {
      issuer: { profile: 'gitpod-classic', url: `https://${classic}` },
      admission: {
        claims: { sub: { equals: ['https://github.com/acme/api'], like: ['https://github.com/acme/api/*'] } },
      },
      audiences: ['other'],
    };
    const v2 = { issuer: { profile: 'ona-v2' }, admission: { claims: { sub: { equals: ['org:o/prj:p/env:e'] } } } };
    const federated = {
      Effect: 'Allow',
      Principal: { Federated: ONA.Principal.Federated.replace('app.gitpod.io', classic) },
    };
    const partition = { partition: 'aws' };
    expect(await statements({ alsoAdmit: [also, v2], ...partition })).toEqual([
      { ...ONA, Condition: { StringEquals: own({ aud, sub: [sub, 'org:o/prj:p/env:e'] }) } },
      {
        ...federated,
        Action: ONA.Action,
        Condition: { StringEquals: own({ aud: 'other', sub: 'https://github.com/acme/api' }, classic) },
      },
      {
        ...federated,
        Action: ONA.Action,
        Condition: {
          StringEquals: own({ aud: 'other' }, classic),
          StringLike: own({ sub: 'https://github.com/acme/api/*' }, classic),
        },
      },
    ]);
  });

  it('demands session tags and a source identity, and no other tags, where it is told to', async () => {
    const session = {
      tags: { project: { equals: [PROJECT] }, team: { like: ['data-*'] } },
      sourceIdentity: { like: ['*@acme.com'] },
    };
    expect(await statements({ session })).toEqual([
      {
        ...ONA,
        Action: [ONA.Action, 'sts:TagSession', 'sts:SetSourceIdentity'],
        Condition: {
          StringEquals: { ...own({ aud, sub }), 'aws:RequestTag/project': PROJECT },
          StringLike: { 'aws:RequestTag/team': 'data-*', 'sts:SourceIdentity': '*@acme.com' },
          'ForAllValues:StringEquals': { 'aws:TagKeys': ['project', 'team'] },
        },
      },
    ]);
  });

  it('becomes several roles with the same policies, where one trust policy is over the quota', async () => {
    const projects = Array.from({ length: 100 }, (_, at) => `019527e4-0000-7000-8000-${String(at).padStart(12, '0')}`);
    const admission = { claims: { organization_id: { equals: [ORGANIZATION] }, project_id: { equals: projects } } };
    await expect(create({ admission })).rejects.toThrow(/the quota is 2048 \(split the entry .*`split`/);
    const later = pulumi.output(Promise.resolve(ACCOUNT));
    const { seen, role } = await create({
      admission,
      split: true,
      accountId: later,
      roleName: 'data',
      inlinePolicies: { x: EMPTY },
    });
    const roles = inputsOf(seen, 'Role');
    expect(roles.map(({ name }) => name)).toEqual(['data', 'data-2', 'data-3']);
    expect(roles.every(({ assumeRolePolicy }) => String(assumeRolePolicy).length <= 2048)).toBe(true);
    const all = roles.map(({ assumeRolePolicy }) => String(assumeRolePolicy)).join(' ');
    expect(projects.filter((project) => !all.includes(project))).toEqual([]);
    expect(inputsOf(seen, 'RolePolicy')).toHaveLength(3);
    expect(await outputValue(role.roles)).toMatchObject([
      { arn: 'arn:of:data-role', roleName: 'data' },
      { arn: 'arn:of:data-2-role', roleName: 'data-2' },
      { arn: 'arn:of:data-3-role', roleName: 'data-3' },
    ]);
    expect(await outputValue(role.roleName)).toBe('data');
  });

  it('builds for other partitions', async () => {
    const [statement] = await statements({ partition: 'aws-us-gov' });
    expect(statement).toMatchObject({
      Principal: { Federated: `arn:aws-us-gov:iam::${ACCOUNT}:oidc-provider/app.gitpod.io` },
    });
  });

  it.each<[what: string, args: Partial<AwsFederatedRoleArgs>, says: string]>([
    ['no claims', { admission: { claims: {} } }, 'admission: an admission without claims would admit every tenant'],
    [
      'a claim that AWS cannot see',
      { admission: { claims: { organization_id: { equals: [ORGANIZATION] }, runner_id: { equals: ['r'] } } } },
      'cannot see',
    ],
    [
      'an issuer that is no URL',
      {
        issuer: { profile: 'gitlab-job-jwt', iss: 'gitlab.example.com' },
        admission: { claims: { project_id: { equals: ['22'] } } },
      },
      'no URL',
    ],
    ['an account with letters', { accountId: 'acme' }, '12 digits'],
    ['an unknown partition', { partition: 'gov' }, 'there is no partition `gov`'],
    ['a session of a day', { maxSessionSeconds: 86400 }, '3600 to 43200'],
    ['a session of a minute', { maxSessionSeconds: 60 }, '3600 to 43200'],
    ['a session of half a second more', { maxSessionSeconds: 3600.5 }, '3600 to 43200'],
    ['an unknown profile', { issuer: { profile: 'ona' } }, 'no profile ona'],
    ['no audience', { audiences: [] }, 'replayed'],
    ['a quota that AWS does not give', { trustPolicyQuota: 5000 }, 'AWS raises it to 4096 at most'],
    ['a quota of nothing', { trustPolicyQuota: 0 }, 'is no quota'],
    ['a name with a slash', { roleName: 'a/b' }, 'is no name of a role'],
    ['a path without slashes', { path: 'workloads' }, 'it begins and ends with a slash'],
    ['a boundary by name', { permissionsBoundary: 'boundary' }, 'is no ARN of a managed policy'],
    ['a managed policy by name', { managedPolicyArns: ['ReadOnlyAccess'] }, 'is no ARN of a managed policy'],
    ['administrators', { managedPolicyArns: ['arn:aws-cn:iam::aws:policy/AdministratorAccess'] }, 'the whole account'],
    ['all of IAM by its policy', { managedPolicyArns: ['arn:aws:iam::aws:policy/IAMFullAccess'] }, 'the whole account'],
    ['all actions', { inlinePolicies: { all: policy({ Action: '*' }) } }, 'inlinePolicies.all: with all actions'],
    ['all of IAM', { inlinePolicies: { iam: policy({ Action: ['s3:GetObject', 'IAM:*'] }) } }, 'the whole account'],
    ['a policy that is no JSON', { inlinePolicies: { x: 'x' } }, 'the policy is no JSON object'],
    ['a name of a policy with a blank', { inlinePolicies: { 'a b': EMPTY } }, 'this is no name of a policy'],
    ['a misspelt argument', { permissionBoundary: 'x' } as never, 'did you mean permissionsBoundary?'],
    ['no account', { accountId: undefined as never }, 'accountId: this argument is missing'],
    [
      'a mistake in a further admission',
      { alsoAdmit: [{ issuer: { profile: 'ona-v2' }, admission: { claims: {} } }] },
      'alsoAdmit.0.admit: an admission without claims',
    ],
    ['a tag without values', { session: { tags: { team: {} } } }, 'session.tags.team: no value is given'],
    [
      'to split what is not known yet',
      { split: true, admission: pulumi.output(ARGS.admission) },
      'must be known when the program runs',
    ],
    ['to adopt a role without a name', { adopt: true }, '`roleName` must be given'],
    ['to adopt several', { adopt: true, roleName: 'x', split: true }, 'one role is adopted'],
  ])('refuses %s at once', async (_, args, says) => {
    await expect(create(args)).rejects.toThrow(says);
  });

  it.each<[what: string, args: Partial<AwsFederatedRoleArgs>]>([
    ['on a resource', { inlinePolicies: { x: policy({ Action: 'iam:*', Resource: 'arn:aws:iam::1:role/x' }) } }],
    [
      'under a condition',
      { inlinePolicies: { x: policy({ Action: '*', Condition: { Bool: { 'aws:SecureTransport': 'true' } } }) } },
    ],
    ['as a Deny', { inlinePolicies: { x: policy({ Effect: 'Deny', Action: '*' }) } }],
    [
      'by name',
      {
        dangerouslyAllowAdministrator: true,
        managedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'],
        inlinePolicies: { x: policy({ Action: '*:*' }) },
      },
    ],
  ])('takes all of IAM %s', async (_, args) => {
    expect(inputsOf((await create(args)).seen, 'Role')).toHaveLength(1);
  });
});
