/** A `TokenIssuer` through its life: the real Pulumi engine, and every resource made through the AWS API of moto. */
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { EC2 } from '@aws-sdk/client-ec2';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cloud, startCloud } from './cloud.ts';
import { PEM, TOKEN_SHA256 } from './registered.ts';

let cloud: Cloud;

beforeAll(async () => {
  cloud = await startCloud();
}, 60_000);

afterAll(() => cloud.stop());

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

interface Variation {
  readonly digest: string;
  readonly passwordVersion: number;
  readonly protect?: false;
}

const args = ({ digest: imageDigest, passwordVersion, protect }: Variation): string =>
  JSON.stringify({
    url: 'https://tokens.example.com',
    zoneId: cloud.zoneId,
    profiles: ['ona-v3'],
    admin: { allowFrom: ['203.0.113.0/24'], tokenSha256: TOKEN_SHA256 },
    imageDigest,
    database: { caPem: PEM, passwordVersion },
    ...(protect === undefined ? {} : { protect }),
  });

const PASSWORD = /postgresql:\/\/idp:(\w{40})@/;

async function databaseUrl(): Promise<{ readonly url: string; readonly version: string; readonly password: string }> {
  const { SecretList = [] } = await cloud.secrets.listSecrets({});
  const name = SecretList.find(({ Name }) => Name?.startsWith('tokens-database-url') === true)?.Name ?? '';
  const { SecretString: url = '', VersionId: version = '' } = await cloud.secrets.getSecretValue({ SecretId: name });
  return { url, version, password: PASSWORD.exec(url)?.[1] ?? '' };
}

/** What the service runs now, as ECS has it. */
async function running() {
  const state = await cloud.state();
  const [cluster, service] = [state.of('aws:ecs/cluster:Cluster')[0]?.id, state.of('aws:ecs/service:Service')[0]?.id];
  const { services } = await cloud.ecs.describeServices({ cluster, services: [service ?? ''] });
  const taskDefinition = services?.[0]?.taskDefinition;
  const { taskDefinition: task } = await cloud.ecs.describeTaskDefinition({ taskDefinition });
  const container = task?.containerDefinitions?.[0];
  if (container === undefined) throw new Error('the service runs nothing');
  return container;
}

describe('the life of a TokenIssuer', { timeout: 120_000 }, () => {
  test('up makes everything, and guards what must not be lost', async () => {
    cloud.program(args({ digest: digest('a'), passwordVersion: 1 }));
    await cloud.must('up', '--yes', '--skip-preview');
    const state = await cloud.state();
    const guarded = state.resources.filter(({ protect }) => protect === true).map(({ urn }) => urn.split('::').at(-1));
    expect(guarded.sort()).toEqual([
      'tokens-database',
      'tokens-database-1',
      'tokens-database-2',
      'tokens-database-password',
      'tokens-database-url',
      'tokens-signing-1',
      'tokens-signing-2',
    ]);
    const { outputs } = state.of('pulumi:pulumi:Stack')[0] ?? {};
    expect(outputs).toMatchObject({
      url: 'https://tokens.example.com',
      jwksUri: 'https://tokens.example.com/.well-known/jwks.json',
      adminUrl: 'https://tokens.example.com:8443',
      keyArns: [expect.stringMatching(/^arn:aws:kms:/), expect.stringMatching(/^arn:aws:kms:/)],
      secretArns: [
        expect.stringMatching(/^arn:aws:secretsmanager:/),
        expect.stringMatching(/^arn:aws:secretsmanager:/),
      ],
    });
    expect((await running()).image).toBe(`${String(outputs?.repositoryUrl)}@${digest('a')}`);
  });

  test('the password is in Secrets Manager, and nowhere else in the clear', async () => {
    const { url, password } = await databaseUrl();
    expect(password).toHaveLength(40);
    expect(url).toMatch(/@[^:]+:5432\/issuer\?sslmode=verify-full$/);
    expect((await cloud.state()).text).not.toContain(password);
    const container = await running();
    expect(JSON.stringify(container)).not.toContain(password);
    expect(container.secrets?.map(({ name }) => name)).toEqual(['IDP_FILE__DATABASE_URL']);
    expect(container.secrets?.[0]?.valueFrom).toMatch(/:secret:tokens-database-url.*:::/);
  });

  test('a second up, with a look at AWS before it, changes nothing', async () => {
    await cloud.must('up', '--yes', '--skip-preview', '--refresh', '--expect-no-changes');
  });

  test('refresh finds what was changed by hand, and up puts it right', async () => {
    const state = await cloud.state();
    const elb = new ElasticLoadBalancingV2(cloud.client);
    const ec2 = new EC2(cloud.client);
    const logs = new CloudWatchLogs(cloud.client);
    const ListenerArn = String(state.outputs('aws:lb/listener:Listener', 'tokens-public').arn);
    const LoadBalancerArn = String(state.outputs('aws:lb/loadBalancer:LoadBalancer', 'tokens-lb').arn);
    const guard = 'deletion_protection.enabled';
    await elb.modifyListener({ ListenerArn, SslPolicy: 'ELBSecurityPolicy-2016-08' });
    await elb.modifyLoadBalancerAttributes({ LoadBalancerArn, Attributes: [{ Key: guard, Value: 'false' }] });
    const name = String(state.outputs('aws:cloudwatch/logGroup:LogGroup', 'tokens-logs').name);
    await logs.deleteRetentionPolicy({ logGroupName: name });
    const GroupId = state.of('aws:ec2/defaultSecurityGroup:DefaultSecurityGroup')[0]?.id;
    const open = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
    await ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions: [open] });

    const shown = await cloud.must('up', '--yes', '--skip-preview', '--refresh', '--diff');
    for (const drift of ['sslPolicy', 'enableDeletionProtection', 'retentionInDays', 'ingress']) {
      expect(shown).toContain(drift);
    }
    const { Listeners } = await elb.describeListeners({ ListenerArns: [ListenerArn] });
    expect(Listeners?.[0]?.SslPolicy).toBe('ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09');
    const { Attributes } = await elb.describeLoadBalancerAttributes({ LoadBalancerArn });
    expect(Attributes).toContainEqual({ Key: guard, Value: 'true' });
    expect((await logs.describeLogGroups({ logGroupNamePrefix: name })).logGroups?.[0]?.retentionInDays).toBe(90);
    const { SecurityGroups } = await ec2.describeSecurityGroups({ GroupIds: [GroupId ?? ''] });
    expect(SecurityGroups?.[0]?.IpPermissions).toEqual([]);
  });

  test('an update brings another image and another password, and lets go of the guards', async () => {
    const before = await databaseUrl();
    cloud.program(args({ digest: digest('b'), passwordVersion: 2, protect: false }));
    await cloud.must('up', '--yes', '--skip-preview');
    const after = await databaseUrl();
    expect(after.password).toHaveLength(40);
    expect(after.password).not.toBe(before.password);
    const { image, secrets } = await running();
    expect(image).toMatch(new RegExp(`@${digest('b')}$`));
    expect(secrets?.[0]?.valueFrom).toMatch(new RegExp(`:::${after.version}$`));
    const { text, resources } = await cloud.state();
    for (const { password } of [before, after]) expect(text).not.toContain(password);
    expect(resources.filter(({ protect }) => protect === true)).toEqual([]);
  });

  test('destroy leaves nothing', async () => {
    await cloud.must('destroy', '--yes', '--skip-preview');
    expect((await cloud.state()).resources.filter(({ type }) => type.startsWith('aws:'))).toEqual([]);
    const { clusterArns } = await cloud.ecs.listClusters({});
    const { clusters } = await cloud.ecs.describeClusters({ clusters: clusterArns });
    expect(clusters?.map(({ status }) => status)).toEqual(['INACTIVE']);
    expect((await cloud.secrets.listSecrets({})).SecretList).toEqual([]);
    const { LoadBalancers } = await new ElasticLoadBalancingV2(cloud.client).describeLoadBalancers({});
    expect(LoadBalancers).toEqual([]);
  });
});
