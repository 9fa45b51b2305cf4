/**
 * What the stand-in for the provider does not read back, and no refresh of a sandbox can see: what moto 5.2.5 does not
 * keep, and what the provider alone knows. All of it is here, as it was registered.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { IssuerDatabaseKind } from '../../../components/issuer/args.ts';
import { kinds } from '../../sandbox/plugins/aws/kinds.ts';
import { ACCOUNT, DIGEST, DRAWN, type Deployed, PEM, closed, deploy } from './registered.ts';

type Row = readonly [type: string, name: string, inputs: Readonly<Record<string, unknown>>];

/** Of the provider: how it goes about its work. */
const OF_THE_PROVIDER: readonly Row[] = [
  ['ecr/repository:Repository', 'tokens-image', { forceDelete: false }],
  ['iam/role:Role', 'tokens-task', { forceDetachPolicies: true }],
  ['kms/key:Key', 'tokens-signing-1', { deletionWindowInDays: 30 }],
  [
    'rds/cluster:Cluster',
    'tokens-database',
    { skipFinalSnapshot: false, finalSnapshotIdentifier: 'tokens-final', masterPassword: '[secret]' },
  ],
  ['route53/record:Record', 'tokens-certificate-proof-1', { allowOverwrite: true }],
  ['s3/bucket:Bucket', 'tokens-access-logs', { forceDestroy: false }],
  ['secretsmanager/secret:Secret', 'tokens-database-url', { recoveryWindowInDays: 30 }],
  [
    'acm/certificateValidation:CertificateValidation',
    'tokens-edge',
    { region: 'us-east-1', validationRecordFqdns: [expect.anything()] },
  ],
  ['acm/certificate:Certificate', 'tokens-edge', { region: 'us-east-1' }],
];

/** Of moto: what it takes and does not tell, or tells otherwise. */
const OF_MOTO: readonly Row[] = [
  [
    'cloudfront/distribution:Distribution',
    'tokens-documents',
    {
      httpVersion: 'http2and3',
      origins: [{ originId: 'documents' }, { originId: 'issuer' }],
      orderedCacheBehaviors: [
        { allowedMethods: ['GET', 'HEAD'], cachePolicyId: '658327ea-f89d-4fab-a63d-7e88639e58f6', compress: true },
      ],
      defaultCacheBehavior: {
        viewerProtocolPolicy: 'https-only',
        originRequestPolicyId: '216adef6-5c7f-47e4-b989-5492eafa07d3',
      },
      restrictions: { geoRestriction: { restrictionType: 'none' } },
      viewerCertificate: { minimumProtocolVersion: 'TLSv1.2_2021', sslSupportMethod: 'sni-only' },
    },
  ],
  [
    'ecs/service:Service',
    'tokens-service',
    {
      enableExecuteCommand: false,
      waitForSteadyState: true,
      deploymentCircuitBreaker: { enable: true, rollback: true },
      deploymentMinimumHealthyPercent: 100,
      deploymentMaximumPercent: 200,
      healthCheckGracePeriodSeconds: 120,
      availabilityZoneRebalancing: 'ENABLED',
    },
  ],
  [
    'ecs/taskDefinition:TaskDefinition',
    'tokens-issuer',
    {
      runtimePlatform: { operatingSystemFamily: 'LINUX', cpuArchitecture: 'X86_64' },
      containerDefinitions: expect.stringContaining(
        `${ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com/tokens-image@${DIGEST}`,
      ),
    },
  ],
  [
    'scheduler/schedule:Schedule',
    'tokens-publish',
    {
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        roleArn: 'arn:of:tokens-schedule',
        ecsParameters: { enableExecuteCommand: false, launchType: 'FARGATE' },
      },
    },
  ],
  ['vpc/securityGroupIngressRule:SecurityGroupIngressRule', 'tokens-service-in', { description: 'The load balancer' }],
  ['vpc/securityGroupEgressRule:SecurityGroupEgressRule', 'tokens-admin-out', { description: 'The admin API' }],
  [
    'wafv2/webAcl:WebAcl',
    'tokens-firewall',
    {
      region: 'us-east-1',
      defaultAction: { allow: {} },
      rules: [{ statement: { rateBasedStatement: { limit: 2000 } } }],
      visibilityConfig: { cloudwatchMetricsEnabled: true, sampledRequestsEnabled: false },
    },
  ],
];

const ROWS = [...OF_THE_PROVIDER, ...OF_MOTO];

describe('what is not read back', () => {
  let deployed: Deployed;
  let withRds: Deployed;
  beforeAll(async () => {
    deployed = await deploy({ documents: {} });
    withRds = await deploy({ database: { kind: IssuerDatabaseKind.Rds, caPem: PEM } });
  });

  it('is listed here, for every type that a TokenIssuer has', () => {
    const unread = (type: string) =>
      Object.entries(kinds[`aws:${type}`]?.properties ?? {}).flatMap(([name, { unread: is }]) =>
        is === true ? [name] : [],
      );
    const types = new Set([...deployed.all, ...withRds.all].map(({ type }) => type));
    const missing = [...types].flatMap((type) => {
      // As a cluster has it.
      if (type === 'rds/instance:Instance') return [];
      const listed = ROWS.filter((row) => row[0] === type).flatMap(([, , inputs]) => Object.keys(inputs));
      return unread(type)
        .filter((name) => !listed.includes(name))
        .map((name) => `${type} ${name}`);
    });
    expect(missing).toEqual([]);
  });

  it.each(ROWS)('%s %s is registered so', (type, name, inputs) => {
    expect(closed(deployed.one(type, name))).toMatchObject(inputs);
  });

  it('an instance of RDS is registered as a cluster is', () => {
    const inputs = withRds.one('rds/instance:Instance');
    expect(closed(inputs)).toMatchObject({
      skipFinalSnapshot: false,
      finalSnapshotIdentifier: 'tokens-final',
      password: '[secret]',
    });
    expect(JSON.stringify(inputs)).toContain(DRAWN);
  });
});
