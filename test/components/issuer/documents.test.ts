/** A `TokenIssuer` with its documents in S3, on RDS, with sealed keys: made, looked at, and taken away. */
import { CloudFront } from '@aws-sdk/client-cloudfront';
import { Scheduler } from '@aws-sdk/client-scheduler';
import { WAFV2 } from '@aws-sdk/client-wafv2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { IssuerCustody, IssuerDatabaseKind } from '../../../components/issuer/args.ts';
import { type Cloud, startCloud } from './cloud.ts';
import { DIGEST, PEM, TOKEN_SHA256 } from './registered.ts';

let cloud: Cloud;

beforeAll(async () => {
  cloud = await startCloud();
}, 60_000);

afterAll(() => cloud.stop());

describe('a TokenIssuer with documents in S3', { timeout: 120_000 }, () => {
  test('up makes everything, at the edge too', async () => {
    const args = {
      url: 'https://tokens.example.com',
      zoneId: cloud.zoneId,
      profiles: ['ona-v3'],
      admin: { allowFrom: ['203.0.113.0/24'], tokenSha256: TOKEN_SHA256 },
      imageDigest: DIGEST,
      custody: IssuerCustody.KmsSealing,
      database: { kind: IssuerDatabaseKind.Rds, caPem: PEM },
      network: { singleNatGateway: true, zones: 3 },
      documents: {},
      protect: false,
    };
    cloud.program(JSON.stringify(args));
    await cloud.must('up', '--yes', '--skip-preview');
    const [made] = (await cloud.state()).of('aws:cloudfront/distribution:Distribution');
    const { Distribution } = await new CloudFront(cloud.client).getDistribution({ Id: made?.id });
    const waf = new WAFV2({ ...cloud.client, region: 'us-east-1' });
    const [acl] = (await waf.listWebACLs({ Scope: 'CLOUDFRONT' })).WebACLs ?? [];
    expect(Distribution?.DistributionConfig?.WebACLId).toBe(acl?.ARN);
    const { Id = '', Name = '' } = acl ?? {};
    const { WebACL } = await waf.getWebACL({ Id, Name, Scope: 'CLOUDFRONT' });
    expect(WebACL?.Rules?.[0]?.Statement?.RateBasedStatement?.Limit).toBe(2000);
    const [schedule] = (await new Scheduler(cloud.client).listSchedules({})).Schedules ?? [];
    expect(schedule?.Target?.Arn).toMatch(/:cluster\/tokens-cluster-/);
  });

  test('a second up, with a look at AWS before it, changes nothing', async () => {
    await cloud.must('up', '--yes', '--skip-preview', '--refresh', '--expect-no-changes');
  });

  test('destroy leaves nothing', async () => {
    await cloud.must('destroy', '--yes', '--skip-preview');
    expect((await cloud.state()).resources.filter(({ type }) => type.startsWith('aws:'))).toEqual([]);
    expect((await new CloudFront(cloud.client).listDistributions({})).DistributionList?.Items ?? []).toEqual([]);
    expect((await new Scheduler(cloud.client).listSchedules({})).Schedules).toEqual([]);
  });
});
