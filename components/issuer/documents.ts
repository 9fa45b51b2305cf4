/** Discovery and keys as files in S3, which CloudFront serves at the issuer's URL; the rest of it is the issuer's own. */

import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { allow, taskRole } from './roles.ts';
import { type Place, makeBucketPolicy, makeBucket, makeCertificate } from './edge.ts';
import type { Groups } from './groups.ts';
import type { Network } from './network.ts';
import { type Surroundings, policyJson } from './surroundings.ts';

/** Ids of CloudFront's own policies (CloudFront Developer Guide, "Use managed cache policies"). */
const CACHED = '658327ea-f89d-4fab-a63d-7e88639e58f6';
const NOT_CACHED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
const ALL_OF_THE_VIEWER = '216adef6-5c7f-47e4-b989-5492eafa07d3';

/** CloudFront's addresses towards origins, as AWS keeps them. */
export interface CloudFrontAddresses {
  readonly prefixListId: pulumi.Output<string>;
  readonly cidrs: pulumi.Output<string[]>;
}

export function cloudFrontAddresses({ parent }: Surroundings): CloudFrontAddresses {
  const list = aws.ec2.getManagedPrefixListOutput(
    { name: 'com.amazonaws.global.cloudfront.origin-facing' },
    { parent },
  );
  return { prefixListId: list.id, cidrs: list.entries.apply((entries) => entries.map(({ cidr }) => cidr).sort()) };
}

/** Under which CloudFront reaches the load balancer, whose certificate has this name too. */
export const originHost = (host: string): string => `origin.${host}`;

export interface Documents {
  readonly bucket: aws.s3.Bucket;
  readonly distribution: aws.cloudfront.Distribution;
  /** Where the issuer's name leads. */
  readonly place: Place;
}

export function makeDocuments(
  around: Surroundings,
  { priceClass }: { readonly priceClass: string },
  firewall: aws.wafv2.WebAcl,
): Documents {
  const { name, parent, plan } = around;
  const bucket = makeBucket(around, 'documents', !plan.protect);
  new aws.s3.BucketVersioning(
    `${name}-documents`,
    { bucket: bucket.bucket, versioningConfiguration: { status: 'Enabled' } },
    { parent },
  );
  const access = new aws.cloudfront.OriginAccessControl(
    `${name}-documents`,
    { originAccessControlOriginType: 's3', signingBehavior: 'always', signingProtocol: 'sigv4' },
    { parent },
  );
  const distribution = new aws.cloudfront.Distribution(
    `${name}-documents`,
    {
      enabled: true,
      comment: plan.url,
      aliases: [plan.host],
      httpVersion: 'http2and3',
      isIpv6Enabled: true,
      priceClass,
      webAclId: firewall.arn,
      origins: [
        { originId: 'documents', domainName: bucket.bucketRegionalDomainName, originAccessControlId: access.id },
        {
          originId: 'issuer',
          domainName: originHost(plan.host),
          customOriginConfig: {
            httpPort: 80,
            httpsPort: 443,
            originProtocolPolicy: 'https-only',
            originSslProtocols: ['TLSv1.2'],
          },
        },
      ],
      orderedCacheBehaviors: [
        {
          pathPattern: `${plan.path}/*.well-known/*`,
          targetOriginId: 'documents',
          viewerProtocolPolicy: 'https-only',
          allowedMethods: ['GET', 'HEAD'],
          cachedMethods: ['GET', 'HEAD'],
          cachePolicyId: CACHED,
          compress: true,
        },
      ],
      defaultCacheBehavior: {
        targetOriginId: 'issuer',
        viewerProtocolPolicy: 'https-only',
        allowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'POST', 'PATCH', 'DELETE'],
        cachedMethods: ['GET', 'HEAD'],
        cachePolicyId: NOT_CACHED,
        originRequestPolicyId: ALL_OF_THE_VIEWER,
      },
      restrictions: { geoRestriction: { restrictionType: 'none' } },
      viewerCertificate: {
        // CloudFront takes certificates of this region alone.
        acmCertificateArn: makeCertificate(around, 'edge', [plan.host], 'us-east-1'),
        minimumProtocolVersion: 'TLSv1.2_2021',
        sslSupportMethod: 'sni-only',
      },
    },
    { parent },
  );
  makeBucketPolicy(around, 'documents', bucket, {
    Effect: 'Allow',
    Principal: { Service: 'cloudfront.amazonaws.com' },
    Action: 's3:GetObject',
    Resource: pulumi.interpolate`${bucket.arn}/*`,
    Condition: { StringEquals: { 'aws:SourceArn': distribution.arn } },
  });
  return { bucket, distribution, place: { name: distribution.domainName, zoneId: distribution.hostedZoneId } };
}

/** What `idp issuer publish` needs of S3: docs/runbook.md, "Static files". */
export function publisherRole(around: Surroundings, bucket: aws.s3.Bucket): aws.iam.Role {
  const role = taskRole(around, 'publisher', 'Publishes the documents of the token issuer');
  allow(around, 'publisher', role, [
    { Effect: 'Allow', Action: 's3:ListBucket', Resource: bucket.arn },
    { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: pulumi.interpolate`${bucket.arn}/*` },
  ]);
  return role;
}

export interface ScheduleInputs {
  readonly cluster: aws.ecs.Cluster;
  readonly task: aws.ecs.TaskDefinition;
  readonly roles: readonly aws.iam.Role[];
  readonly network: Network;
  readonly groups: Groups;
  readonly everyMinutes: number;
}

/** Runs the task again and again: a new key signs once it was seen at its URL, and never before. */
export function schedule(around: Surroundings, inputs: ScheduleInputs): void {
  const { name, parent, account } = around;
  const { cluster, task, roles, network, groups, everyMinutes } = inputs;
  const role = new aws.iam.Role(
    `${name}-schedule`,
    {
      description: 'Starts the publisher of the token issuer',
      forceDetachPolicies: true,
      assumeRolePolicy: policyJson({
        Effect: 'Allow',
        Principal: { Service: 'scheduler.amazonaws.com' },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'aws:SourceAccount': account } },
      }),
    },
    { parent },
  );
  allow(around, 'schedule', role, [
    {
      Effect: 'Allow',
      Action: 'ecs:RunTask',
      Resource: task.arn,
      Condition: { ArnEquals: { 'ecs:cluster': cluster.arn } },
    },
    {
      Effect: 'Allow',
      Action: 'iam:PassRole',
      Resource: roles.map(({ arn }) => arn),
      Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    },
  ]);
  new aws.scheduler.Schedule(
    `${name}-publish`,
    {
      scheduleExpression: `rate(${everyMinutes} minutes)`,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: cluster.arn,
        roleArn: role.arn,
        ecsParameters: {
          taskDefinitionArn: task.arn,
          launchType: 'FARGATE',
          platformVersion: '1.4.0',
          enableExecuteCommand: false,
          networkConfiguration: {
            subnets: network.privateSubnetIds,
            securityGroups: [groups.service.id],
            assignPublicIp: false,
          },
        },
        // The next one comes soon, and two at once do no harm.
        retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
      },
    },
    { parent },
  );
}
