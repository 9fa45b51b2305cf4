/** The load balancer, its name and its certificate: the only way to the issuer. */

import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { type Groups, OPEN, PORTS } from './groups.ts';
import type { Network } from './network.ts';
import { type Surroundings, policyJson } from './surroundings.ts';

/** TLS 1.2 and 1.3, forward secrecy and AEAD alone, with post-quantum key exchange; the default is of 2016. */
export const TLS_POLICY = 'ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09';

export interface Edge {
  readonly balancer: aws.lb.LoadBalancer;
  readonly targets: Readonly<Record<keyof typeof PORTS, aws.lb.TargetGroup>>;
  readonly listeners: pulumi.Resource[];
}

export interface EdgeInputs {
  readonly network: Network;
  readonly groups: Groups;
  /** Names of the certificate, the first of them the issuer's own. */
  readonly hosts: readonly [string, ...string[]];
}

export function makeEdge(around: Surroundings, { network, groups, hosts }: EdgeInputs): Edge {
  const { name, parent, plan } = around;
  const certificateArn = makeCertificate(around, 'certificate', hosts);
  const logs = makeAccessLogs(around);
  const balancer = new aws.lb.LoadBalancer(
    `${name}-lb`,
    {
      loadBalancerType: 'application',
      internal: false,
      subnets: network.publicSubnetIds,
      securityGroups: [groups.balancer.id, groups.admin.id],
      dropInvalidHeaderFields: true,
      enableDeletionProtection: plan.protect,
      accessLogs: { enabled: true, bucket: logs.bucket.bucket },
      tags: { Name: name },
    },
    { parent, dependsOn: [logs.policy] },
  );
  const targets = {
    public: makeTargets(around, network, 'public', 'HTTP'),
    // The certificate is of the container's own making: the load balancer does not look whose it is.
    admin: makeTargets(around, network, 'admin', 'HTTPS'),
  };
  const listeners = (['public', 'admin'] as const).map(
    (kind) =>
      new aws.lb.Listener(
        `${name}-${kind}`,
        {
          loadBalancerArn: balancer.arn,
          port: OPEN[kind],
          protocol: 'HTTPS',
          sslPolicy: TLS_POLICY,
          certificateArn,
          defaultActions: [{ type: 'forward', targetGroupArn: targets[kind].arn }],
        },
        { parent },
      ),
  );
  return { balancer, targets, listeners };
}

function makeTargets(
  { name, parent }: Surroundings,
  { vpcId }: Network,
  kind: keyof typeof PORTS,
  protocol: string,
): aws.lb.TargetGroup {
  return new aws.lb.TargetGroup(
    `${name}-${kind}`,
    {
      vpcId,
      targetType: 'ip',
      protocol,
      port: PORTS[kind],
      deregistrationDelay: 30,
      // ECS ends a task that fails this, and without its store a task serves the keys on: so it is not /readyz.
      healthCheck: {
        protocol: 'HTTP',
        port: String(PORTS.public),
        path: '/healthz',
        matcher: '200',
        interval: 10,
        timeout: 5,
        healthyThreshold: 2,
        unhealthyThreshold: 3,
      },
    },
    { parent },
  );
}

/** A certificate, and its ARN once it was issued. */
export function makeCertificate(
  { name, parent, plan }: Surroundings,
  kind: string,
  hosts: readonly [string, ...string[]],
  region?: string,
): pulumi.Output<string> {
  const place = region === undefined ? {} : { region };
  const [host, ...others] = hosts;
  const certificate = new aws.acm.Certificate(
    `${name}-${kind}`,
    {
      domainName: host,
      validationMethod: 'DNS',
      ...(others.length === 0 ? {} : { subjectAlternativeNames: others }),
      tags: { Name: `${name}-${kind}` },
      ...place,
    },
    { parent },
  );
  const records = hosts.map((domain, index) => {
    const proof = certificate.domainValidationOptions.apply((all) => {
      const found = all.find((one) => one.domainName === domain);
      if (found === undefined) throw new Error(`ACM asks for no record to prove ${domain}`);
      return found;
    });
    return new aws.route53.Record(
      `${name}-${kind}-proof-${index + 1}`,
      {
        zoneId: plan.zoneId,
        name: proof.resourceRecordName,
        type: proof.resourceRecordType,
        records: [proof.resourceRecordValue],
        ttl: 300,
        // Two certificates for one name are proved by the same record.
        allowOverwrite: true,
      },
      { parent },
    );
  });
  return new aws.acm.CertificateValidation(
    `${name}-${kind}`,
    { certificateArn: certificate.arn, validationRecordFqdns: records.map(({ fqdn }) => fqdn), ...place },
    { parent },
  ).certificateArn;
}

/** Where a name leads. */
export interface Place {
  readonly name: pulumi.Input<string>;
  readonly zoneId: pulumi.Input<string>;
}

export function makeAlias(
  { name, parent, plan }: Surroundings,
  kind: string,
  host: string,
  to: Place,
  type = 'A',
): aws.route53.Record {
  return new aws.route53.Record(
    `${name}-${kind}`,
    {
      zoneId: plan.zoneId,
      name: host,
      type,
      aliases: [{ name: to.name, zoneId: to.zoneId, evaluateTargetHealth: false }],
    },
    { parent },
  );
}

/** Elastic Load Balancing User Guide, "Enable access logs": the one service may write, and below its own folder. */
function makeAccessLogs(around: Surroundings) {
  const { account, plan } = around;
  const bucket = makeBucket(around, 'access-logs', !plan.protect);
  const policy = makeBucketPolicy(around, 'access-logs', bucket, {
    Effect: 'Allow',
    Principal: { Service: 'logdelivery.elasticloadbalancing.amazonaws.com' },
    Action: 's3:PutObject',
    Resource: pulumi.interpolate`${bucket.arn}/AWSLogs/${account}/*`,
  });
  new aws.s3.BucketLifecycleConfiguration(
    `${around.name}-access-logs`,
    {
      bucket: bucket.bucket,
      rules: [
        {
          id: 'expire',
          status: 'Enabled',
          filter: { prefix: '' },
          expiration: { days: plan.logDays },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
        },
      ],
    },
    { parent: around.parent },
  );
  return { bucket, policy };
}

/** A bucket that nobody may make public. S3 encrypts by itself. */
export function makeBucket({ name, parent }: Surroundings, kind: string, forceDestroy: boolean): aws.s3.Bucket {
  const bucket = new aws.s3.Bucket(`${name}-${kind}`, { forceDestroy }, { parent });
  new aws.s3.BucketPublicAccessBlock(
    `${name}-${kind}`,
    {
      bucket: bucket.bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    { parent },
  );
  return bucket;
}

export function makeBucketPolicy(
  { name, parent }: Surroundings,
  kind: string,
  bucket: aws.s3.Bucket,
  ...statements: object[]
): aws.s3.BucketPolicy {
  const onlyTls = {
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: [bucket.arn, pulumi.interpolate`${bucket.arn}/*`],
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
  return new aws.s3.BucketPolicy(
    `${name}-${kind}`,
    { bucket: bucket.bucket, policy: policyJson(...statements, onlyTls) },
    { parent },
  );
}
