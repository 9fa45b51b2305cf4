/** Elastic Load Balancing: load balancers, target groups, listeners. */
import type {
  CreateListenerCommandInput,
  CreateTargetGroupCommandInput,
  ModifyListenerCommandInput,
  ModifyTargetGroupCommandInput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { bag, text, texts, type Bag, type Kind } from '../../core/kind.ts';
import type { Aws } from '../api.ts';
import { tagList, tagMap } from '../api.ts';
import { changeable, fixed, outputs, unlessMissing } from '../table.ts';

/** ARN without what is the same for all of its kind: what CloudWatch calls it by. */
const suffix = (arn: string): string => arn.slice(arn.lastIndexOf(':') + 1).replace(/^loadbalancer\//, '');

export const loadBalancer: Kind<Aws> = {
  properties: {
    name: { as: 'string', autoName: true, computed: true, replace: true },
    ...fixed('string', 'loadBalancerType'),
    internal: { as: 'boolean', default: false, replace: true },
    ...changeable('set', 'subnets', 'securityGroups'),
    ...changeable('boolean', 'dropInvalidHeaderFields', 'enableDeletionProtection'),
    ...changeable('block', 'accessLogs'),
    ...changeable('map', 'tags'),
    ...outputs('string', 'arn', 'arnSuffix', 'dnsName', 'zoneId'),
  },
  create: async (aws, inputs) => {
    const { LoadBalancers } = await (
      await aws.use('elb')
    ).createLoadBalancer({
      Name: text(inputs.name),
      Type: 'application',
      Scheme: inputs.internal === true ? 'internal' : 'internet-facing',
      Subnets: texts(inputs.subnets),
      SecurityGroups: texts(inputs.securityGroups),
      Tags: tagList(inputs.tags),
    });
    const arn = LoadBalancers?.[0]?.LoadBalancerArn ?? '';
    await setBalancer(aws, arn, inputs);
    return arn;
  },
  read: async (aws, arn) => {
    const elb = await aws.use('elb');
    const answer = await unlessMissing(elb.describeLoadBalancers({ LoadBalancerArns: [arn] }));
    const found = answer?.LoadBalancers?.[0];
    if (found === undefined) return undefined;
    const { Attributes = [] } = await elb.describeLoadBalancerAttributes({ LoadBalancerArn: arn });
    const is = (key: string) => Attributes.find(({ Key }) => Key === key)?.Value ?? '';
    const { TagDescriptions } = await elb.describeTags({ ResourceArns: [arn] });
    return bag({
      name: found.LoadBalancerName,
      loadBalancerType: found.Type,
      internal: found.Scheme === 'internal',
      subnets: (found.AvailabilityZones ?? []).map(({ SubnetId = '' }) => SubnetId),
      securityGroups: found.SecurityGroups ?? [],
      dropInvalidHeaderFields: is(ATTRIBUTES.drop) === 'true',
      enableDeletionProtection: is(ATTRIBUTES.guard) === 'true',
      accessLogs: { enabled: is(ATTRIBUTES.logs) === 'true', bucket: is(ATTRIBUTES.bucket) },
      tags: tagMap((TagDescriptions?.[0]?.Tags ?? []).map(({ Key = '', Value = '' }) => ({ Key, Value }))),
      arn,
      arnSuffix: suffix(arn),
      dnsName: found.DNSName,
      zoneId: found.CanonicalHostedZoneId,
    });
  },
  update: (aws, arn, _olds, news) => setBalancer(aws, arn, news),
  delete: async (aws, LoadBalancerArn) => {
    await unlessMissing((await aws.use('elb')).deleteLoadBalancer({ LoadBalancerArn }));
  },
};

/** Elastic Load Balancing API reference, LoadBalancerAttribute. */
const ATTRIBUTES = {
  drop: 'routing.http.drop_invalid_header_fields.enabled',
  guard: 'deletion_protection.enabled',
  logs: 'access_logs.s3.enabled',
  bucket: 'access_logs.s3.bucket',
} as const;

async function setBalancer(aws: Aws, LoadBalancerArn: string, inputs: Bag): Promise<void> {
  const elb = await aws.use('elb');
  const logs = inputs.accessLogs as Bag;
  await elb.modifyLoadBalancerAttributes({
    LoadBalancerArn,
    Attributes: [
      { Key: ATTRIBUTES.drop, Value: String(inputs.dropInvalidHeaderFields === true) },
      { Key: ATTRIBUTES.guard, Value: String(inputs.enableDeletionProtection === true) },
      { Key: ATTRIBUTES.logs, Value: String(logs.enabled === true) },
      { Key: ATTRIBUTES.bucket, Value: text(logs.bucket) },
    ],
  });
  await elb.setSecurityGroups({ LoadBalancerArn, SecurityGroups: texts(inputs.securityGroups) });
}

const DRAIN = 'deregistration_delay.timeout_seconds';

export const targetGroup: Kind<Aws> = {
  properties: {
    name: { as: 'string', autoName: true, computed: true, replace: true },
    ...fixed('string', 'vpcId', 'targetType', 'protocol'),
    ...fixed('number', 'port'),
    ...changeable('number', 'deregistrationDelay'),
    ...changeable('block', 'healthCheck'),
    ...outputs('string', 'arn', 'arnSuffix'),
  },
  create: async (aws, inputs) => {
    const elb = await aws.use('elb');
    const request = {
      Name: text(inputs.name),
      VpcId: text(inputs.vpcId),
      TargetType: text(inputs.targetType),
      Protocol: text(inputs.protocol),
      Port: Number(inputs.port),
      ...health(inputs.healthCheck as Bag),
    } as CreateTargetGroupCommandInput;
    const arn = (await elb.createTargetGroup(request)).TargetGroups?.[0]?.TargetGroupArn ?? '';
    await drain(aws, arn, inputs);
    return arn;
  },
  read: async (aws, arn) => {
    const elb = await aws.use('elb');
    const answer = await unlessMissing(elb.describeTargetGroups({ TargetGroupArns: [arn] }));
    const found = answer?.TargetGroups?.[0];
    if (found === undefined) return undefined;
    const { Attributes = [] } = await elb.describeTargetGroupAttributes({ TargetGroupArn: arn });
    return bag({
      name: found.TargetGroupName,
      vpcId: found.VpcId,
      targetType: found.TargetType,
      protocol: found.Protocol,
      port: found.Port,
      deregistrationDelay: Number(Attributes.find(({ Key }) => Key === DRAIN)?.Value),
      healthCheck: bag({
        protocol: found.HealthCheckProtocol,
        port: found.HealthCheckPort,
        path: found.HealthCheckPath,
        matcher: found.Matcher?.HttpCode,
        interval: found.HealthCheckIntervalSeconds,
        timeout: found.HealthCheckTimeoutSeconds,
        healthyThreshold: found.HealthyThresholdCount,
        unhealthyThreshold: found.UnhealthyThresholdCount,
      }),
      arn,
      arnSuffix: suffix(arn),
    });
  },
  update: async (aws, arn, _olds, news) => {
    const request = { TargetGroupArn: arn, ...health(news.healthCheck as Bag) } as ModifyTargetGroupCommandInput;
    await (await aws.use('elb')).modifyTargetGroup(request);
    await drain(aws, arn, news);
  },
  delete: async (aws, TargetGroupArn) => {
    await unlessMissing((await aws.use('elb')).deleteTargetGroup({ TargetGroupArn }));
  },
};

function health(check: Bag) {
  return {
    HealthCheckProtocol: text(check.protocol),
    HealthCheckPort: text(check.port),
    HealthCheckPath: text(check.path),
    Matcher: { HttpCode: text(check.matcher) },
    HealthCheckIntervalSeconds: Number(check.interval),
    HealthCheckTimeoutSeconds: Number(check.timeout),
    HealthyThresholdCount: Number(check.healthyThreshold),
    UnhealthyThresholdCount: Number(check.unhealthyThreshold),
  };
}

async function drain(aws: Aws, TargetGroupArn: string, inputs: Bag): Promise<void> {
  const Attributes = [{ Key: DRAIN, Value: String(Number(inputs.deregistrationDelay)) }];
  await (await aws.use('elb')).modifyTargetGroupAttributes({ TargetGroupArn, Attributes });
}

export const listener: Kind<Aws> = {
  properties: {
    ...fixed('string', 'loadBalancerArn'),
    ...changeable('string', 'protocol', 'sslPolicy', 'certificateArn'),
    ...changeable('number', 'port'),
    ...changeable('list', 'defaultActions'),
    ...outputs('string', 'arn'),
  },
  create: async (aws, inputs) => {
    const request = { LoadBalancerArn: text(inputs.loadBalancerArn), ...listening(inputs) };
    const answer = await (await aws.use('elb')).createListener(request as CreateListenerCommandInput);
    return answer.Listeners?.[0]?.ListenerArn ?? '';
  },
  read: async (aws, arn) => {
    const answer = await unlessMissing((await aws.use('elb')).describeListeners({ ListenerArns: [arn] }));
    const found = answer?.Listeners?.[0];
    if (found === undefined) return undefined;
    const actions = (found.DefaultActions ?? []).map(({ Type, TargetGroupArn }) =>
      bag({ type: Type, targetGroupArn: TargetGroupArn }),
    );
    return bag({
      loadBalancerArn: found.LoadBalancerArn,
      protocol: found.Protocol,
      port: found.Port,
      sslPolicy: found.SslPolicy,
      certificateArn: found.Certificates?.[0]?.CertificateArn,
      defaultActions: actions,
      arn,
    });
  },
  update: async (aws, ListenerArn, _olds, news) => {
    const request = { ListenerArn, ...listening(news) } as ModifyListenerCommandInput;
    await (await aws.use('elb')).modifyListener(request);
  },
  delete: async (aws, ListenerArn) => {
    await unlessMissing((await aws.use('elb')).deleteListener({ ListenerArn }));
  },
};

function listening(inputs: Bag) {
  const actions = inputs.defaultActions as Bag[];
  return {
    Protocol: text(inputs.protocol),
    Port: Number(inputs.port),
    SslPolicy: text(inputs.sslPolicy),
    Certificates: [{ CertificateArn: text(inputs.certificateArn) }],
    DefaultActions: actions.map(({ type, targetGroupArn }) => ({
      Type: text(type),
      TargetGroupArn: text(targetGroupArn),
    })),
  };
}
