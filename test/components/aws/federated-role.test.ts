import * as pulumi from '@pulumi/pulumi';
import { describe, expect, it } from 'vitest';
import {
  AwsFederatedRole,
  type AwsFederatedRoleArgs,
  trustPolicyJson,
} from '../../../components/aws/federated-role.ts';
import { registered } from '../mocks.ts';

const ORGANIZATION = '0191e223-0000-7000-8000-00000000000a';
const PROJECT = '019527e4-0000-7000-8000-0000000000a1';

const ARGS: AwsFederatedRoleArgs = {
  issuer: { profile: 'ona-v3' },
  admission: { claims: { organization_id: { equals: [ORGANIZATION] }, project_id: { equals: [PROJECT] } } },
  accountId: '123456789012',
};

const POLICY = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Federated: 'arn:aws:iam::123456789012:oidc-provider/app.gitpod.io' },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: {
          'app.gitpod.io:aud': 'sts.amazonaws.com',
          'app.gitpod.io:sub': `organization_id:${ORGANIZATION}:project_id:${PROJECT}`,
        },
      },
    },
  ],
};

describe('AwsFederatedRole', () => {
  it('creates a role with its trust policy, and its policies exclusively', async () => {
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: [] });
    const seen = await registered(
      () =>
        new AwsFederatedRole('data', {
          ...ARGS,
          managedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
          inlinePolicies: { data: policy },
        }),
    );
    const of = (type: string) => seen.filter((resource) => resource.type.endsWith(type)).map(({ inputs }) => inputs);
    expect(of(':Role')).toMatchObject([{ maxSessionDuration: 3600, forceDetachPolicies: true }]);
    expect(JSON.parse(String(of(':Role')[0]?.assumeRolePolicy))).toEqual(POLICY);
    expect(of(':RolePolicy')).toMatchObject([{ name: 'data', policy }]);
    expect(of(':RolePoliciesExclusive')).toMatchObject([{ policyNames: ['data'] }]);
    expect(of(':RolePolicyAttachmentsExclusive')).toMatchObject([
      { policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] },
    ]);
  });

  it('knows the trust policy of inputs that come later', async () => {
    const later = pulumi.output(Promise.resolve(ARGS.accountId));
    const seen = await registered(() => new AwsFederatedRole('data', { ...ARGS, accountId: later }));
    const role = seen.find(({ type }) => type.endsWith(':Role'));
    expect(JSON.parse(String(role?.inputs.assumeRolePolicy))).toEqual(POLICY);
  });

  const wrong: [what: string, args: Partial<AwsFederatedRoleArgs>, says: string][] = [
    ['no claims', { admission: { claims: {} } }, 'every tenant'],
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
    ['a session of a day', { maxSessionSeconds: 86400 }, '3600 to 43200'],
    ['an unknown profile', { issuer: { profile: 'ona' } }, 'no profile ona'],
  ];
  it.each(wrong)('refuses %s at once', async (_, args, says) => {
    await expect(registered(() => new AwsFederatedRole('data', { ...ARGS, ...args }))).rejects.toThrow(says);
  });

  it('builds for other partitions', () => {
    const built = trustPolicyJson({
      issuer: ARGS.issuer,
      admission: { claims: { environment_id: { equals: ['x'] } } },
      accountId: '123456789012',
      partition: 'aws-us-gov',
    });
    expect(built.ok).toBe(false);
    const project = trustPolicyJson({
      issuer: ARGS.issuer,
      admission: ARGS.admission as never,
      accountId: '123456789012',
      partition: 'aws-us-gov',
    });
    expect(project.ok && project.value).toContain('arn:aws-us-gov:iam::123456789012:oidc-provider/app.gitpod.io');
  });
});
