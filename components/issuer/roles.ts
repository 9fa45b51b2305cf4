/** The two roles of a task: what starts it, and what the issuer itself may do. They have no right in common. */

import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Database } from './database.ts';
import { type Surroundings, policyJson } from './surroundings.ts';

/** Assumed by tasks of this account and region alone (IAM, "The confused deputy problem"). */
export function taskRole(
  { name, parent, partition, region, account }: Surroundings,
  kind: string,
  description: string,
) {
  const trust = policyJson({
    Effect: 'Allow',
    Principal: { Service: 'ecs-tasks.amazonaws.com' },
    Action: 'sts:AssumeRole',
    Condition: {
      StringEquals: { 'aws:SourceAccount': account },
      ArnLike: { 'aws:SourceArn': pulumi.interpolate`arn:${partition}:ecs:${region}:${account}:*` },
    },
  });
  return new aws.iam.Role(
    `${name}-${kind}`,
    { assumeRolePolicy: trust, description, forceDetachPolicies: true },
    { parent },
  );
}

export function allow(
  { name, parent }: Surroundings,
  kind: string,
  role: aws.iam.Role,
  statements: object[],
): aws.iam.RolePolicy {
  return new aws.iam.RolePolicy(`${name}-${kind}`, { role: role.name, policy: policyJson(...statements) }, { parent });
}

export interface Starting {
  readonly repositoryArn: pulumi.Input<string>;
  readonly logGroupArn: pulumi.Input<string>;
  readonly database: Database;
}

/** What ECS itself needs: the image, the log, and the one secret of the container. */
export function executionStatements({ region, partition }: Surroundings, starting: Starting): object[] {
  const { repositoryArn, logGroupArn, database } = starting;
  const suffix = partition.apply((name) => (name === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'));
  return [
    // Has no resource: the token opens what the next statement says.
    { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
    {
      Effect: 'Allow',
      Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      Resource: repositoryArn,
    },
    {
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: pulumi.interpolate`${logGroupArn}:log-stream:*`,
    },
    { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: database.secretArn },
    ...(database.secretKeyArn === undefined
      ? []
      : [
          {
            Effect: 'Allow',
            Action: 'kms:Decrypt',
            Resource: database.secretKeyArn,
            Condition: { StringEquals: { 'kms:ViaService': pulumi.interpolate`secretsmanager.${region}.${suffix}` } },
          },
        ]),
  ];
}
