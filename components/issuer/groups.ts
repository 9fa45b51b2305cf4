/** Security groups: who may talk to whom, and nobody else. */

import * as aws from '@pulumi/aws';
import type * as pulumi from '@pulumi/pulumi';
import { IssuerDatabaseKind } from './args.ts';
import type { Surroundings } from './surroundings.ts';

/** Where the container listens. */
export const PORTS = { public: 8080, admin: 8081 } as const;
/** Where the load balancer listens. */
export const OPEN = { public: 443, admin: 8443 } as const;
export const POSTGRES = 5432;

export interface Groups {
  /** Of the load balancer: the admin port has a group of its own, since a group has 60 rules at most. */
  readonly balancer: aws.ec2.SecurityGroup;
  readonly admin: aws.ec2.SecurityGroup;
  readonly service: aws.ec2.SecurityGroup;
  /** Only where the database is made. */
  readonly database: aws.ec2.SecurityGroup | undefined;
  /** Every rule, which must be there before there is traffic. */
  readonly rules: pulumi.Resource[];
}

export interface GroupsInputs {
  readonly vpcId: pulumi.Input<string>;
  /** CloudFront's addresses, where it alone may reach the public port. */
  readonly prefixListId: pulumi.Input<string> | undefined;
}

interface Peer {
  readonly cidrIpv4?: string;
  readonly prefixListId?: pulumi.Input<string>;
  readonly referencedSecurityGroupId?: pulumi.Input<string>;
}

interface Rule {
  readonly name: string;
  readonly group: aws.ec2.SecurityGroup;
  readonly direction: 'in' | 'out';
  readonly port: number;
  readonly peer: Peer;
  readonly description: string;
}

const ALL: Peer = { cidrIpv4: '0.0.0.0/0' };

export function makeGroups({ name, parent, plan }: Surroundings, { vpcId, prefixListId }: GroupsInputs): Groups {
  const group = (kind: string, description: string) =>
    new aws.ec2.SecurityGroup(`${name}-${kind}`, { vpcId, description, tags: { Name: `${name}-${kind}` } }, { parent });
  const balancer = group('balancer', 'The public side of the token issuer');
  const admin = group('admin', 'The admin API of the token issuer, for its administrators');
  const service = group('service', 'The token issuer, reached by its load balancer alone');
  const given = plan.database.kind === IssuerDatabaseKind.Given;
  const database = given ? undefined : group('database', 'The store of the token issuer, reached by the issuer alone');
  const to = (one: aws.ec2.SecurityGroup): Peer => ({ referencedSecurityGroupId: one.id });
  const store: Peer = database === undefined ? { cidrIpv4: plan.database.cidr ?? plan.network.cidr } : to(database);
  const world: Peer = prefixListId === undefined ? ALL : { prefixListId };
  const rules: Rule[] = [
    {
      name: 'balancer-in',
      group: balancer,
      direction: 'in',
      port: OPEN.public,
      peer: world,
      description: 'Relying parties and workloads',
    },
    {
      name: 'balancer-out',
      group: balancer,
      direction: 'out',
      port: PORTS.public,
      peer: to(service),
      description: 'The issuer',
    },
    ...plan.admin.allowFrom.map((cidrIpv4, index): Rule => ({
      name: `admin-in-${index + 1}`,
      group: admin,
      direction: 'in',
      port: OPEN.admin,
      peer: { cidrIpv4 },
      description: 'Administrators',
    })),
    {
      name: 'admin-out',
      group: admin,
      direction: 'out',
      port: PORTS.admin,
      peer: to(service),
      description: 'The admin API',
    },
    {
      name: 'service-in',
      group: service,
      direction: 'in',
      port: PORTS.public,
      peer: to(balancer),
      description: 'The load balancer',
    },
    {
      name: 'service-in-admin',
      group: service,
      direction: 'in',
      port: PORTS.admin,
      peer: to(admin),
      description: 'The load balancer, for administrators',
    },
    {
      name: 'service-out',
      group: service,
      direction: 'out',
      port: 443,
      peer: ALL,
      description: 'AWS and upstream issuers',
    },
    {
      name: 'service-out-store',
      group: service,
      direction: 'out',
      port: POSTGRES,
      peer: store,
      description: 'The store',
    },
    ...(database === undefined
      ? []
      : [
          {
            name: 'database-in',
            group: database,
            direction: 'in',
            port: POSTGRES,
            peer: to(service),
            description: 'The issuer',
          } satisfies Rule,
        ]),
  ];
  return { balancer, admin, service, database, rules: rules.map((rule) => makeRule(name, rule, parent)) };
}

function makeRule(name: string, { group, direction, port, peer, description, ...rule }: Rule, parent: pulumi.Resource) {
  const Kind = direction === 'in' ? aws.vpc.SecurityGroupIngressRule : aws.vpc.SecurityGroupEgressRule;
  return new Kind(
    `${name}-${rule.name}`,
    { securityGroupId: group.id, ipProtocol: 'tcp', fromPort: port, toPort: port, description, ...peer },
    { parent },
  );
}
