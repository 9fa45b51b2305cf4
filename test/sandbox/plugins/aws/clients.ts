/** The SDK's clients, one for each service: loaded when the first of its resources is made, since a plugin starts often. */

const CLIENTS = {
  acm: async (options: object) => new (await import('@aws-sdk/client-acm')).ACM(options),
  appautoscaling: async (options: object) =>
    new (await import('@aws-sdk/client-application-auto-scaling')).ApplicationAutoScaling(options),
  cloudfront: async (options: object) => new (await import('@aws-sdk/client-cloudfront')).CloudFront(options),
  cloudwatch: async (options: object) => new (await import('@aws-sdk/client-cloudwatch')).CloudWatch(options),
  ec2: async (options: object) => new (await import('@aws-sdk/client-ec2')).EC2(options),
  ecr: async (options: object) => new (await import('@aws-sdk/client-ecr')).ECR(options),
  ecs: async (options: object) => new (await import('@aws-sdk/client-ecs')).ECS(options),
  elb: async (options: object) =>
    new (await import('@aws-sdk/client-elastic-load-balancing-v2')).ElasticLoadBalancingV2(options),
  kms: async (options: object) => new (await import('@aws-sdk/client-kms')).KMS(options),
  logs: async (options: object) => new (await import('@aws-sdk/client-cloudwatch-logs')).CloudWatchLogs(options),
  rds: async (options: object) => new (await import('@aws-sdk/client-rds')).RDS(options),
  route53: async (options: object) => new (await import('@aws-sdk/client-route-53')).Route53(options),
  // Names of buckets below an emulator's address do not resolve.
  s3: async (options: object) => new (await import('@aws-sdk/client-s3')).S3({ ...options, forcePathStyle: true }),
  scheduler: async (options: object) => new (await import('@aws-sdk/client-scheduler')).Scheduler(options),
  secretsmanager: async (options: object) =>
    new (await import('@aws-sdk/client-secrets-manager')).SecretsManager(options),
  wafv2: async (options: object) => new (await import('@aws-sdk/client-wafv2')).WAFV2(options),
} as const;

export type Service = keyof typeof CLIENTS;
export type Client<S extends Service> = Awaited<ReturnType<(typeof CLIENTS)[S]>>;

/** The client of a service, in the stack's region or in that of a resource. */
export type Use = <S extends Service>(service: S, region?: string) => Promise<Client<S>>;

export interface ClientOptions {
  readonly region: string;
  readonly common: object;
  /** What the stack's configuration says of one service. */
  readonly endpoint: (service: string) => object;
}

export function clients({ region: usual, common, endpoint }: ClientOptions): Use {
  const made = new Map<string, Promise<unknown>>();
  return <S extends Service>(service: S, region = ''): Promise<Client<S>> => {
    const options = { ...common, ...endpoint(service), region: region === '' ? usual : region };
    const key = `${service} ${options.region}`;
    const client = made.get(key) ?? CLIENTS[service](options);
    made.set(key, client);
    return client as Promise<Client<S>>;
  };
}
