/** The network: VPC, subnets, gateways and routes. */
import type { Tag } from '@aws-sdk/client-ec2';
import { bag, text, type Bag, type Kind } from '../../core/kind.ts';
import { tagList, tagMap, type Aws } from '../api.ts';
import { changeable, fixed, unlessMissing } from '../table.ts';

type ResourceType =
  'vpc' | 'subnet' | 'internet-gateway' | 'elastic-ip' | 'natgateway' | 'route-table' | 'security-group';

/** The tags of something that is being made. */
export const tagged = (ResourceType: ResourceType, inputs: Bag) => {
  const Tags = tagList(inputs.tags);
  return Tags.length === 0 ? {} : { TagSpecifications: [{ ResourceType, Tags }] };
};

export const tagsOf = (Tags: Tag[] | undefined): Bag =>
  tagMap((Tags ?? []).map(({ Key = '', Value = '' }) => ({ Key, Value })));

export const vpc: Kind<Aws> = {
  properties: {
    ...fixed('string', 'cidrBlock'),
    enableDnsHostnames: { as: 'boolean', default: false },
    enableDnsSupport: { as: 'boolean', default: true },
    ...changeable('map', 'tags'),
  },
  create: async (aws, inputs) => {
    const ec2 = await aws.use('ec2');
    const { Vpc } = await ec2.createVpc({ CidrBlock: text(inputs.cidrBlock), ...tagged('vpc', inputs) });
    const VpcId = Vpc?.VpcId ?? '';
    await ec2.modifyVpcAttribute({ VpcId, EnableDnsSupport: { Value: inputs.enableDnsSupport === true } });
    await ec2.modifyVpcAttribute({ VpcId, EnableDnsHostnames: { Value: inputs.enableDnsHostnames === true } });
    return VpcId;
  },
  read: async (aws, VpcId) => {
    const ec2 = await aws.use('ec2');
    const found = (await unlessMissing(ec2.describeVpcs({ VpcIds: [VpcId] })))?.Vpcs?.[0];
    if (found === undefined) return undefined;
    const names = await ec2.describeVpcAttribute({ VpcId, Attribute: 'enableDnsHostnames' });
    const support = await ec2.describeVpcAttribute({ VpcId, Attribute: 'enableDnsSupport' });
    return bag({
      cidrBlock: found.CidrBlock,
      enableDnsHostnames: names.EnableDnsHostnames?.Value,
      enableDnsSupport: support.EnableDnsSupport?.Value,
      tags: tagsOf(found.Tags),
    });
  },
  delete: async (aws, VpcId) => {
    await unlessMissing((await aws.use('ec2')).deleteVpc({ VpcId }));
  },
};

export const subnet: Kind<Aws> = {
  properties: {
    ...fixed('string', 'vpcId', 'cidrBlock', 'availabilityZone'),
    mapPublicIpOnLaunch: { as: 'boolean', default: false },
    ...changeable('map', 'tags'),
  },
  create: async (aws, inputs) => {
    const { Subnet } = await (
      await aws.use('ec2')
    ).createSubnet({
      VpcId: text(inputs.vpcId),
      CidrBlock: text(inputs.cidrBlock),
      AvailabilityZone: text(inputs.availabilityZone),
      ...tagged('subnet', inputs),
    });
    return Subnet?.SubnetId ?? '';
  },
  read: async (aws, id) => {
    const answer = await unlessMissing((await aws.use('ec2')).describeSubnets({ SubnetIds: [id] }));
    const found = answer?.Subnets?.[0];
    if (found === undefined) return undefined;
    return bag({
      vpcId: found.VpcId,
      cidrBlock: found.CidrBlock,
      availabilityZone: found.AvailabilityZone,
      mapPublicIpOnLaunch: found.MapPublicIpOnLaunch,
      tags: tagsOf(found.Tags),
    });
  },
  delete: async (aws, SubnetId) => {
    await unlessMissing((await aws.use('ec2')).deleteSubnet({ SubnetId }));
  },
};

export const internetGateway: Kind<Aws> = {
  properties: { ...fixed('string', 'vpcId'), ...changeable('map', 'tags') },
  create: async (aws, inputs) => {
    const ec2 = await aws.use('ec2');
    const { InternetGateway } = await ec2.createInternetGateway(tagged('internet-gateway', inputs));
    const InternetGatewayId = InternetGateway?.InternetGatewayId ?? '';
    await ec2.attachInternetGateway({ InternetGatewayId, VpcId: text(inputs.vpcId) });
    return InternetGatewayId;
  },
  read: async (aws, id) => {
    const answer = await unlessMissing((await aws.use('ec2')).describeInternetGateways({ InternetGatewayIds: [id] }));
    const found = answer?.InternetGateways?.[0];
    if (found === undefined) return undefined;
    return bag({ vpcId: found.Attachments?.[0]?.VpcId, tags: tagsOf(found.Tags) });
  },
  delete: async (aws, InternetGatewayId, state) => {
    const ec2 = await aws.use('ec2');
    await unlessMissing(ec2.detachInternetGateway({ InternetGatewayId, VpcId: text(state.vpcId) }));
    await unlessMissing(ec2.deleteInternetGateway({ InternetGatewayId }));
  },
};

export const eip: Kind<Aws> = {
  properties: { ...fixed('string', 'domain'), ...changeable('map', 'tags') },
  create: async (aws, inputs) => {
    const ec2 = await aws.use('ec2');
    return (await ec2.allocateAddress({ Domain: 'vpc', ...tagged('elastic-ip', inputs) })).AllocationId ?? '';
  },
  read: async (aws, id) => {
    const answer = await unlessMissing((await aws.use('ec2')).describeAddresses({ AllocationIds: [id] }));
    const found = answer?.Addresses?.[0];
    return found === undefined ? undefined : bag({ domain: found.Domain, tags: tagsOf(found.Tags) });
  },
  delete: async (aws, AllocationId) => {
    await unlessMissing((await aws.use('ec2')).releaseAddress({ AllocationId }));
  },
};

export const natGateway: Kind<Aws> = {
  properties: { ...fixed('string', 'allocationId', 'subnetId'), ...changeable('map', 'tags') },
  create: async (aws, inputs) => {
    const { NatGateway } = await (
      await aws.use('ec2')
    ).createNatGateway({
      AllocationId: text(inputs.allocationId),
      SubnetId: text(inputs.subnetId),
      ...tagged('natgateway', inputs),
    });
    return NatGateway?.NatGatewayId ?? '';
  },
  read: async (aws, id) => {
    const answer = await unlessMissing((await aws.use('ec2')).describeNatGateways({ NatGatewayIds: [id] }));
    const found = answer?.NatGateways?.find(({ State }) => State !== 'deleted');
    if (found === undefined) return undefined;
    const allocationId = found.NatGatewayAddresses?.[0]?.AllocationId;
    return bag({ allocationId, subnetId: found.SubnetId, tags: tagsOf(found.Tags) });
  },
  delete: async (aws, NatGatewayId) => {
    await unlessMissing((await aws.use('ec2')).deleteNatGateway({ NatGatewayId }));
  },
};

export const routeTable: Kind<Aws> = {
  properties: { ...fixed('string', 'vpcId'), ...changeable('map', 'tags') },
  create: async (aws, inputs) => {
    const ec2 = await aws.use('ec2');
    const { RouteTable } = await ec2.createRouteTable({ VpcId: text(inputs.vpcId), ...tagged('route-table', inputs) });
    return RouteTable?.RouteTableId ?? '';
  },
  read: async (aws, id) => {
    const found = await tableOf(aws, id);
    return found === undefined ? undefined : bag({ vpcId: found.VpcId, tags: tagsOf(found.Tags) });
  },
  delete: async (aws, RouteTableId) => {
    await unlessMissing((await aws.use('ec2')).deleteRouteTable({ RouteTableId }));
  },
};

async function tableOf(aws: Aws, id: string) {
  return (await unlessMissing((await aws.use('ec2')).describeRouteTables({ RouteTableIds: [id] })))?.RouteTables?.[0];
}

/** Its id is made of the table's and the destination's. */
export const route: Kind<Aws> = {
  properties: fixed('string', 'routeTableId', 'destinationCidrBlock', 'gatewayId', 'natGatewayId'),
  create: async (aws, inputs) => {
    const [RouteTableId, DestinationCidrBlock] = [text(inputs.routeTableId), text(inputs.destinationCidrBlock)];
    const { gatewayId, natGatewayId } = inputs;
    await (
      await aws.use('ec2')
    ).createRoute({
      RouteTableId,
      DestinationCidrBlock,
      ...(gatewayId === undefined ? {} : { GatewayId: text(gatewayId) }),
      ...(natGatewayId === undefined ? {} : { NatGatewayId: text(natGatewayId) }),
    });
    return `r-${RouteTableId}-${DestinationCidrBlock}`;
  },
  read: async (aws, _id, state) => {
    const [routeTableId, destinationCidrBlock] = [text(state.routeTableId), text(state.destinationCidrBlock)];
    const table = await tableOf(aws, routeTableId);
    const found = table?.Routes?.find(({ DestinationCidrBlock }) => DestinationCidrBlock === destinationCidrBlock);
    if (found === undefined) return undefined;
    return bag({ routeTableId, destinationCidrBlock, gatewayId: found.GatewayId, natGatewayId: found.NatGatewayId });
  },
  delete: async (aws, _id, state) => {
    const [RouteTableId, DestinationCidrBlock] = [text(state.routeTableId), text(state.destinationCidrBlock)];
    await unlessMissing((await aws.use('ec2')).deleteRoute({ RouteTableId, DestinationCidrBlock }));
  },
};

export const routeTableAssociation: Kind<Aws> = {
  properties: fixed('string', 'routeTableId', 'subnetId'),
  create: async (aws, inputs) => {
    const [RouteTableId, SubnetId] = [text(inputs.routeTableId), text(inputs.subnetId)];
    return (await (await aws.use('ec2')).associateRouteTable({ RouteTableId, SubnetId })).AssociationId ?? '';
  },
  read: async (aws, id, state) => {
    const table = await tableOf(aws, text(state.routeTableId));
    const found = table?.Associations?.find(({ RouteTableAssociationId }) => RouteTableAssociationId === id);
    return found === undefined ? undefined : bag({ routeTableId: found.RouteTableId, subnetId: found.SubnetId });
  },
  delete: async (aws, AssociationId) => {
    await unlessMissing((await aws.use('ec2')).disassociateRouteTable({ AssociationId }));
  },
};
