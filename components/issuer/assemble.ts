/** The parts of a `TokenIssuer`, put together: the ground it stands on, its front, and what runs. */

import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { accept, refuse } from '../../src/claims/problem.ts';
import { resolved, valueOf } from '../resolve.ts';
import { makeAlarms } from './alarms.ts';
import { checkHash } from './check.ts';
import { issuerEnvironment } from './container.ts';
import { type Database, makeDatabase } from './database.ts';
import {
  type CloudFrontAddresses,
  type Documents,
  cloudFrontAddresses,
  makeDocuments,
  originHost,
  publisherRole,
  schedule,
} from './documents.ts';
import { type Edge, makeAlias, makeEdge } from './edge.ts';
import { guardBalancer, makeFirewall } from './firewall.ts';
import { type Groups, OPEN, makeGroups } from './groups.ts';
import { type Keys, makeKeys } from './keys.ts';
import { type Network, makeNetwork } from './network.ts';
import { allow, executionStatements, taskRole } from './roles.ts';
import { imageOf, makeRepository, makeService, makeTask } from './service.ts';
import type { Surroundings } from './surroundings.ts';

export interface Assembled {
  readonly jwksUri: string;
  readonly adminUrl: string;
  readonly repository: aws.ecr.Repository;
  readonly cluster: aws.ecs.Cluster;
  readonly service: aws.ecs.Service | undefined;
  readonly logs: aws.cloudwatch.LogGroup;
  readonly keys: Keys;
  readonly database: Database;
  readonly documents: Documents | undefined;
}

export function assemble(around: Surroundings): Assembled {
  const { plan } = around;
  const ground = layGround(around);
  const front = buildFront(around, ground);
  const { imageDigest } = plan;
  const service = imageDigest === undefined ? undefined : run(around, ground, front, imageDigest);
  const { watched } = ground.database;
  makeAlarms(around, { edge: front.edge, watched, runs: service !== undefined });
  return {
    ...ground,
    jwksUri: `${plan.url}/.well-known/jwks.json`,
    adminUrl: `https://${front.balancerHost}:${OPEN.admin}`,
    service,
    documents: front.documents,
  };
}

interface Ground {
  readonly network: Network;
  /** Only where CloudFront is in front. */
  readonly outside: CloudFrontAddresses | undefined;
  readonly groups: Groups;
  readonly database: Database;
  readonly keys: Keys;
  readonly role: aws.iam.Role;
  readonly executionRole: aws.iam.Role;
  /** The policies of both roles, without which a task fails at once. */
  readonly allowed: pulumi.Resource[];
  readonly repository: aws.ecr.Repository;
  readonly cluster: aws.ecs.Cluster;
  readonly logs: aws.cloudwatch.LogGroup;
}

function layGround(around: Surroundings): Ground {
  const { name, parent, plan } = around;
  const network = makeNetwork(around);
  const outside = plan.documents === undefined ? undefined : cloudFrontAddresses(around);
  const groups = makeGroups(around, { vpcId: network.vpcId, prefixListId: outside?.prefixListId });
  const database = makeDatabase(around, network, groups);
  const role = taskRole(around, 'task', 'What the token issuer may do');
  const keys = makeKeys(around, role);
  const repository = makeRepository(around);
  const cluster = new aws.ecs.Cluster(`${name}-cluster`, {}, { parent });
  const logs = new aws.cloudwatch.LogGroup(`${name}-logs`, { retentionInDays: plan.logDays }, { parent });
  const executionRole = taskRole(around, 'execution', 'Starts the token issuer');
  const starting = { repositoryArn: repository.arn, logGroupArn: logs.arn, database };
  const allowed = [
    allow(around, 'task', role, keys.statements),
    allow(around, 'execution', executionRole, executionStatements(around, starting)),
  ];
  return { network, outside, groups, database, keys, role, executionRole, allowed, repository, cluster, logs };
}

interface Front {
  readonly edge: Edge;
  /** The name of the load balancer: the issuer's, or the one that CloudFront reaches it under. */
  readonly balancerHost: string;
  readonly documents: Documents | undefined;
}

function buildFront(around: Surroundings, { network, groups }: Ground): Front {
  const { host, documents: wanted } = around.plan;
  const balancerHost = wanted === undefined ? host : originHost(host);
  const edge = makeEdge(around, { network, groups, hosts: wanted === undefined ? [host] : [host, balancerHost] });
  const { dnsName: name, zoneId } = edge.balancer;
  makeAlias(around, 'address', balancerHost, { name, zoneId });
  const firewall = makeFirewall(around, wanted === undefined ? 'REGIONAL' : 'CLOUDFRONT');
  if (wanted === undefined) {
    guardBalancer(around, firewall, edge.balancer);
    return { edge, balancerHost, documents: undefined };
  }
  const documents = makeDocuments(around, wanted, firewall);
  makeAlias(around, 'edge-address', host, documents.place);
  makeAlias(around, 'edge-address-6', host, documents.place, 'AAAA');
  return { edge, balancerHost, documents };
}

function run(around: Surroundings, ground: Ground, front: Front, digest: pulumi.Input<string>): aws.ecs.Service {
  const { network, groups, database, cluster, logs, executionRole, allowed, keys, role } = ground;
  const { edge, documents } = front;
  const image = imageOf(around, ground.repository, digest);
  const common = {
    image,
    environment: { ...environmentOf(around, ground.outside), ...keys.environment },
    databaseUrl: database.valueFrom,
    logGroup: logs.name,
    executionRole,
  };
  const task = makeTask(around, 'issuer', { ...common, role, command: ['issuer', 'serve'], serves: true });
  const before = [...allowed, ...(database.watched?.members ?? [])];
  const service = makeService(around, { cluster, task, container: 'issuer', network, groups, edge, before });
  const { documents: wanted, issuerName } = around.plan;
  if (documents === undefined || wanted === undefined) return service;
  const publisher = publisherRole(around, documents.bucket);
  const bucket = pulumi.interpolate`s3://${documents.bucket.bucket}`;
  const command = ['issuer', 'publish', '--issuer', issuerName, '--s3', bucket];
  const publish = makeTask(around, 'publish', { ...common, role: publisher, command, serves: false });
  const { everyMinutes } = wanted;
  schedule(around, { cluster, task: publish, roles: [executionRole, publisher], network, groups, everyMinutes });
  return service;
}

/** With what is only known later put in: a hash that is an output, and CloudFront's addresses. */
function environmentOf(around: Surroundings, outside: CloudFrontAddresses | undefined) {
  const { plan, parent } = around;
  const proxies = outside === undefined ? [] : outside.cidrs;
  const trusted = pulumi.jsonStringify(pulumi.output(proxies).apply((cidrs) => [plan.network.cidr, ...cidrs]));
  const { tokenSha256 } = plan.admin;
  if (tokenSha256 === undefined) return issuerEnvironment(plan, trusted);
  const checked = resolved(tokenSha256, (text) => {
    const problems = checkHash(text);
    return valueOf(problems.length === 0 ? accept(text) : refuse(...problems), parent);
  });
  return { ...issuerEnvironment(plan, trusted), IDP_ISSUER__ADMIN__TOKEN_SHA256: checked };
}
