/** A `TokenIssuer` without an engine: what it registers, with answers as AWS gives them. */
import * as pulumi from '@pulumi/pulumi';
import { IssuerDatabaseKind, type TokenIssuerArgs } from '../../../components/issuer/args.ts';
import { TokenIssuer } from '../../../components/issuer/token-issuer.ts';

export const ACCOUNT = '123456789012';
export const DIGEST = `sha256:${'a'.repeat(64)}`;
export const TOKEN_SHA256 = '0'.repeat(64);
export const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
/** What a password looks like that AWS has drawn. */
export const DRAWN = 'drawnByAwsAndKeptAsASecretAlone123456789';

export const ARGS: TokenIssuerArgs = {
  url: 'https://tokens.example.com',
  zoneId: 'Z1',
  profiles: ['ona-v3'],
  admin: { allowFrom: ['203.0.113.0/24'], tokenSha256: TOKEN_SHA256 },
  imageDigest: DIGEST,
  database: { caPem: PEM },
};

export const GIVEN_NETWORK = {
  vpcId: 'vpc-1',
  cidr: '10.0.0.0/16',
  publicSubnetIds: ['subnet-a', 'subnet-b'],
  privateSubnetIds: ['subnet-c', 'subnet-d'],
};
export const GIVEN_DATABASE = {
  kind: IssuerDatabaseKind.Given,
  url: 'postgresql://idp:open-sesame@db.example.com/issuer',
};

type Values = Readonly<Record<string, unknown>>;

const CALLS: Readonly<Record<string, Values>> = {
  'aws:index/getCallerIdentity:getCallerIdentity': { accountId: ACCOUNT },
  'aws:index/getPartition:getPartition': { partition: 'aws' },
  'aws:index/getRegion:getRegion': { region: 'eu-central-1' },
  'aws:index/getAvailabilityZones:getAvailabilityZones': {
    names: ['a', 'b', 'c', 'd'].map((zone) => `eu-central-1${zone}`),
  },
  'aws:secretsmanager/getRandomPassword:getRandomPassword': { randomPassword: DRAWN },
  'aws:ec2/getManagedPrefixList:getManagedPrefixList': {
    id: 'pl-1',
    entries: [{ cidr: '120.52.22.96/27', description: '' }],
  },
};

/** What AWS adds, for those that it matters of. */
function added(type: string, name: string, inputs: Values): Values {
  if (type.endsWith(':Certificate')) {
    const names = [inputs.domainName, ...((inputs.subjectAlternativeNames as unknown[] | undefined) ?? [])];
    const proof = { resourceRecordName: '_x', resourceRecordType: 'CNAME', resourceRecordValue: '_y' };
    return { domainValidationOptions: names.map((domainName) => ({ domainName, ...proof })) };
  }
  if (type.endsWith(':Record')) return { fqdn: inputs.name };
  if (type.endsWith(':Repository')) return { repositoryUrl: `${ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com/${name}` };
  if (type.endsWith(':SecretVersion')) return { versionId: `version-of-${name}` };
  if (type.endsWith(':Cluster')) return { endpoint: 'db.example.com' };
  if (type.endsWith(':Instance')) return { address: 'db.example.com' };
  if (type.endsWith(':Bucket')) return { bucketRegionalDomainName: `${name}.s3.eu-central-1.amazonaws.com` };
  return {};
}

/** Pulumi's mark of a secret (pulumi/sdk, resource.SigKey), which every backend encrypts. */
const [MARK, SECRET] = ['4dabf18193072939515e22adb298388d', '1b47061264138c4ac30d75fd1eb44270'];

/** As it would be in a state: secrets are closed. */
export function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  if ((value as Values)[MARK] === SECRET) return '[secret]';
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, closed(entry)]));
}

export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Values;
}

export interface Deployed {
  readonly all: readonly Registered[];
  /** The inputs of the resources of a type, such as `lb/listener:Listener`. */
  readonly of: (type: string) => readonly Values[];
  /** Those of the resource of this name and type. */
  readonly one: (type: string, name?: string) => Values;
  readonly issuer: TokenIssuer;
}

const usual: { deployed?: Promise<Deployed> } = {};

/** @param args beside the usual ones; what is undefined is left out */
export function deploy(args?: Partial<Record<keyof TokenIssuerArgs, unknown>>): Promise<Deployed> {
  return args === undefined ? (usual.deployed ??= register({})) : register(args);
}

async function register(changes: Partial<Record<keyof TokenIssuerArgs, unknown>>): Promise<Deployed> {
  const given = Object.entries({ ...ARGS, ...changes }).filter(([, value]) => value !== undefined);
  const args = Object.fromEntries(given) as unknown as TokenIssuerArgs;
  const all: Registered[] = [];
  const known = { name: '', bucket: '', identifier: '', clusterIdentifier: '' };
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name: own, inputs }) => {
        const values = inputs as Values;
        all.push({ type: type.replace(/^aws:/, ''), name: own, inputs: values });
        const names = Object.fromEntries(Object.keys(known).map((key) => [key, own]));
        return { id: `${own}-id`, state: { ...names, arn: `arn:of:${own}`, ...added(type, own, values), ...values } };
      },
      call: ({ token }) => ({ ...CALLS[token] }),
    },
    'idp-kit',
    'test',
  );
  let issuer: TokenIssuer;
  try {
    issuer = new TokenIssuer('tokens', args);
  } finally {
    // Waits for every registration that is under way, those of a program that threw included.
    await pulumi.runtime.disconnect();
  }
  // They come in no order.
  all.sort((left, right) => (left.name < right.name ? -1 : 1));
  const of = (type: string) => all.filter((one) => one.type === type).map(({ inputs }) => inputs);
  const one = (type: string, own?: string) => {
    const [found, ...others] = all.filter((each) => each.type === type && (own === undefined || each.name === own));
    if (found === undefined || others.length > 0) throw new Error(`${others.length + 1} of ${type} ${own ?? ''}`);
    return found.inputs;
  };
  return { all, of, one, issuer };
}

/** The container of a task definition. */
export interface Container {
  readonly [key: string]: unknown;
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  readonly secrets: readonly { readonly name: string; readonly valueFrom: string }[];
}

export function containerOf(task: Values): Container {
  const [container, ...others] = JSON.parse(String(task.containerDefinitions)) as Container[];
  if (container === undefined || others.length > 0) throw new Error('a task has one container');
  return container;
}

export interface Statement {
  readonly Effect: string;
  readonly Principal?: unknown;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: unknown;
}

export const statementsOf = (policy: unknown): readonly Statement[] =>
  (JSON.parse(String(policy)) as { Statement: Statement[] }).Statement;
