/** S3, and CloudFront in front of it. */
import { createHash } from 'node:crypto';
import type { CreateDistributionCommandInput, DistributionConfig } from '@aws-sdk/client-cloudfront';
import { canonical } from '../../core/compare.ts';
import { bag, isBag, text, texts, type Bag, type Kind } from '../../core/kind.ts';
import type { Aws } from '../api.ts';
import { camel, changeable, fixed, kept, outputs, pascal, plain, unlessMissing } from '../table.ts';

export const bucket: Kind<Aws> = {
  properties: {
    bucket: { as: 'string', autoName: true, computed: true, replace: true },
    ...kept('boolean', 'forceDestroy'),
    ...outputs('string', 'arn', 'bucketRegionalDomainName'),
  },
  create: async (aws, inputs) => {
    const Bucket = text(inputs.bucket);
    const elsewhere = aws.region === 'us-east-1' ? {} : { LocationConstraint: aws.region as 'eu-central-1' };
    await (await aws.use('s3')).createBucket({ Bucket, CreateBucketConfiguration: elsewhere });
    return Bucket;
  },
  read: async (aws, Bucket) => {
    if ((await unlessMissing((await aws.use('s3')).headBucket({ Bucket }))) === undefined) return undefined;
    const bucketRegionalDomainName = `${Bucket}.s3.${aws.region}.amazonaws.com`;
    return bag({ bucket: Bucket, arn: `arn:aws:s3:::${Bucket}`, bucketRegionalDomainName });
  },
  // What can change is nothing of S3's: it is what the provider does in the end.
  update: () => Promise.resolve(),
  delete: async (aws, Bucket, state) => {
    if (state.forceDestroy === true) await empty(aws, Bucket);
    await unlessMissing((await aws.use('s3')).deleteBucket({ Bucket }));
  },
};

async function empty(aws: Aws, Bucket: string): Promise<void> {
  const s3 = await aws.use('s3');
  const { Versions = [], DeleteMarkers = [] } = await s3.listObjectVersions({ Bucket });
  for (const { Key, VersionId } of [...Versions, ...DeleteMarkers]) await s3.deleteObject({ Bucket, Key, VersionId });
}

const BLOCKS = ['blockPublicAcls', 'blockPublicPolicy', 'ignorePublicAcls', 'restrictPublicBuckets'] as const;

export const publicAccessBlock: Kind<Aws> = {
  properties: { ...fixed('string', 'bucket'), ...changeable('boolean', ...BLOCKS) },
  create: async (aws, inputs) => {
    await block(aws, inputs);
    return text(inputs.bucket);
  },
  read: async (aws, Bucket) => {
    const found = await unlessMissing((await aws.use('s3')).getPublicAccessBlock({ Bucket }));
    const blocks = found?.PublicAccessBlockConfiguration;
    return blocks === undefined ? undefined : { bucket: Bucket, ...(camel(plain(blocks)) as Bag) };
  },
  update: (aws, _id, _olds, news) => block(aws, news),
  delete: async (aws, Bucket) => {
    await unlessMissing((await aws.use('s3')).deletePublicAccessBlock({ Bucket }));
  },
};

async function block(aws: Aws, inputs: Bag): Promise<void> {
  const blocks = Object.fromEntries(BLOCKS.map((name) => [name, inputs[name] === true]));
  const PublicAccessBlockConfiguration = pascal(blocks) as Record<string, boolean>;
  await (await aws.use('s3')).putPublicAccessBlock({ Bucket: text(inputs.bucket), PublicAccessBlockConfiguration });
}

export const bucketPolicy: Kind<Aws> = {
  properties: { ...fixed('string', 'bucket'), ...changeable('policy', 'policy') },
  create: async (aws, inputs) => {
    await (await aws.use('s3')).putBucketPolicy({ Bucket: text(inputs.bucket), Policy: text(inputs.policy) });
    return text(inputs.bucket);
  },
  read: async (aws, Bucket) => {
    const found = await unlessMissing((await aws.use('s3')).getBucketPolicy({ Bucket }));
    return found === undefined ? undefined : bag({ bucket: Bucket, policy: found.Policy });
  },
  update: async (aws, Bucket, _olds, news) => {
    await (await aws.use('s3')).putBucketPolicy({ Bucket, Policy: text(news.policy) });
  },
  delete: async (aws, Bucket) => {
    await unlessMissing((await aws.use('s3')).deleteBucketPolicy({ Bucket }));
  },
};

export const bucketLifecycle: Kind<Aws> = {
  properties: { ...fixed('string', 'bucket'), ...changeable('list', 'rules') },
  create: async (aws, inputs) => {
    await expire(aws, text(inputs.bucket), inputs);
    return text(inputs.bucket);
  },
  read: async (aws, Bucket) => {
    const found = await unlessMissing((await aws.use('s3')).getBucketLifecycleConfiguration({ Bucket }));
    if (found === undefined) return undefined;
    const rules = (found.Rules ?? []).map(({ ID, Status, Expiration, AbortIncompleteMultipartUpload: abort }) =>
      bag({
        id: ID,
        status: Status,
        filter: { prefix: '' },
        expiration: { days: Expiration?.Days ?? 0 },
        abortIncompleteMultipartUpload: { daysAfterInitiation: abort?.DaysAfterInitiation ?? 0 },
      }),
    );
    return bag({ bucket: Bucket, rules });
  },
  update: (aws, Bucket, _olds, news) => expire(aws, Bucket, news),
  delete: async (aws, Bucket) => {
    await unlessMissing((await aws.use('s3')).deleteBucketLifecycle({ Bucket }));
  },
};

async function expire(aws: Aws, Bucket: string, { rules = [] }: Bag): Promise<void> {
  const Rules = (rules as Bag[]).map(({ id = '', ...rule }) => ({ ID: text(id), ...(pascal(rule) as object) }));
  await (
    await aws.use('s3')
  ).putBucketLifecycleConfiguration({ Bucket, LifecycleConfiguration: { Rules: Rules as never } });
}

export const bucketVersioning: Kind<Aws> = {
  properties: { ...fixed('string', 'bucket'), ...changeable('block', 'versioningConfiguration') },
  create: async (aws, inputs) => {
    const { status = '' } = inputs.versioningConfiguration as Bag;
    const VersioningConfiguration = { Status: text(status) as 'Enabled' };
    await (await aws.use('s3')).putBucketVersioning({ Bucket: text(inputs.bucket), VersioningConfiguration });
    return text(inputs.bucket);
  },
  read: async (aws, Bucket) => {
    const found = await unlessMissing((await aws.use('s3')).getBucketVersioning({ Bucket }));
    return found === undefined
      ? undefined
      : { bucket: Bucket, versioningConfiguration: { status: found.Status ?? 'Disabled' } };
  },
  delete: () => Promise.resolve(),
};

const ACCESS = ['originAccessControlOriginType', 'signingBehavior', 'signingProtocol'] as const;

export const originAccessControl: Kind<Aws> = {
  properties: {
    name: { as: 'string', autoName: true, computed: true, replace: true },
    ...fixed('string', ...ACCESS),
  },
  create: async (aws, inputs) => {
    const [type, behaviour, protocol] = ACCESS.map((name) => text(inputs[name]));
    const { OriginAccessControl } = await (
      await aws.use('cloudfront')
    ).createOriginAccessControl({
      OriginAccessControlConfig: {
        Name: text(inputs.name),
        OriginAccessControlOriginType: type as 's3',
        SigningBehavior: behaviour as 'always',
        SigningProtocol: protocol as 'sigv4',
      },
    });
    return OriginAccessControl?.Id ?? '';
  },
  read: async (aws, Id) => {
    const answer = await unlessMissing((await aws.use('cloudfront')).getOriginAccessControl({ Id }));
    const found = answer?.OriginAccessControl?.OriginAccessControlConfig;
    if (found === undefined) return undefined;
    return bag({
      name: found.Name,
      originAccessControlOriginType: found.OriginAccessControlOriginType,
      signingBehavior: found.SigningBehavior,
      signingProtocol: found.SigningProtocol,
    });
  },
  delete: async (aws, Id) => {
    const cloudfront = await aws.use('cloudfront');
    const IfMatch = (await unlessMissing(cloudfront.getOriginAccessControl({ Id })))?.ETag;
    if (IfMatch !== undefined) await unlessMissing(cloudfront.deleteOriginAccessControl({ Id, IfMatch }));
  },
};

const FLAGS = ['enabled', 'isIpv6Enabled'] as const;
const TEXTS = ['comment', 'priceClass', 'webAclId'] as const;

/** Its behaviours are kept as they were put in: moto leaves out a part of them. */
export const distribution: Kind<Aws> = {
  properties: {
    ...changeable('boolean', ...FLAGS),
    ...changeable('string', ...TEXTS),
    ...changeable('set', 'aliases'),
    ...kept('string', 'httpVersion'),
    ...kept('list', 'origins', 'orderedCacheBehaviors'),
    ...kept('block', 'defaultCacheBehavior', 'restrictions', 'viewerCertificate'),
    ...outputs('string', 'arn', 'domainName', 'hostedZoneId'),
  },
  create: async (aws, inputs) => {
    const CallerReference = createHash('sha256').update(canonical(inputs)).digest('hex');
    const request: CreateDistributionCommandInput = { DistributionConfig: distributionConfig(CallerReference, inputs) };
    return (await (await aws.use('cloudfront')).createDistribution(request)).Distribution?.Id ?? '';
  },
  read: async (aws, Id) => {
    const found = (await unlessMissing((await aws.use('cloudfront')).getDistribution({ Id })))?.Distribution;
    if (found === undefined) return undefined;
    const { Enabled, IsIPV6Enabled, Comment, PriceClass, WebACLId, Aliases } = found.DistributionConfig ?? {};
    return bag({
      enabled: Enabled,
      isIpv6Enabled: IsIPV6Enabled,
      comment: Comment,
      priceClass: PriceClass,
      webAclId: WebACLId,
      aliases: Aliases?.Items ?? [],
      arn: found.ARN,
      domainName: found.DomainName,
      // The same for all distributions (Route 53 API reference, AliasTarget).
      hostedZoneId: 'Z2FDTNDATAQYW2',
    });
  },
  update: async (aws, Id, _olds, news) => {
    const cloudfront = await aws.use('cloudfront');
    const { ETag: IfMatch, DistributionConfig: before } = await cloudfront.getDistributionConfig({ Id });
    const config = distributionConfig(before?.CallerReference ?? '', news);
    await cloudfront.updateDistribution({ Id, IfMatch, DistributionConfig: config });
  },
  delete: async (aws, Id) => {
    const cloudfront = await aws.use('cloudfront');
    const found = await unlessMissing(cloudfront.getDistributionConfig({ Id }));
    if (found?.DistributionConfig === undefined) return;
    // One that is enabled is not deleted.
    const off = { ...found.DistributionConfig, Enabled: false };
    const { ETag: IfMatch } = await cloudfront.updateDistribution({ Id, IfMatch: found.ETag, DistributionConfig: off });
    await unlessMissing(cloudfront.deleteDistribution({ Id, IfMatch }));
  },
};

/** A list as CloudFront has it. */
const counted = <T>(Items: T[]) => ({ Quantity: Items.length, Items });

function distributionConfig(CallerReference: string, inputs: Bag): DistributionConfig {
  const origins = (inputs.origins ?? []) as Bag[];
  const behaviours = (inputs.orderedCacheBehaviors ?? []) as Bag[];
  return {
    CallerReference,
    Enabled: inputs.enabled === true,
    IsIPV6Enabled: inputs.isIpv6Enabled === true,
    Comment: text(inputs.comment),
    HttpVersion: text(inputs.httpVersion) as 'http2and3',
    PriceClass: text(inputs.priceClass) as 'PriceClass_100',
    WebACLId: text(inputs.webAclId),
    Aliases: counted(texts(inputs.aliases)),
    Origins: counted(origins.map(origin)) as DistributionConfig['Origins'],
    CacheBehaviors: counted(behaviours.map((one) => ({ PathPattern: text(one.pathPattern), ...behaviour(one) }))),
    DefaultCacheBehavior: behaviour(inputs.defaultCacheBehavior as Bag),
    ViewerCertificate: certificate(inputs.viewerCertificate as Bag),
    Restrictions: { GeoRestriction: { RestrictionType: 'none', Quantity: 0 } },
  };
}

function origin({ originId = '', domainName = '', originAccessControlId, customOriginConfig }: Bag) {
  const common = { Id: text(originId), DomainName: text(domainName) };
  if (!isBag(customOriginConfig)) {
    const S3OriginConfig = { OriginAccessIdentity: '' };
    return { ...common, OriginAccessControlId: text(originAccessControlId), S3OriginConfig };
  }
  return {
    ...common,
    CustomOriginConfig: {
      HTTPPort: Number(customOriginConfig.httpPort),
      HTTPSPort: Number(customOriginConfig.httpsPort),
      OriginProtocolPolicy: text(customOriginConfig.originProtocolPolicy),
      OriginSslProtocols: counted(texts(customOriginConfig.originSslProtocols)),
    },
  };
}

type Behaviour = NonNullable<DistributionConfig['DefaultCacheBehavior']>;

function behaviour(one: Bag): Behaviour {
  return {
    TargetOriginId: text(one.targetOriginId),
    ViewerProtocolPolicy: text(one.viewerProtocolPolicy) as 'https-only',
    AllowedMethods: {
      ...counted(texts(one.allowedMethods)),
      CachedMethods: counted(texts(one.cachedMethods)),
    } as NonNullable<Behaviour['AllowedMethods']>,
    CachePolicyId: text(one.cachePolicyId),
    ...(one.originRequestPolicyId === undefined ? {} : { OriginRequestPolicyId: text(one.originRequestPolicyId) }),
    Compress: one.compress === true,
  };
}

const certificate = (one: Bag) => ({
  ACMCertificateArn: text(one.acmCertificateArn),
  MinimumProtocolVersion: text(one.minimumProtocolVersion) as 'TLSv1.2_2021',
  SSLSupportMethod: text(one.sslSupportMethod) as 'sni-only',
});
