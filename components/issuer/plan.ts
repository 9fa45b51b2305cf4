/** The arguments of a `TokenIssuer` with its defaults put in; what is wrong with them is for `check.ts` to say. Pure. */

import type * as pulumi from '@pulumi/pulumi';
import {
  IssuerCustody,
  type IssuerDatabaseArgs,
  IssuerDatabaseKind,
  type IssuerDocumentsArgs,
  type IssuerNetworkArgs,
  type IssuerServiceArgs,
  type TokenIssuerArgs,
} from './args.ts';

type Settled<T, Left extends keyof T> = Required<Omit<T, Left>> & Pick<T, Left>;

export type NetworkPlan =
  | {
      readonly kind: 'given';
      readonly vpcId: pulumi.Input<string>;
      readonly publicSubnetIds: readonly pulumi.Input<string>[];
      readonly privateSubnetIds: readonly pulumi.Input<string>[];
      readonly cidr: string;
    }
  | { readonly kind: 'made'; readonly cidr: string; readonly zones: number; readonly singleNatGateway: boolean };

export type DatabasePlan = Settled<IssuerDatabaseArgs, 'caPem' | 'url' | 'urlSecretArn' | 'urlSecretKeyArn' | 'cidr'>;

export interface IssuerPlan {
  readonly url: string;
  readonly host: string;
  /** Of the URL: empty, or `/path`. */
  readonly path: string;
  readonly zoneId: pulumi.Input<string>;
  readonly imageDigest: pulumi.Input<string> | undefined;
  readonly issuerName: string;
  readonly profiles: readonly string[];
  readonly algorithm: string;
  readonly custody: IssuerCustody;
  readonly signingKeys: number;
  readonly admin: { readonly allowFrom: readonly string[]; readonly tokenSha256: pulumi.Input<string> | undefined };
  readonly settings: Readonly<Record<string, pulumi.Input<string>>>;
  readonly network: NetworkPlan;
  readonly database: DatabasePlan;
  readonly service: Required<IssuerServiceArgs>;
  readonly documents: Required<IssuerDocumentsArgs> | undefined;
  readonly tokenRequestsPer5Minutes: number;
  readonly logDays: number;
  readonly alarmTopicArns: readonly pulumi.Input<string>[];
  readonly protect: boolean;
}

const NETWORK = '10.64.0.0/16';

export function planOf(args: TokenIssuerArgs): IssuerPlan {
  return {
    url: args.url,
    ...partsOf(args.url),
    zoneId: args.zoneId,
    imageDigest: args.imageDigest,
    issuerName: args.issuerName ?? 'issuer',
    profiles: args.profiles,
    algorithm: args.algorithm ?? 'RS256',
    custody: args.custody ?? IssuerCustody.KmsSigning,
    signingKeys: args.signingKeys ?? 2,
    admin: { allowFrom: args.admin.allowFrom, tokenSha256: args.admin.tokenSha256 },
    settings: args.settings ?? {},
    network: planNetwork(args.network ?? {}),
    database: planDatabase(args.database),
    service: planService(args.service ?? {}),
    documents:
      args.documents === undefined
        ? undefined
        : { everyMinutes: 5, priceClass: 'PriceClass_100', ...defined(args.documents) },
    tokenRequestsPer5Minutes: args.tokenRequestsPer5Minutes ?? 2000,
    logDays: args.logDays ?? 90,
    alarmTopicArns: args.alarmTopicArns ?? [],
    protect: args.protect ?? true,
  };
}

/** Host and path of an issuer URL, which is checked beside. */
function partsOf(url: string): { readonly host: string; readonly path: string } {
  const [, host = '', path = ''] = /^https:\/\/([^/?#]+)(\/.*)?$/.exec(url) ?? [];
  return { host, path };
}

function defined<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}

function planNetwork(args: IssuerNetworkArgs): NetworkPlan {
  const { vpcId, publicSubnetIds = [], privateSubnetIds = [], cidr = NETWORK } = args;
  if (vpcId !== undefined) return { kind: 'given', vpcId, publicSubnetIds, privateSubnetIds, cidr };
  return { kind: 'made', cidr, zones: args.zones ?? 2, singleNatGateway: args.singleNatGateway ?? false };
}

function planDatabase(args: IssuerDatabaseArgs): DatabasePlan {
  return {
    kind: IssuerDatabaseKind.AuroraServerless,
    majorVersion: '17',
    minCapacity: 0.5,
    maxCapacity: 4,
    instances: 2,
    instanceClass: 'db.t4g.small',
    storageGiB: 20,
    backupDays: 14,
    passwordVersion: 1,
    ...defined(args),
  };
}

function planService(args: IssuerServiceArgs): Required<IssuerServiceArgs> {
  const cpu = args.cpu ?? 512;
  const usual = { cpu, memory: cpu * 2, architecture: 'X86_64', minTasks: 2, maxTasks: 6, targetCpu: 60 };
  return { ...usual, ...defined(args) };
}
