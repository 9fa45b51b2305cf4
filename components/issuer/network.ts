/** The network of the issuer: a VPC with public and private subnets in several zones, or one that is there. */

import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { NetworkPlan } from './plan.ts';
import type { Surroundings } from './surroundings.ts';

export interface Network {
  readonly vpcId: pulumi.Input<string>;
  readonly publicSubnetIds: pulumi.Input<string>[];
  readonly privateSubnetIds: pulumi.Input<string>[];
  /** What those in the private subnets need before they reach anything. */
  readonly ways: pulumi.Resource[];
}

type MadePlan = Extract<NetworkPlan, { kind: 'made' }>;

export function makeNetwork(around: Surroundings): Network {
  const { network } = around.plan;
  if (network.kind === 'made') return makeVpc(around, network);
  const { vpcId, publicSubnetIds, privateSubnetIds } = network;
  return { vpcId, publicSubnetIds: [...publicSubnetIds], privateSubnetIds: [...privateSubnetIds], ways: [] };
}

/** The `index`th of the 16 equal parts of a network in IPv4, of which a made VPC uses up to eight. */
export function sixteenth(cidr: string, index: number): string {
  const [address = '', prefix = ''] = cidr.split('/');
  const parts = address.split('.').map(Number);
  const size = 2 ** (32 - Number(prefix) - 4);
  const number = parts.reduce((sum, part) => sum * 256 + part, 0) + index * size;
  const bytes = [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256);
  return `${bytes.join('.')}/${Number(prefix) + 4}`;
}

const ALL = '0.0.0.0/0';

function makeVpc({ name, parent }: Surroundings, { cidr, zones: count, singleNatGateway }: MadePlan): Network {
  const options = { parent };
  const vpc = new aws.ec2.Vpc(
    `${name}-vpc`,
    { cidrBlock: cidr, enableDnsHostnames: true, enableDnsSupport: true, tags: { Name: name } },
    options,
  );
  // Whatever is put into the VPC and names no group may talk to nobody.
  new aws.ec2.DefaultSecurityGroup(`${name}-nobody`, { vpcId: vpc.id, ingress: [], egress: [] }, options);
  const gateway = new aws.ec2.InternetGateway(`${name}-internet`, { vpcId: vpc.id, tags: { Name: name } }, options);
  const names = aws.getAvailabilityZonesOutput(
    { state: 'available', filters: [{ name: 'opt-in-status', values: ['opt-in-not-required'] }] },
    options,
  ).names;
  const indexes = Array.from({ length: count }, (_, index) => index);
  const subnet = (kind: string, index: number, part: number) =>
    new aws.ec2.Subnet(
      `${name}-${kind}-${index + 1}`,
      {
        vpcId: vpc.id,
        cidrBlock: sixteenth(cidr, part),
        availabilityZone: names.apply((all) => zoneAt(all, index, parent)),
        mapPublicIpOnLaunch: false,
        tags: { Name: `${name}-${kind}-${index + 1}` },
      },
      options,
    );
  const publicSubnets = indexes.map((index) => subnet('public', index, index));
  const privateSubnets = indexes.map((index) => subnet('private', index, 8 + index));
  const route = (kind: string, to: object, subnets: readonly aws.ec2.Subnet[], numbers: readonly number[]) => {
    const table = new aws.ec2.RouteTable(
      `${name}-${kind}`,
      { vpcId: vpc.id, tags: { Name: `${name}-${kind}` } },
      options,
    );
    const way = new aws.ec2.Route(
      `${name}-${kind}-out`,
      { routeTableId: table.id, destinationCidrBlock: ALL, ...to },
      options,
    );
    const joined = subnets.map(
      ({ id: subnetId }, at) =>
        new aws.ec2.RouteTableAssociation(
          `${name}-${kind}-${(numbers[at] ?? 0) + 1}`,
          { routeTableId: table.id, subnetId },
          options,
        ),
    );
    return [way, ...joined];
  };
  const open = route('public', { gatewayId: gateway.id }, publicSubnets, indexes);
  const gateways = indexes.slice(0, singleNatGateway ? 1 : count).map((index) => {
    const address = new aws.ec2.Eip(
      `${name}-nat-${index + 1}`,
      { domain: 'vpc', tags: { Name: `${name}-nat-${index + 1}` } },
      { parent, dependsOn: [gateway] },
    );
    return new aws.ec2.NatGateway(
      `${name}-nat-${index + 1}`,
      {
        allocationId: address.id,
        subnetId: idAt(publicSubnets, index),
        tags: { Name: `${name}-nat-${index + 1}` },
      },
      { parent, dependsOn: open },
    );
  });
  const ways = gateways.flatMap(({ id: natGatewayId }, index) => {
    const numbers = singleNatGateway ? indexes : [index];
    const subnets = privateSubnets.filter((_, at) => numbers.includes(at));
    return route(`private-${index + 1}`, { natGatewayId }, subnets, numbers);
  });
  return {
    vpcId: vpc.id,
    publicSubnetIds: publicSubnets.map(({ id }) => id),
    privateSubnetIds: privateSubnets.map(({ id }) => id),
    ways,
  };
}

function zoneAt(names: readonly string[], index: number, parent: pulumi.Resource): string {
  const zone = names[index];
  if (zone !== undefined) return zone;
  const has = `the region has ${names.length} zones: ${names.join(', ')}`;
  throw new pulumi.ResourceError(`${has}; lower network.zones, or give a VPC that is there`, parent, true);
}

function idAt(subnets: readonly aws.ec2.Subnet[], index: number): pulumi.Output<string> {
  const subnet = subnets[index];
  if (subnet === undefined) throw new RangeError(`there is no subnet ${index}`);
  return subnet.id;
}
