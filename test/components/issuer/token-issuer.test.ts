import { describe, expect, it } from 'vitest';
import { IssuerCustody, IssuerDatabaseKind, type TokenIssuerArgs } from '../../../components/issuer/args.ts';
import { describeProblem } from '../../../src/claims/problem.ts';
import { planIssuer } from '../../../components/issuer/check.ts';
import { sixteenth } from '../../../components/issuer/network.ts';
import {
  ACCOUNT,
  ARGS,
  DIGEST,
  DRAWN,
  type Deployed,
  GIVEN_DATABASE,
  GIVEN_NETWORK,
  PEM,
  TOKEN_SHA256,
  type Registered,
  closed,
  containerOf,
  deploy,
  statementsOf,
} from './registered.ts';

const TASK = 'ecs/taskDefinition:TaskDefinition';
const RULES = {
  in: 'vpc/securityGroupIngressRule:SecurityGroupIngressRule',
  out: 'vpc/securityGroupEgressRule:SecurityGroupEgressRule',
};

const environmentOf = (deployed: Deployed, task = 'tokens-issuer'): Record<string, string> =>
  Object.fromEntries(containerOf(deployed.one(TASK, task)).environment.map(({ name, value }) => [name, value]));

/** `group <- port peer`, of every rule. */
const traffic = ({ all }: Deployed): string[] =>
  all
    .filter(({ type }) => Object.values(RULES).includes(type))
    .map(({ type, inputs }) => {
      const peer = inputs.cidrIpv4 ?? inputs.prefixListId ?? inputs.referencedSecurityGroupId;
      expect([inputs.ipProtocol, inputs.fromPort]).toEqual(['tcp', inputs.toPort]);
      const way = type === RULES.in ? '<-' : '->';
      return [inputs.securityGroupId, way, inputs.fromPort, peer]
        .map(String)
        .join(' ')
        .replaceAll(/tokens-(\w+)-id/g, '$1');
    })
    .sort();

interface Safety {
  readonly what: string;
  readonly args?: Partial<TokenIssuerArgs>;
  readonly actual: (deployed: Deployed) => unknown;
  readonly expected: unknown;
}

const SAFE: readonly Safety[] = [
  {
    what: 'images cannot be replaced under their tag, and are scanned',
    actual: ({ one }) => one('ecr/repository:Repository'),
    expected: { imageTagMutability: 'IMMUTABLE', imageScanningConfiguration: { scanOnPush: true }, forceDelete: false },
  },
  {
    what: 'the image is named by its digest',
    actual: ({ one }) => containerOf(one(TASK)).image,
    expected: `${ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com/tokens-image@${DIGEST}`,
  },
  {
    what: 'the container is nobody’s root, writes nowhere and has no capability',
    actual: ({ one }) => containerOf(one(TASK)),
    expected: {
      user: '65532:65532',
      readonlyRootFilesystem: true,
      linuxParameters: {
        capabilities: { drop: ['ALL'] },
        tmpfs: [
          {
            containerPath: '/run/idp',
            mountOptions: expect.arrayContaining(['noexec', 'nosuid', 'nodev', 'mode=0700', 'uid=65532']) as unknown,
          },
        ],
      },
    },
  },
  {
    what: 'a bad deployment is taken back, and nobody gets a shell',
    actual: ({ one }) => one('ecs/service:Service'),
    expected: {
      launchType: 'FARGATE',
      enableExecuteCommand: false,
      deploymentCircuitBreaker: { enable: true, rollback: true },
      deploymentMinimumHealthyPercent: 100,
      waitForSteadyState: true,
      desiredCount: 2,
      networkConfiguration: {
        assignPublicIp: false,
        subnets: ['tokens-private-1-id', 'tokens-private-2-id'],
        securityGroups: ['tokens-service-id'],
      },
    },
  },
  {
    what: 'the two roles of the task are not one',
    actual: ({ one }) => [one(TASK).executionRoleArn, one(TASK).taskRoleArn],
    expected: ['arn:of:tokens-execution', 'arn:of:tokens-task'],
  },
  {
    what: 'the load balancer drops bad headers, keeps logs and is not deleted by mistake',
    actual: ({ one }) => one('lb/loadBalancer:LoadBalancer'),
    expected: {
      dropInvalidHeaderFields: true,
      enableDeletionProtection: true,
      accessLogs: { enabled: true, bucket: 'tokens-access-logs' },
      subnets: ['tokens-public-1-id', 'tokens-public-2-id'],
    },
  },
  {
    what: 'every listener speaks TLS of today with the certificate that was issued',
    actual: ({ of }) =>
      of('lb/listener:Listener').map(({ port, protocol, sslPolicy, certificateArn }) => ({
        port,
        protocol,
        sslPolicy,
        certificateArn,
      })),
    expected: [8443, 443].map((port) => ({
      port,
      protocol: 'HTTPS',
      sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09',
      certificateArn: 'arn:of:tokens-certificate',
    })),
  },
  {
    what: 'tasks without a store live on, since they serve the keys',
    actual: ({ of }) =>
      of('lb/targetGroup:TargetGroup').map(({ healthCheck }) => (healthCheck as { path: string }).path),
    expected: ['/healthz', '/healthz'],
  },
  {
    what: 'traffic goes from the load balancer to the issuer to its store, and no other way',
    actual: traffic,
    expected: [
      'admin -> 8081 service',
      'admin <- 8443 203.0.113.0/24',
      'balancer -> 8080 service',
      'balancer <- 443 0.0.0.0/0',
      'database <- 5432 service',
      'service -> 443 0.0.0.0/0',
      'service -> 5432 database',
      'service <- 8080 balancer',
      'service <- 8081 admin',
    ],
  },
  {
    what: 'groups have no rules beside those',
    actual: ({ of }) => of('ec2/securityGroup:SecurityGroup').flatMap((group) => [group.ingress, group.egress]),
    expected: Array.from({ length: 8 }, () => undefined),
  },
  {
    what: 'the default group of the VPC lets nothing through',
    actual: ({ one }) => one('ec2/defaultSecurityGroup:DefaultSecurityGroup'),
    expected: { ingress: [], egress: [] },
  },
  {
    what: 'no subnet hands out public addresses',
    actual: ({ of }) =>
      of('ec2/subnet:Subnet').map(({ cidrBlock, availabilityZone, mapPublicIpOnLaunch }) => [
        cidrBlock,
        availabilityZone,
        mapPublicIpOnLaunch,
      ]),
    expected: [
      ['10.64.128.0/20', 'eu-central-1a', false],
      ['10.64.144.0/20', 'eu-central-1b', false],
      ['10.64.0.0/20', 'eu-central-1a', false],
      ['10.64.16.0/20', 'eu-central-1b', false],
    ],
  },
  {
    what: 'signing keys sign and nothing else, and wait 30 days for their deletion',
    actual: ({ of }) =>
      of('kms/key:Key').map(({ keyUsage, customerMasterKeySpec, deletionWindowInDays }) => [
        keyUsage,
        customerMasterKeySpec,
        deletionWindowInDays,
      ]),
    expected: [
      ['SIGN_VERIFY', 'RSA_2048', 30],
      ['SIGN_VERIFY', 'RSA_2048', 30],
    ],
  },
  {
    what: 'Aurora is encrypted, backed up, in two zones and nowhere public',
    actual: ({ one, of }) => ({
      ...one('rds/cluster:Cluster'),
      members: of('rds/clusterInstance:ClusterInstance').map((each) => each.publiclyAccessible),
    }),
    expected: {
      engine: 'aurora-postgresql',
      storageEncrypted: true,
      backupRetentionPeriod: 14,
      deletionProtection: true,
      skipFinalSnapshot: false,
      finalSnapshotIdentifier: 'tokens-final',
      vpcSecurityGroupIds: ['tokens-database-id'],
      serverlessv2ScalingConfiguration: { minCapacity: 0.5, maxCapacity: 4 },
      members: [false, false],
    },
  },
  {
    what: 'RDS too',
    args: { database: { kind: IssuerDatabaseKind.Rds, caPem: PEM } },
    actual: ({ one }) => one('rds/instance:Instance'),
    expected: {
      engine: 'postgres',
      storageEncrypted: true,
      multiAz: true,
      publiclyAccessible: false,
      deletionProtection: true,
      backupRetentionPeriod: 14,
      maxAllocatedStorage: 100,
    },
  },
  {
    what: 'logs end',
    actual: ({ one }) => [
      one('cloudwatch/logGroup:LogGroup').retentionInDays,
      one('s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration').rules,
    ],
    expected: [90, [{ status: 'Enabled', expiration: { days: 90 } }]],
  },
  {
    what: 'the firewall counts requests to the token endpoint of an address, and no others',
    actual: ({ one }) => one('wafv2/webAcl:WebAcl'),
    expected: {
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      rules: [
        {
          action: { block: { customResponse: { responseCode: 429 } } },
          statement: {
            rateBasedStatement: {
              aggregateKeyType: 'IP',
              evaluationWindowSec: 300,
              limit: 2000,
              scopeDownStatement: {
                orStatement: {
                  statements: ['/token', '/id-token'].map((searchString) => ({
                    byteMatchStatement: {
                      searchString,
                      positionalConstraint: 'ENDS_WITH',
                      fieldToMatch: { uriPath: {} },
                      textTransformations: [{ type: 'URL_DECODE' }, { type: 'NORMALIZE_PATH' }],
                    },
                  })),
                },
              },
            },
          },
        },
      ],
    },
  },
  {
    what: 'the firewall is in front of the load balancer',
    actual: ({ one }) => one('wafv2/webAclAssociation:WebAclAssociation'),
    expected: { webAclArn: 'arn:of:tokens-firewall', resourceArn: 'arn:of:tokens-lb' },
  },
  {
    what: 'buckets are nobody’s, and speak TLS alone',
    actual: ({ one }) => [
      one('s3/bucketPublicAccessBlock:BucketPublicAccessBlock'),
      statementsOf(one('s3/bucketPolicy:BucketPolicy').policy),
    ],
    expected: [
      { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true },
      [
        {
          Effect: 'Allow',
          Principal: { Service: 'logdelivery.elasticloadbalancing.amazonaws.com' },
          Action: 's3:PutObject',
          Resource: `arn:of:tokens-access-logs/AWSLogs/${ACCOUNT}/*`,
        },
        { Effect: 'Deny', Principal: '*', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      ],
    ],
  },
  {
    what: 'tasks come and go by their CPU, and two at least stay',
    actual: ({ one }) => [one('appautoscaling/target:Target'), one('appautoscaling/policy:Policy')],
    expected: [
      { minCapacity: 2, maxCapacity: 6, scalableDimension: 'ecs:service:DesiredCount' },
      { policyType: 'TargetTrackingScaling', targetTrackingScalingPolicyConfiguration: { targetValue: 60 } },
    ],
  },
  {
    what: 'the word of the VPC alone is taken for the address of a client',
    actual: (deployed) => environmentOf(deployed).IDP_ISSUER__LISTEN__TRUSTED_PROXIES,
    expected: '["10.64.0.0/16"]',
  },
];

describe('TokenIssuer', () => {
  it.each(SAFE)('$what', async ({ args, actual, expected }) => {
    expect(actual(await deploy(args))).toMatchObject(expected as object);
  });

  interface Rights {
    readonly what: string;
    readonly args?: Partial<TokenIssuerArgs>;
    readonly role: string;
    /** Everything it may do, and to what. */
    readonly may: readonly (readonly [action: string | string[], resource: string | string[], condition?: object])[];
  }
  const signing = ['arn:of:tokens-signing-1', 'arn:of:tokens-signing-2'];
  const execution = [
    ['ecr:GetAuthorizationToken', '*'],
    [['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'], 'arn:of:tokens-image'],
    [['logs:CreateLogStream', 'logs:PutLogEvents'], 'arn:of:tokens-logs:log-stream:*'],
  ] as const satisfies Rights['may'][number][] as unknown as Rights['may'];
  const RIGHTS: readonly Rights[] = [
    {
      what: 'the issuer signs digests with its keys',
      role: 'tokens-task',
      may: [
        [
          'kms:Sign',
          signing,
          { StringEquals: { 'kms:MessageType': 'DIGEST', 'kms:SigningAlgorithm': 'RSASSA_PKCS1_V1_5_SHA_256' } },
        ],
        [['kms:GetPublicKey', 'kms:DescribeKey'], signing],
      ],
    },
    {
      what: 'the issuer opens what it has sealed',
      args: { custody: IssuerCustody.KmsSealing },
      role: 'tokens-task',
      may: [
        [
          ['kms:GenerateDataKey', 'kms:Decrypt'],
          'arn:of:tokens-sealing',
          { StringEquals: { 'kms:EncryptionContext:idp-kit:issuer': 'issuer' } },
        ],
        ['kms:DescribeKey', 'arn:of:tokens-sealing'],
      ],
    },
    {
      what: 'what starts it reads one secret',
      role: 'tokens-execution',
      may: [...execution, ['secretsmanager:GetSecretValue', 'arn:of:tokens-database-url']],
    },
    {
      what: 'and a given one with its key',
      args: { database: { kind: IssuerDatabaseKind.Given, urlSecretArn: 'arn:given', urlSecretKeyArn: 'arn:key' } },
      role: 'tokens-execution',
      may: [
        ...execution,
        ['secretsmanager:GetSecretValue', 'arn:given'],
        ['kms:Decrypt', 'arn:key', { StringEquals: { 'kms:ViaService': 'secretsmanager.eu-central-1.amazonaws.com' } }],
      ],
    },
    {
      what: 'the publisher writes documents',
      args: { documents: {} },
      role: 'tokens-publisher',
      may: [
        ['s3:ListBucket', 'arn:of:tokens-documents'],
        [['s3:GetObject', 's3:PutObject'], 'arn:of:tokens-documents/*'],
      ],
    },
    {
      what: 'the schedule starts the publisher',
      args: { documents: {} },
      role: 'tokens-schedule',
      may: [
        ['ecs:RunTask', 'arn:of:tokens-publish', { ArnEquals: { 'ecs:cluster': 'arn:of:tokens-cluster' } }],
        [
          'iam:PassRole',
          ['arn:of:tokens-execution', 'arn:of:tokens-publisher'],
          { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
        ],
      ],
    },
  ];
  it.each(RIGHTS)('$what, and nothing else', async ({ args, role, may }) => {
    const { one } = await deploy(args);
    const rights = statementsOf(one('iam/rolePolicy:RolePolicy', role).policy);
    expect(rights).toEqual(
      may.map(([Action, Resource, Condition]) => ({
        Effect: 'Allow',
        Action,
        Resource,
        ...(Condition === undefined ? {} : { Condition }),
      })),
    );
  });

  it('lets tasks of this account alone take its roles', async () => {
    const { one } = await deploy();
    for (const role of ['tokens-task', 'tokens-execution']) {
      expect(statementsOf(one('iam/role:Role', role).assumeRolePolicy)).toEqual([
        {
          Effect: 'Allow',
          Principal: { Service: 'ecs-tasks.amazonaws.com' },
          Action: 'sts:AssumeRole',
          Condition: {
            StringEquals: { 'aws:SourceAccount': ACCOUNT },
            ArnLike: { 'aws:SourceArn': `arn:aws:ecs:eu-central-1:${ACCOUNT}:*` },
          },
        },
      ]);
    }
  });

  it('lets nobody but its role use a key, those who look after it included', async () => {
    for (const custody of Object.values(IssuerCustody)) {
      const { of } = await deploy({ custody });
      for (const { policy } of of('kms/key:Key')) {
        const [administration, use, ...others] = statementsOf(policy);
        expect(others).toEqual([]);
        expect(administration?.Principal).toEqual({ AWS: `arn:aws:iam::${ACCOUNT}:root` });
        expect(administration?.Action).not.toContainEqual(
          expect.stringMatching(/\*|^kms:(?:Sign|Decrypt|Encrypt|ReEncrypt|Generate|CreateGrant|DeriveShared)/),
        );
        expect(use?.Principal).toEqual({ AWS: 'arn:of:tokens-task' });
      }
    }
  });

  const SECRET = 'secretsmanager/secretVersion:SecretVersion';
  const RDS: Partial<TokenIssuerArgs> = { database: { kind: IssuerDatabaseKind.Rds, caPem: PEM } };
  const OWN: Partial<TokenIssuerArgs> = { database: GIVEN_DATABASE, network: GIVEN_NETWORK };
  const SECRETS: readonly [what: string, args: Partial<TokenIssuerArgs>, secret: string, holders: readonly string[]][] =
    [
      ['the password of Aurora', {}, DRAWN, ['rds/cluster:Cluster', SECRET, SECRET]],
      ['the password of RDS', RDS, DRAWN, ['rds/instance:Instance', SECRET, SECRET]],
      ['a given URL', OWN, 'open-sesame', [SECRET]],
    ];
  it.each(SECRETS)('keeps %s where only secrets are', async (_, args, secret, holders) => {
    const { all } = await deploy(args);
    const holding = (value: unknown) => JSON.stringify(value).includes(secret);
    expect(all.filter(({ inputs }) => holding(inputs)).map(({ type }) => type)).toEqual(holders);
    expect(all.filter(({ inputs }) => holding(closed(inputs)))).toEqual([]);
  });

  it('hands the container its secret by name and version', async () => {
    const { one } = await deploy();
    expect(containerOf(one(TASK)).secrets).toEqual([
      { name: 'IDP_FILE__DATABASE_URL', valueFrom: 'arn:of:tokens-database-url:::version-of-tokens-database-url' },
    ]);
  });

  const ALARMS: readonly [what: string, args: Partial<TokenIssuerArgs>, names: string[]][] = [
    [
      'with Aurora',
      {},
      ['errors', 'errors-balancer', 'unhealthy', 'nothing-runs', 'database-capacity', 'database-silent'],
    ],
    [
      'with RDS',
      { database: { kind: IssuerDatabaseKind.Rds, caPem: PEM } },
      ['errors', 'errors-balancer', 'unhealthy', 'nothing-runs', 'database-cpu', 'database-storage'],
    ],
    [
      'with a given database',
      { database: GIVEN_DATABASE, network: GIVEN_NETWORK },
      ['errors', 'errors-balancer', 'unhealthy', 'nothing-runs'],
    ],
  ];
  it.each(ALARMS)('raises alarms %s', async (_, args, names) => {
    const { all } = await deploy({ ...args, alarmTopicArns: ['arn:topic'] });
    const alarms = all.filter(({ type }) => type === 'cloudwatch/metricAlarm:MetricAlarm');
    expect(alarms.map(({ name }) => name)).toEqual(names.map((name) => `tokens-${name}`).sort());
    for (const { inputs } of alarms)
      expect(inputs).toMatchObject({ alarmActions: ['arn:topic'], okActions: ['arn:topic'] });
    expect(alarms.find(({ name }) => name === 'tokens-nothing-runs')?.inputs).toMatchObject({
      metricName: 'HealthyHostCount',
      threshold: 1,
      comparisonOperator: 'LessThanThreshold',
      treatMissingData: 'breaching',
    });
  });

  it('makes everything but what runs before there is an image', async () => {
    const [first, { all }] = [await deploy({ imageDigest: undefined }), await deploy()];
    const named = ({ name, type }: Registered) => `${type} ${name}`;
    const missing = all.map(named).filter((one) => !first.all.map(named).includes(one));
    expect(missing.sort()).toEqual([
      'appautoscaling/policy:Policy tokens-cpu',
      'appautoscaling/target:Target tokens-tasks',
      'cloudwatch/metricAlarm:MetricAlarm tokens-errors',
      'cloudwatch/metricAlarm:MetricAlarm tokens-errors-balancer',
      'cloudwatch/metricAlarm:MetricAlarm tokens-nothing-runs',
      'cloudwatch/metricAlarm:MetricAlarm tokens-unhealthy',
      'ecs/service:Service tokens-service',
      'ecs/taskDefinition:TaskDefinition tokens-issuer',
    ]);
  });

  it('stands in a VPC that is there, before a database that is there', async () => {
    const deployed = await deploy({ network: GIVEN_NETWORK, database: GIVEN_DATABASE });
    expect(deployed.all.filter(({ type }) => /^ec2\/(?!securityGroup)|^rds\//.test(type))).toEqual([]);
    expect(traffic(deployed)).toContain('service -> 5432 10.0.0.0/16');
    expect(deployed.one('lb/loadBalancer:LoadBalancer').subnets).toEqual(GIVEN_NETWORK.publicSubnetIds);
  });

  it('configures the issuer by its environment alone', async () => {
    const deployed = await deploy({
      issuerName: 'eu-west',
      algorithm: 'ES256',
      settings: { IDP_ISSUER__LIMITS__TOKENS_PER_MINUTE: '600' },
    });
    expect(environmentOf(deployed)).toEqual({
      IDP_ISSUER_CONFIG: '',
      IDP_FILES: '/run/idp',
      IDP_FILE__DATABASE_CA: PEM,
      IDP_ISSUER__LISTEN__HOST: '0.0.0.0',
      IDP_ISSUER__LISTEN__PORT: '8080',
      IDP_ISSUER__LISTEN__TRUSTED_PROXIES: '["10.64.0.0/16"]',
      IDP_ISSUER__ADMIN__HOST: '0.0.0.0',
      IDP_ISSUER__ADMIN__PORT: '8081',
      IDP_ISSUER__ADMIN__TRUSTED_PROXIES: '["10.64.0.0/16"]',
      IDP_ISSUER__ADMIN__TLS__CERT_FILE: '/run/idp/admin.pem',
      IDP_ISSUER__ADMIN__TLS__KEY_FILE: '/run/idp/admin-key.pem',
      IDP_ISSUER__ADMIN__TOKEN_SHA256: TOKEN_SHA256,
      IDP_ISSUER__STORE__POSTGRES__URL_FILE: '/run/idp/database-url',
      IDP_ISSUER__STORE__POSTGRES__CA_FILE: '/run/idp/database-ca',
      IDP_ISSUER__CUSTODY__0__KMS_SIGNING__KEYS__EU_WEST: '["arn:of:tokens-signing-1","arn:of:tokens-signing-2"]',
      IDP_ISSUER__ISSUERS__EU_WEST__URL: 'https://tokens.example.com',
      IDP_ISSUER__ISSUERS__EU_WEST__PROFILES: '[{"profile":"ona-v3"}]',
      IDP_ISSUER__ISSUERS__EU_WEST__ALGORITHM: 'ES256',
      IDP_ISSUER__LIMITS__TOKENS_PER_MINUTE: '600',
    });
  });
});

describe('TokenIssuer with documents in S3', () => {
  const documents = {};

  it('lets CloudFront alone reach the load balancer, and takes its word for the client', async () => {
    const deployed = await deploy({ documents });
    expect(traffic(deployed)).toContain('balancer <- 443 pl-1');
    expect(traffic(deployed)).not.toContain('balancer <- 443 0.0.0.0/0');
    expect(environmentOf(deployed)).toMatchObject({
      IDP_ISSUER__LISTEN__TRUSTED_PROXIES: '["10.64.0.0/16","120.52.22.96/27"]',
      IDP_ISSUER__ADMIN__TRUSTED_PROXIES: '["10.64.0.0/16"]',
      IDP_ISSUER__ISSUERS__ISSUER__PUBLICATION: 'static',
    });
    expect(deployed.of('wafv2/webAclAssociation:WebAclAssociation')).toEqual([]);
    expect(deployed.one('wafv2/webAcl:WebAcl')).toMatchObject({ scope: 'CLOUDFRONT', region: 'us-east-1' });
  });

  it('serves documents from the bucket, and all else from the issuer, uncached', async () => {
    const { one, of } = await deploy({ documents, url: 'https://tokens.example.com/idp' });
    expect(one('cloudfront/distribution:Distribution')).toMatchObject({
      aliases: ['tokens.example.com'],
      webAclId: 'arn:of:tokens-firewall',
      origins: [
        { originId: 'documents', originAccessControlId: 'tokens-documents-id' },
        {
          originId: 'issuer',
          domainName: 'origin.tokens.example.com',
          customOriginConfig: { originProtocolPolicy: 'https-only' },
        },
      ],
      orderedCacheBehaviors: [
        { pathPattern: '/idp/*.well-known/*', targetOriginId: 'documents', viewerProtocolPolicy: 'https-only' },
      ],
      defaultCacheBehavior: { targetOriginId: 'issuer', cachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad' },
      viewerCertificate: { acmCertificateArn: 'arn:of:tokens-edge', minimumProtocolVersion: 'TLSv1.2_2021' },
    });
    expect(of('acm/certificate:Certificate')).toMatchObject([
      { domainName: 'tokens.example.com', subjectAlternativeNames: ['origin.tokens.example.com'] },
      { domainName: 'tokens.example.com', region: 'us-east-1' },
    ]);
    const names = of('route53/record:Record').filter(({ aliases }) => aliases !== undefined);
    expect(names.map(({ name, type }) => [name, type])).toEqual([
      ['origin.tokens.example.com', 'A'],
      ['tokens.example.com', 'A'],
      ['tokens.example.com', 'AAAA'],
    ]);
  });

  it('lets this distribution alone read the bucket, whose versions are kept', async () => {
    const { one } = await deploy({ documents });
    expect(statementsOf(one('s3/bucketPolicy:BucketPolicy', 'tokens-documents').policy)[0]).toEqual({
      Effect: 'Allow',
      Principal: { Service: 'cloudfront.amazonaws.com' },
      Action: 's3:GetObject',
      Resource: 'arn:of:tokens-documents/*',
      Condition: { StringEquals: { 'aws:SourceArn': 'arn:of:tokens-documents' } },
    });
    expect(one('s3/bucketVersioning:BucketVersioning')).toMatchObject({
      versioningConfiguration: { status: 'Enabled' },
    });
  });

  it('publishes again and again, with a role that cannot sign', async () => {
    const { one } = await deploy({ documents: { everyMinutes: 3 } });
    const task = one(TASK, 'tokens-publish');
    expect(task.taskRoleArn).toBe('arn:of:tokens-publisher');
    expect(containerOf(task)).toMatchObject({
      command: ['issuer', 'publish', '--issuer', 'issuer', '--s3', 's3://tokens-documents'],
      readonlyRootFilesystem: true,
    });
    expect(containerOf(task).portMappings).toBeUndefined();
    expect(one('scheduler/schedule:Schedule')).toMatchObject({
      scheduleExpression: 'rate(3 minutes)',
      target: {
        ecsParameters: { taskDefinitionArn: 'arn:of:tokens-publish', networkConfiguration: { assignPublicIp: false } },
      },
    });
  });
});

describe('what a TokenIssuer refuses', () => {
  const database = (args: object) => ({ database: { caPem: PEM, ...args } });
  const admin = (args: object) => ({ admin: { ...ARGS.admin, ...args } });
  const given = (args: object) => ({ database: { kind: IssuerDatabaseKind.Given, ...args } });
  const network = (args: object) => ({ network: { ...GIVEN_NETWORK, ...args } });
  const WRONG: readonly [what: string, args: object, says: string][] = [
    ['http', { url: 'http://tokens.example.com' }, 'begins with https://'],
    ['a port', { url: 'https://tokens.example.com:8443' }, 'has no port'],
    ['a host of no zone', { url: 'https://tokens' }, 'no host of a DNS zone'],
    ['capitals in the host', { url: 'https://Tokens.example.com' }, 'no host of a DNS zone'],
    ['a path with parameters', { url: 'https://tokens.example.com/:x' }, 'not served'],
    ['no profile', { profiles: [] }, 'at least one profile'],
    ['an unknown profile', { profiles: ['ona'] }, 'no profile ona'],
    ['a profile whose issuer is a domain', { profiles: ['gitlab-job-jwt'] }, 'a domain as `iss`'],
    ['a name with capitals', { issuerName: 'Ona' }, 'issuerName: a name has small letters'],
    ['a tag for a digest', { imageDigest: 'latest' }, 'no digest of an image'],
    ['an algorithm that AWS has not', { algorithm: 'EdDSA' }, 'there is no `EdDSA`'],
    ['an unknown custody', { custody: 'file' }, 'there is no `file`'],
    ['one signing key', { signingKeys: 1 }, 'signingKeys: 1 is not one of 2, 3, …'],
    ['a limit of a firewall that is none', { tokenRequestsPer5Minutes: 5 }, 'is not one of 10, 11, …'],
    ['logs for ever', { logDays: 0 }, 'keeps no logs for 0 days'],
    ['an admin API for nobody', admin({ allowFrom: [] }), 'nobody could reach'],
    ['an admin API for everybody', admin({ allowFrom: ['0.0.0.0/0'] }), 'large part of the Internet'],
    ['half of the Internet', admin({ allowFrom: ['128.0.0.0/1'] }), 'large part of the Internet'],
    ['a network that is none', admin({ allowFrom: ['10.0.0.0'] }), 'is no network'],
    ['the bytes of a network', admin({ allowFrom: ['10.0.0.256/8'] }), 'is no network'],
    ['an admin API without administrators', { admin: { allowFrom: ['10.0.0.0/8'] } }, 'nobody could use'],
    ['a token for its hash', admin({ tokenSha256: 'open-sesame' }), 'no SHA-256'],
    ['a setting of its own', { settings: { IDP_ISSUER__LISTEN__PORT: '1' } }, 'this component sets it'],
    ['custody as a whole', { settings: { IDP_ISSUER__CUSTODY: '[]' } }, 'this component sets it'],
    ['the URL of the issuer', { settings: { IDP_ISSUER__ISSUERS__ISSUER__URL: 'x' } }, 'this component sets it'],
    ['what is no setting', { settings: { NODE_OPTIONS: '--inspect' } }, 'no setting of the issuer'],
    ['a VPC without subnets', network({ publicSubnetIds: ['subnet-a'] }), 'two subnets or more'],
    ['a VPC without addresses', network({ cidr: undefined }), 'needs the addresses of the VPC'],
    ['zones of a VPC that is there', network({ zones: 3 }), 'is of a VPC that is made'],
    ['subnets without a VPC', { network: { privateSubnetIds: ['subnet-a', 'subnet-b'] } }, 'give its vpcId too'],
    ['a VPC that is too small', { network: { cidr: '10.0.0.0/24' } }, 'a prefix from 16 to 22'],
    ['one zone', { network: { zones: 1 } }, 'network.zones: 1 is not one of'],
    ['RDS without its authorities', { database: {} }, 'needs the authorities of RDS'],
    ['authorities that are none', database({ caPem: 'x' }), 'no PEM certificate'],
    ['authorities of the whole world', database({ caPem: PEM.repeat(1000) }), 'more than 32000'],
    ['a URL for a database that is made', database({ url: 'postgresql://u:p@h/d' }), 'say `kind: given`'],
    ['a given database without URL', given({}), 'either `url` or `urlSecretArn`'],
    ['two URLs', given({ url: 'postgresql://u:p@h/d', urlSecretArn: 'arn:x' }), 'either `url` or `urlSecretArn`'],
    ['a URL of something else', given({ url: 'mysql://u:p@h/d' }), 'no URL of PostgreSQL'],
    ['a URL without TLS', given({ url: 'postgresql://u:p@h/d?sslmode=disable' }), 'does not check the name'],
    ['a capacity between', database({ minCapacity: 0.7 }), '0.7 is not one of 0.5, 1, …'],
    ['a database that sleeps', database({ minCapacity: 0 }), 'database.minCapacity: 0 is not one of'],
    ['less at most than at least', database({ minCapacity: 8, maxCapacity: 4 }), 'less than minCapacity'],
    ['no backups', database({ backupDays: 0 }), 'database.backupDays: 0'],
    ['an old PostgreSQL', database({ majorVersion: '14' }), 'there is no `14`'],
    ['one task', { service: { minTasks: 1 } }, 'service.minTasks: 1 is not one of 2'],
    ['fewer tasks at most', { service: { minTasks: 8 } }, 'less than minTasks'],
    ['CPU that Fargate has not', { service: { cpu: 300 } }, 'Fargate has no 300 CPU units'],
    ['memory that does not go with it', { service: { cpu: 256, memory: 4096 } }, 'no 4096 MiB with 256'],
    ['an unknown architecture', { service: { architecture: 'arm64' } }, 'there is no `arm64`'],
    ['documents once a day', { documents: { everyMinutes: 1440 } }, 'documents.everyMinutes'],
  ];
  it.each(WRONG)('%s', (_, args, says) => {
    const planned = planIssuer('tokens', { ...ARGS, ...args });
    expect(planned.ok ? [] : planned.problems.map(describeProblem)).toEqual([expect.stringContaining(says)]);
  });

  it('a name that load balancers cannot have', () => {
    expect(planIssuer('the-token-issuer-of-acme', ARGS)).toMatchObject({
      problems: [{ hint: expect.stringContaining('18 characters at most') as string }],
    });
  });

  it('everything at once', async () => {
    const wrong = { url: 'http://x', profiles: [], logDays: 2 };
    await expect(deploy(wrong)).rejects.toThrow(/url: [^]*profiles: [^]*logDays: /);
  });

  it('no secret is in what it says', async () => {
    const failed: unknown = await deploy({
      admin: { allowFrom: ['10.0.0.0/8'], tokenSha256: 'open-sesame' },
      database: { kind: IssuerDatabaseKind.Given, url: 'mysql://u:open-sesame@h/d' },
    }).catch((error: unknown) => error);
    expect(String(failed)).toContain('no SHA-256');
    expect(String(failed)).toContain('no URL of PostgreSQL');
    expect(String(failed)).not.toContain('open-sesame');
  });

  it('lets the whole Internet in where that is said', async () => {
    const deployed = await deploy({
      admin: { allowFrom: ['0.0.0.0/0'], tokenSha256: TOKEN_SHA256, dangerouslyAllowFromAnywhere: true },
    });
    expect(traffic(deployed)).toContain('admin <- 8443 0.0.0.0/0');
  });
});

describe('sixteenth', () => {
  const cases: [cidr: string, index: number, part: string][] = [
    ['10.64.0.0/16', 0, '10.64.0.0/20'],
    ['10.64.0.0/16', 15, '10.64.240.0/20'],
    ['192.168.4.0/22', 9, '192.168.6.64/26'],
    ['172.16.0.0/18', 8, '172.16.32.0/22'],
  ];
  it.each(cases)('of %s, number %i', (cidr, index, part) => {
    expect(sixteenth(cidr, index)).toBe(part);
  });
});
