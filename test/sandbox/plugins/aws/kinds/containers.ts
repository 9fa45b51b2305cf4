/** ECR and ECS: the image's place, the cluster, task definitions and the service; and what scales it. */
import type {
  CreateServiceCommandInput,
  RegisterTaskDefinitionCommandInput,
  Service,
  UpdateServiceCommandInput,
} from '@aws-sdk/client-ecs';
import { DEFAULTS } from '../../core/check.ts';
import { bag, isBag, text, type Bag, type Json, type Kind } from '../../core/kind.ts';
import type { Aws } from '../api.ts';
import { camel, changeable, fixed, kept, outputs, pascal, plain, unlessMissing } from '../table.ts';

export const repository: Kind<Aws> = {
  properties: {
    name: { as: 'string', autoName: true, computed: true, replace: true },
    imageTagMutability: { as: 'string', default: 'MUTABLE' },
    ...changeable('block', 'imageScanningConfiguration'),
    ...fixed('list', 'encryptionConfigurations'),
    ...kept('boolean', 'forceDelete'),
    ...outputs('string', 'arn', 'repositoryUrl'),
  },
  create: async (aws, inputs) => {
    const [encryption] = (inputs.encryptionConfigurations ?? []) as Bag[];
    const request = {
      repositoryName: text(inputs.name),
      imageTagMutability: text(inputs.imageTagMutability) as 'IMMUTABLE' | 'MUTABLE',
      imageScanningConfiguration: inputs.imageScanningConfiguration as Bag,
      encryptionConfiguration: { encryptionType: text(encryption?.encryptionType) as 'AES256' | 'KMS' },
    };
    return (await (await aws.use('ecr')).createRepository(request)).repository?.repositoryName ?? '';
  },
  read: async (aws, name) => {
    const ecr = await aws.use('ecr');
    const found = (await unlessMissing(ecr.describeRepositories({ repositoryNames: [name] })))?.repositories?.[0];
    if (found === undefined) return undefined;
    const { encryptionType = '' } = found.encryptionConfiguration ?? {};
    return bag({
      name: found.repositoryName,
      imageTagMutability: found.imageTagMutability,
      imageScanningConfiguration: { scanOnPush: found.imageScanningConfiguration?.scanOnPush === true },
      encryptionConfigurations: [{ encryptionType }],
      arn: found.repositoryArn,
      repositoryUrl: found.repositoryUri,
    });
  },
  update: async (aws, repositoryName, _olds, news) => {
    const imageTagMutability = text(news.imageTagMutability) as 'IMMUTABLE' | 'MUTABLE';
    await (await aws.use('ecr')).putImageTagMutability({ repositoryName, imageTagMutability });
  },
  delete: async (aws, repositoryName, state) => {
    const force = state.forceDelete === true;
    await unlessMissing((await aws.use('ecr')).deleteRepository({ repositoryName, force }));
  },
};

export const cluster: Kind<Aws> = {
  properties: {
    name: { as: 'string', autoName: true, computed: true, replace: true },
    ...outputs('string', 'arn'),
  },
  create: async (aws, inputs) => {
    const { cluster: made } = await (await aws.use('ecs')).createCluster({ clusterName: text(inputs.name) });
    return made?.clusterArn ?? '';
  },
  read: async (aws, id) => {
    const { clusters } = await (await aws.use('ecs')).describeClusters({ clusters: [id] });
    const found = clusters?.find(({ status }) => status === 'ACTIVE');
    return found === undefined ? undefined : bag({ name: found.clusterName, arn: found.clusterArn });
  },
  delete: async (aws, id) => {
    await unlessMissing((await aws.use('ecs')).deleteCluster({ cluster: id }));
  },
};

/** A revision never changes, so what was put in is what there is. */
export const taskDefinition: Kind<Aws> = {
  properties: {
    ...fixed('string', 'family', 'networkMode', 'cpu', 'memory', 'executionRoleArn', 'taskRoleArn'),
    ...fixed('set', 'requiresCompatibilities'),
    containerDefinitions: { as: 'string', replace: true, unread: true },
    runtimePlatform: { as: 'block', replace: true, unread: true },
    ...outputs('string', 'arn'),
  },
  create: async (aws, inputs) => {
    const containerDefinitions = JSON.parse(text(inputs.containerDefinitions)) as Json[];
    const given = Object.entries(inputs).filter(([name]) => name !== DEFAULTS);
    // The API's names are the provider's own.
    const request = { ...Object.fromEntries(given), containerDefinitions } as unknown;
    const { taskDefinition: made } = await (
      await aws.use('ecs')
    ).registerTaskDefinition(request as RegisterTaskDefinitionCommandInput);
    return made?.taskDefinitionArn ?? '';
  },
  read: async (aws, id) => {
    const answer = await unlessMissing((await aws.use('ecs')).describeTaskDefinition({ taskDefinition: id }));
    const found = answer?.taskDefinition;
    if (found?.status !== 'ACTIVE') return undefined;
    const { family, networkMode, cpu, memory, executionRoleArn, taskRoleArn } = found;
    const requiresCompatibilities = [...(found.requiresCompatibilities ?? [])];
    return bag({ family, networkMode, cpu, memory, executionRoleArn, taskRoleArn, requiresCompatibilities, arn: id });
  },
  delete: async (aws, id) => {
    await unlessMissing((await aws.use('ecs')).deregisterTaskDefinition({ taskDefinition: id }));
  },
};

export const service: Kind<Aws> = {
  properties: {
    name: { as: 'string', autoName: true, computed: true, replace: true },
    ...fixed('string', 'cluster', 'launchType'),
    ...fixed('list', 'loadBalancers'),
    ...changeable('string', 'taskDefinition', 'platformVersion'),
    ...changeable('number', 'desiredCount'),
    ...changeable('block', 'networkConfiguration'),
    ...kept('boolean', 'enableExecuteCommand', 'waitForSteadyState'),
    ...kept('block', 'deploymentCircuitBreaker'),
    ...kept('number', 'deploymentMinimumHealthyPercent', 'deploymentMaximumPercent', 'healthCheckGracePeriodSeconds'),
    ...kept('string', 'availabilityZoneRebalancing'),
  },
  create: async (aws, inputs) => {
    const request = {
      ...running(inputs),
      cluster: text(inputs.cluster),
      serviceName: text(inputs.name),
      launchType: 'FARGATE',
      loadBalancers: inputs.loadBalancers,
    } as unknown as CreateServiceCommandInput;
    return (await (await aws.use('ecs')).createService(request)).service?.serviceArn ?? '';
  },
  read: async (aws, id, state) => {
    const found = await serviceOf(aws, clusterOf(id, state), id);
    if (found === undefined) return undefined;
    const { subnets = [], securityGroups = [], assignPublicIp } = found.networkConfiguration?.awsvpcConfiguration ?? {};
    return bag({
      name: found.serviceName,
      cluster: found.clusterArn,
      launchType: found.launchType,
      taskDefinition: found.taskDefinition,
      platformVersion: found.platformVersion,
      desiredCount: found.desiredCount,
      loadBalancers: plain(found.loadBalancers ?? []),
      networkConfiguration: { subnets, securityGroups, assignPublicIp: assignPublicIp === 'ENABLED' },
    });
  },
  update: async (aws, id, olds, news) => {
    const request = { ...running(news), cluster: clusterOf(id, olds), service: id };
    await (await aws.use('ecs')).updateService(request as unknown as UpdateServiceCommandInput);
  },
  delete: async (aws, id, state) => {
    const ecs = await aws.use('ecs');
    await unlessMissing(ecs.deleteService({ cluster: clusterOf(id, state), service: id, force: true }));
  },
};

const clusterOf = (id: string, state: Bag): string => text(state.cluster) || (id.split('/')[1] ?? '');

async function serviceOf(aws: Aws, cluster: string, id: string): Promise<Service | undefined> {
  const answer = await unlessMissing((await aws.use('ecs')).describeServices({ cluster, services: [id] }));
  return answer?.services?.find(({ status }) => status === 'ACTIVE');
}

/** What a service can change while it runs. */
function running(inputs: Bag) {
  const { assignPublicIp, ...network } = inputs.networkConfiguration as Bag;
  return {
    taskDefinition: text(inputs.taskDefinition),
    desiredCount: Number(inputs.desiredCount),
    platformVersion: text(inputs.platformVersion),
    enableExecuteCommand: inputs.enableExecuteCommand === true,
    healthCheckGracePeriodSeconds: Number(inputs.healthCheckGracePeriodSeconds),
    availabilityZoneRebalancing: text(inputs.availabilityZoneRebalancing),
    networkConfiguration: {
      awsvpcConfiguration: { ...network, assignPublicIp: assignPublicIp === true ? 'ENABLED' : 'DISABLED' },
    },
    deploymentConfiguration: {
      deploymentCircuitBreaker: inputs.deploymentCircuitBreaker,
      minimumHealthyPercent: inputs.deploymentMinimumHealthyPercent,
      maximumPercent: inputs.deploymentMaximumPercent,
    },
  };
}

/** Which service of which kind is scaled. */
const DIMENSION = ['serviceNamespace', 'scalableDimension', 'resourceId'] as const;

const dimension = (bag: Bag) => ({
  ServiceNamespace: text(bag.serviceNamespace) as 'ecs',
  ScalableDimension: text(bag.scalableDimension) as 'ecs:service:DesiredCount',
  ResourceId: text(bag.resourceId),
});

export const scalingTarget: Kind<Aws> = {
  properties: { ...fixed('string', ...DIMENSION), ...changeable('number', 'minCapacity', 'maxCapacity') },
  create: async (aws, inputs) => {
    await putTarget(aws, inputs);
    return text(inputs.resourceId);
  },
  read: async (aws, _id, state) => {
    const { ServiceNamespace, ResourceId } = dimension(state);
    const request = { ServiceNamespace, ResourceIds: [ResourceId] };
    const found = (await (await aws.use('appautoscaling')).describeScalableTargets(request)).ScalableTargets?.[0];
    if (found === undefined) return undefined;
    const { MinCapacity: minCapacity, MaxCapacity: maxCapacity, ResourceId: resourceId } = found;
    const { ServiceNamespace: serviceNamespace, ScalableDimension: scalableDimension } = found;
    return bag({ serviceNamespace, scalableDimension, resourceId, minCapacity, maxCapacity });
  },
  update: (aws, _id, _olds, news) => putTarget(aws, news),
  delete: async (aws, _id, state) => {
    await unlessMissing((await aws.use('appautoscaling')).deregisterScalableTarget(dimension(state)));
  },
};

async function putTarget(aws: Aws, inputs: Bag): Promise<void> {
  const [MinCapacity, MaxCapacity] = [Number(inputs.minCapacity), Number(inputs.maxCapacity)];
  const request = { ...dimension(inputs), MinCapacity, MaxCapacity };
  await (await aws.use('appautoscaling')).registerScalableTarget(request);
}

const TRACKING = 'targetTrackingScalingPolicyConfiguration';

export const scalingPolicy: Kind<Aws> = {
  properties: {
    name: { as: 'string', autoName: true, computed: true, replace: true },
    ...fixed('string', ...DIMENSION, 'policyType'),
    ...changeable('block', TRACKING),
    ...outputs('string', 'arn'),
  },
  create: async (aws, inputs) => {
    await putPolicy(aws, text(inputs.name), inputs);
    return text(inputs.name);
  },
  read: async (aws, name, state) => {
    const request = { ServiceNamespace: dimension(state).ServiceNamespace, PolicyNames: [name] };
    const found = (await (await aws.use('appautoscaling')).describeScalingPolicies(request)).ScalingPolicies?.[0];
    if (found === undefined) return undefined;
    const { ServiceNamespace: serviceNamespace, ScalableDimension: scalableDimension } = found;
    const { ResourceId: resourceId, PolicyType: policyType, PolicyARN: arn } = found;
    const tracking = camel(plain(found.TargetTrackingScalingPolicyConfiguration ?? {}));
    return bag({ name, serviceNamespace, scalableDimension, resourceId, policyType, [TRACKING]: tracking, arn });
  },
  update: (aws, name, _olds, news) => putPolicy(aws, name, news),
  delete: async (aws, PolicyName, state) => {
    const request = { ...dimension(state), PolicyName };
    await unlessMissing((await aws.use('appautoscaling')).deleteScalingPolicy(request));
  },
};

async function putPolicy(aws: Aws, PolicyName: string, inputs: Bag): Promise<void> {
  const block = inputs[TRACKING];
  const { TargetValue, ...rest } = (isBag(block) ? pascal(block) : {}) as Bag;
  await (
    await aws.use('appautoscaling')
  ).putScalingPolicy({
    ...dimension(inputs),
    PolicyName,
    PolicyType: 'TargetTrackingScaling',
    TargetTrackingScalingPolicyConfiguration: { ...rest, TargetValue: Number(TargetValue) },
  });
}
