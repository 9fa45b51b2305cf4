/** What a `TokenIssuer` stands in and on: its network and its database. Pure. */

import type * as pulumi from '@pulumi/pulumi';
import { type Problem, problem } from '../../src/claims/problem.ts';
import { IssuerDatabaseKind, type TokenIssuerArgs } from './args.ts';
import type { IssuerPlan } from './plan.ts';

/** The prefix of a network in IPv4, or nothing where it is none. */
export function prefixOf(cidr: string): number | undefined {
  const [, a, b, c, d, prefix] = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr) ?? [];
  const bytes = [a, b, c, d].map(Number);
  return bytes.every((byte) => byte <= 255) && Number(prefix) <= 32 ? Number(prefix) : undefined;
}

export function checkNetwork({ network }: IssuerPlan, { network: args = {} }: TokenIssuerArgs): Problem[] {
  const prefix = prefixOf(network.cidr);
  const shape =
    prefix === undefined
      ? [problem(['network', 'cidr'], `\`${network.cidr}\` is no network`, 'write it as 10.64.0.0/16')]
      : [];
  if (network.kind === 'made') {
    const surplus = (['publicSubnetIds', 'privateSubnetIds'] as const).filter((one) => args[one] !== undefined);
    return [
      ...shape,
      ...(prefix === undefined || (prefix >= 16 && prefix <= 22)
        ? []
        : [problem(['network', 'cidr'], `a VPC of ${network.cidr} is not made here`, 'take a prefix from 16 to 22')]),
      ...surplus.map((one) => problem(['network', one], 'subnets are of a VPC that is there', 'give its vpcId too')),
    ];
  }
  return [
    ...shape,
    ...(args.cidr === undefined
      ? [problem(['network', 'cidr'], 'needs the addresses of the VPC', 'aws ec2 describe-vpcs says its CidrBlock')]
      : []),
    ...(['publicSubnetIds', 'privateSubnetIds'] as const).flatMap((one) =>
      network[one].length >= 2
        ? []
        : [problem(['network', one], 'needs two subnets or more, each in a zone of its own')],
    ),
    ...(['zones', 'singleNatGateway'] as const).flatMap((one) =>
      args[one] === undefined ? [] : [problem(['network', one], 'is of a VPC that is made', 'leave it out')],
    ),
  ];
}

export function checkDatabase({ database, network }: IssuerPlan): Problem[] {
  const path = ['database'];
  const ofGiven = (['url', 'urlSecretArn'] as const).filter((one) => database[one] !== undefined);
  if (database.kind !== IssuerDatabaseKind.Given) {
    const hint = 'curl -O https://truststore.pki.rds.amazonaws.com/REGION/REGION-bundle.pem';
    return [
      ...ofGiven.map((one) => problem([...path, one], 'is of a database that is there', 'say `kind: given`')),
      ...(database.caPem === undefined
        ? [problem([...path, 'caPem'], 'needs the authorities of RDS, or its certificate could be anybody’s', hint)]
        : checkPem(database.caPem)),
    ];
  }
  const cidr = database.cidr ?? network.cidr;
  return [
    ...(ofGiven.length === 1 ? [] : [problem(path, 'a given database needs either `url` or `urlSecretArn`')]),
    ...(prefixOf(cidr) === undefined ? [problem([...path, 'cidr'], `\`${cidr}\` is no network`)] : []),
    ...(database.caPem === undefined ? [] : checkPem(database.caPem)),
    ...(typeof database.url === 'string' ? checkDatabaseUrl(database.url) : []),
  ];
}

/** A task definition has 64 KiB in all, and the bundle of one region has some 6. */
const LONGEST_PEM = 32_000;

function checkPem(pem: pulumi.Input<string>): Problem[] {
  if (typeof pem !== 'string') return [];
  const path = ['database', 'caPem'];
  const hint = 'take the bundle of the region: https://truststore.pki.rds.amazonaws.com/REGION/REGION-bundle.pem';
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) return [problem(path, 'this is no PEM certificate', hint)];
  return pem.length <= LONGEST_PEM ? [] : [problem(path, `has more than ${LONGEST_PEM} characters`, hint)];
}

/** The URL holds a password: no message shows it. */
export function checkDatabaseUrl(url: string): Problem[] {
  const path = ['database', 'url'];
  if (!/^postgres(?:ql)?:\/\/[^/\s]+\/[^\s]+$/.test(url)) {
    return [problem(path, 'this is no URL of PostgreSQL', 'write postgresql://user:password@host:5432/database')];
  }
  if (!/[?&]sslmode=(?:disable|require|verify-ca)\b/.test(url)) return [];
  return [problem(path, 'its `sslmode` does not check the name of the server', 'leave sslmode out: it is verify-full')];
}
