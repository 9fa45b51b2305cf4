/** The issuer as an ECS service on Fargate, and how many tasks of it there are. */

import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { accept, refuse } from '../../src/claims/problem.ts';
import { resolved, valueOf } from '../resolve.ts';
import { checkDigest } from './check.ts';
import { containerDefinition } from './container.ts';
import type { ContainerInputs } from './container.ts';
import type { Edge } from './edge.ts';
import { type Groups, PORTS } from './groups.ts';
import type { Network } from './network.ts';
import type { Surroundings } from './surroundings.ts';

/** A repository whose tags cannot be moved. */
export function makeRepository({ name, parent, plan }: Surroundings): aws.ecr.Repository {
  return new aws.ecr.Repository(
    `${name}-image`,
    {
      imageTagMutability: 'IMMUTABLE',
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfigurations: [{ encryptionType: 'AES256' }],
      forceDelete: !plan.protect,
    },
    { parent },
  );
}

/** `repository@sha256:…`; a digest that is plain is checked at once. */
export function imageOf(
  { parent }: Surroundings,
  repository: aws.ecr.Repository,
  digest: pulumi.Input<string>,
): pulumi.Output<string> {
  const checked = resolved(digest, (text) => {
    const problems = checkDigest(text);
    return valueOf(problems.length === 0 ? accept(text) : refuse(...problems), parent);
  });
  return pulumi.interpolate`${repository.repositoryUrl}@${checked}`;
}

export interface TaskInputs extends Omit<ContainerInputs, 'name' | 'plan' | 'region'> {
  readonly executionRole: aws.iam.Role;
  readonly role: aws.iam.Role;
}

export function makeTask(
  { name, parent, plan, region }: Surroundings,
  kind: string,
  { executionRole, role, ...container }: TaskInputs,
): aws.ecs.TaskDefinition {
  const { cpu, memory, architecture: cpuArchitecture } = plan.service;
  return new aws.ecs.TaskDefinition(
    `${name}-${kind}`,
    {
      family: `${name}-${kind}`,
      requiresCompatibilities: ['FARGATE'],
      networkMode: 'awsvpc',
      cpu: String(cpu),
      memory: String(memory),
      runtimePlatform: { operatingSystemFamily: 'LINUX', cpuArchitecture },
      executionRoleArn: executionRole.arn,
      taskRoleArn: role.arn,
      containerDefinitions: pulumi.jsonStringify([containerDefinition({ name: kind, plan, region, ...container })]),
    },
    { parent },
  );
}

export interface ServiceInputs {
  readonly cluster: aws.ecs.Cluster;
  readonly task: aws.ecs.TaskDefinition;
  /** Of its container. */
  readonly container: string;
  readonly network: Network;
  readonly groups: Groups;
  readonly edge: Edge;
  /** What must be there before a task starts. */
  readonly before: pulumi.Resource[];
}

export function makeService(around: Surroundings, inputs: ServiceInputs): aws.ecs.Service {
  const { name, parent, plan } = around;
  const { cluster, task, container, network, groups, edge, before } = inputs;
  const service = new aws.ecs.Service(
    `${name}-service`,
    {
      cluster: cluster.arn,
      taskDefinition: task.arn,
      desiredCount: plan.service.minTasks,
      launchType: 'FARGATE',
      platformVersion: '1.4.0',
      enableExecuteCommand: false,
      deploymentCircuitBreaker: { enable: true, rollback: true },
      deploymentMinimumHealthyPercent: 100,
      deploymentMaximumPercent: 200,
      availabilityZoneRebalancing: 'ENABLED',
      healthCheckGracePeriodSeconds: 120,
      waitForSteadyState: true,
      networkConfiguration: {
        subnets: network.privateSubnetIds,
        securityGroups: [groups.service.id],
        assignPublicIp: false,
      },
      loadBalancers: (['public', 'admin'] as const).map((kind) => ({
        targetGroupArn: edge.targets[kind].arn,
        containerName: container,
        containerPort: PORTS[kind],
      })),
    },
    // How many there are is for the scaling below to say.
    {
      parent,
      ignoreChanges: ['desiredCount'],
      dependsOn: [...edge.listeners, ...network.ways, ...groups.rules, ...before],
    },
  );
  scale(around, cluster, service);
  return service;
}

function scale({ name, parent, plan }: Surroundings, cluster: aws.ecs.Cluster, service: aws.ecs.Service): void {
  const dimension = {
    serviceNamespace: 'ecs',
    scalableDimension: 'ecs:service:DesiredCount',
    resourceId: pulumi.interpolate`service/${cluster.name}/${service.name}`,
  };
  const { minTasks: minCapacity, maxTasks: maxCapacity, targetCpu } = plan.service;
  const target = new aws.appautoscaling.Target(`${name}-tasks`, { ...dimension, minCapacity, maxCapacity }, { parent });
  new aws.appautoscaling.Policy(
    `${name}-cpu`,
    {
      serviceNamespace: target.serviceNamespace,
      scalableDimension: target.scalableDimension,
      resourceId: target.resourceId,
      policyType: 'TargetTrackingScaling',
      targetTrackingScalingPolicyConfiguration: {
        predefinedMetricSpecification: { predefinedMetricType: 'ECSServiceAverageCPUUtilization' },
        targetValue: targetCpu,
        scaleInCooldown: 300,
        scaleOutCooldown: 60,
      },
    },
    { parent },
  );
}
