/** Document 002: Gitpod Classic to AWS, an issuer under a path. */
import { CreateRoleCommand, DeleteRoleCommand } from '@aws-sdk/client-iam';
import { assumeRole } from '../attempt.ts';
import { type Line } from '../scenario.ts';
import { AWS_AUDIENCE, awsLine, line } from './lines.ts';

const seed = '002';
const PREFIX = 'services.acme.gitpod.cloud/idp';
const WORKSPACE = 'https://github.com/gitpod-io/my-application';

/** A condition on a key that AWS does not have, written by hand as the document words it. */
function deadCondition(key: 'azp' | 'amr', because: string): Line {
  const text = {
    seed,
    scenario: `a condition on :${key} is dead`,
    token: 'workspace',
    expected: 'refused',
    because,
  } as const;
  return line(text, async (sandbox) => {
    const RoleName = `by-hand-${key}`;
    const condition = { [`${PREFIX}:sub`]: WORKSPACE, [`${PREFIX}:${key}`]: AWS_AUDIENCE };
    const policy = {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Federated: `arn:aws:iam::${sandbox.account}:oidc-provider/${PREFIX}` },
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: { StringEquals: condition },
        },
      ],
    };
    await sandbox.aws.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: JSON.stringify(policy) }));
    try {
      const token = await sandbox.issuer.token('workspace', [AWS_AUDIENCE]);
      return await assumeRole(sandbox, { role: RoleName, token });
    } finally {
      await sandbox.aws.iam.send(new DeleteRoleCommand({ RoleName }));
    }
  });
}

export const classicAws: readonly Line[] = [
  awsLine({
    seed,
    scenario: 'one repository, StringEquals',
    token: 'workspace',
    role: 'classic-repository',
    expected: 'admitted',
  }),
  awsLine({
    seed,
    scenario: 'one repository, StringEquals',
    token: 'workspace of another repository',
    role: 'classic-repository',
    expected: 'refused',
    because: `${PREFIX}:sub`,
  }),
  awsLine({
    seed,
    scenario: 'one repository, StringEquals',
    token: 'workspace on a branch',
    role: 'classic-repository',
    expected: 'refused',
    because: `${PREFIX}:sub`,
  }),
  awsLine({
    seed,
    scenario: 'all repositories of an owner, StringLike',
    token: 'workspace of another repository',
    role: 'classic-organization',
    expected: 'admitted',
  }),
  awsLine({
    seed,
    scenario: 'all repositories of an owner, StringLike',
    token: 'workspace of another owner',
    role: 'classic-organization',
    expected: 'refused',
    because: `${PREFIX}:sub`,
  }),
  awsLine({
    seed,
    scenario: 'all branches of a repository, StringLike',
    token: 'workspace on a branch',
    role: 'classic-branches',
    expected: 'admitted',
  }),
  awsLine({
    seed,
    scenario: 'all branches of a repository, StringLike',
    token: 'workspace of another repository',
    role: 'classic-branches',
    expected: 'refused',
    because: `${PREFIX}:sub`,
  }),
  awsLine({
    seed,
    scenario: 'a workspace without context',
    token: 'workspace without context',
    role: 'classic-organization',
    expected: 'refused',
    because: 'no-context',
  }),
  awsLine({
    seed,
    scenario: 'two audiences: azp becomes :aud',
    token: 'workspace',
    role: 'classic-repository',
    audiences: [AWS_AUDIENCE, 'elsewhere'],
    expected: 'admitted',
  }),
  awsLine({
    seed,
    scenario: 'two audiences: only azp counts',
    token: 'workspace',
    role: 'classic-repository',
    audiences: ['elsewhere', AWS_AUDIENCE],
    expected: 'refused',
    because: 'InvalidIdentityToken',
  }),
  deadCondition('azp', 'dead: AWS has no key `azp`'),
  deadCondition('amr', 'dead: the token has no `amr`'),
];
