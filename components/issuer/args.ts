/** What a `TokenIssuer` takes. Safe where nothing is said; what is not is named so. */

import type * as pulumi from '@pulumi/pulumi';

/** Where the private keys are. */
export const IssuerCustody = {
  /** In AWS KMS alone, which makes every signature. */
  KmsSigning: 'kms-signing',
  /** In the store, each sealed under a data key of AWS KMS; the issuer signs by itself. */
  KmsSealing: 'kms-sealing',
} as const;
export type IssuerCustody = (typeof IssuerCustody)[keyof typeof IssuerCustody];

/** What PostgreSQL it is. */
export const IssuerDatabaseKind = {
  AuroraServerless: 'aurora-serverless-v2',
  Rds: 'rds',
  /** One that is there already. */
  Given: 'given',
} as const;
export type IssuerDatabaseKind = (typeof IssuerDatabaseKind)[keyof typeof IssuerDatabaseKind];

/** The network: one that is there (`vpcId` and what is in it), or one to be made. */
export interface IssuerNetworkArgs {
  /** A VPC that is there; needs `publicSubnetIds` and `privateSubnetIds`, and its `cidr`. @default one is made */
  vpcId?: pulumi.Input<string>;
  /** Subnets of the load balancer, with a way from the Internet, in two zones or more. */
  publicSubnetIds?: pulumi.Input<string>[];
  /** Subnets of the issuer and the database, with a way to AWS and to upstream issuers, in two zones or more. */
  privateSubnetIds?: pulumi.Input<string>[];
  /** The addresses of the VPC, whose word the issuer takes for `X-Forwarded-For`. @default `10.64.0.0/16` */
  cidr?: string;
  /** Zones of a VPC that is made, 2 to 4. @default 2 */
  zones?: number;
  /** One NAT gateway for all zones: cheaper, and without it every zone but its own loses AWS. @default false */
  singleNatGateway?: boolean;
}

export interface IssuerDatabaseArgs {
  /** `aurora-serverless-v2`, `rds`, or `given`. @default `aurora-serverless-v2` */
  kind?: IssuerDatabaseKind;
  /**
   * PEM of the authorities of the server's certificate, which those of Node are not for RDS:
   * https://truststore.pki.rds.amazonaws.com/REGION/REGION-bundle.pem. Required but for `given`.
   */
  caPem?: pulumi.Input<string>;
  /** For `given`: `postgresql://user:password@host/database`. It is put into Secrets Manager. */
  url?: pulumi.Input<string>;
  /** For `given`: ARN of a secret that holds such a URL, which then is in no state at all. */
  urlSecretArn?: pulumi.Input<string>;
  /** For `given`: ARN of the KMS key that the secret is under. @default the key of AWS */
  urlSecretKeyArn?: pulumi.Input<string>;
  /** For `given`: the network that the database is in. @default that of the VPC */
  cidr?: string;
  /** Major version, 15 to 18. @default `17` */
  majorVersion?: string;
  /** Aurora: least capacity in ACU, 0.5 or more: one that sleeps keeps workloads waiting. @default 0.5 */
  minCapacity?: number;
  /** Aurora: most capacity in ACU, up to 256. @default 4 */
  maxCapacity?: number;
  /** Aurora: instances, each in a zone of its own; the second takes over from the first. @default 2 */
  instances?: number;
  /** RDS: class of the instance. @default `db.t4g.small` */
  instanceClass?: string;
  /** RDS: storage in GiB at the start; it grows to five times that. @default 20 */
  storageGiB?: number;
  /** Days that automatic backups are kept, 1 to 35. @default 14 */
  backupDays?: number;
  /** Raised by one, it makes another password. @default 1 */
  passwordVersion?: number;
}

/** Who reaches the admin API, at port 8443. */
export interface IssuerAdminArgs {
  /** Networks, such as `203.0.113.0/24`: those of the platform and its operators. */
  allowFrom: string[];
  /** SHA-256 of the admin token, 64 hexadecimal digits. @default none: `settings` then name who may, by OIDC */
  tokenSha256?: pulumi.Input<string>;
  /** Take the whole Internet in `allowFrom`. @default false */
  dangerouslyAllowFromAnywhere?: boolean;
}

export interface IssuerServiceArgs {
  /** CPU units of a task: 256, 512, 1024, 2048 or 4096. @default 512 */
  cpu?: number;
  /** Memory of a task in MiB, as Fargate pairs it with `cpu`. @default twice `cpu` */
  memory?: number;
  /** `X86_64` or `ARM64`, as the image is. @default `X86_64` */
  architecture?: string;
  /** Tasks at least, 2 or more. @default 2 */
  minTasks?: number;
  /** Tasks at most. @default 6 */
  maxTasks?: number;
  /** CPU in percent that tasks are added and taken away for. @default 60 */
  targetCpu?: number;
}

/** Discovery and keys as files in S3 behind CloudFront, which outlive the issuer. */
export interface IssuerDocumentsArgs {
  /** How often they are published, in minutes: a new key signs once it was seen there. @default 5 */
  everyMinutes?: number;
  /** Price class of CloudFront. @default `PriceClass_100` */
  priceClass?: string;
}

export interface TokenIssuerArgs {
  /** The issuer, byte for byte as in `iss`: https, no port, no query. It cannot change without losing all trust. */
  url: string;
  /** Id of the Route 53 hosted zone of its host. */
  zoneId: pulumi.Input<string>;
  /** Profiles of tokens that it offers, such as `ona-v3`. */
  profiles: string[];
  /** Its admin API. */
  admin: IssuerAdminArgs;
  /**
   * The image, `sha256:…`, in the repository that this component makes.
   * @default none yet: all is made but the service, so that an image can be pushed
   */
  imageDigest?: pulumi.Input<string>;
  /** Its name in the admin API, the audit and metrics. @default `issuer` */
  issuerName?: string;
  /** `RS256` or `ES256`. @default `RS256` */
  algorithm?: string;
  /** `kms-signing` or `kms-sealing`. @default `kms-signing` */
  custody?: IssuerCustody;
  /** For `kms-signing`: keys made so far, of which a rotation takes the next; raise it before they run out. @default 2 */
  signingKeys?: number;
  /** More settings of the issuer as variables, such as `IDP_ISSUER__LIMITS__TOKENS_PER_MINUTE`; no secrets. @default none */
  settings?: Record<string, pulumi.Input<string>>;
  /** @default a VPC of its own */
  network?: IssuerNetworkArgs;
  /** PostgreSQL. */
  database: IssuerDatabaseArgs;
  /** @default two to six small tasks */
  service?: IssuerServiceArgs;
  /** @default served by the issuer itself */
  documents?: IssuerDocumentsArgs;
  /** Requests to the token endpoint that an address has in 5 minutes, 10 or more. @default 2000 */
  tokenRequestsPer5Minutes?: number;
  /** Days that logs of the issuer and of the load balancer are kept. @default 90 */
  logDays?: number;
  /** ARNs of SNS topics that alarms go to. @default none: they are shown, and nobody is told */
  alarmTopicArns?: pulumi.Input<string>[];
  /** Guard keys, database, secrets and load balancer against deletion. @default true */
  protect?: boolean;
}
