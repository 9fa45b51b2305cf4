/** Security groups and their rules, each a resource of its own. */
import type { IpPermission, SecurityGroup } from '@aws-sdk/client-ec2';
import { bag, text, type Bag, type Json, type Kind } from '../../core/kind.ts';
import type { Aws } from '../api.ts';
import { changeable, fixed, plain, unlessMissing } from '../table.ts';
import { tagged, tagsOf } from './network.ts';

async function groupsWhere(aws: Aws, filter: object): Promise<SecurityGroup | undefined> {
  const answer = await unlessMissing((await aws.use('ec2')).describeSecurityGroups(filter));
  return answer?.SecurityGroups?.[0];
}

export const securityGroup: Kind<Aws> = {
  properties: {
    ...fixed('string', 'vpcId', 'description'),
    name: { as: 'string', autoName: true, computed: true, replace: true },
    ...changeable('map', 'tags'),
  },
  create: async (aws, inputs) => {
    const ec2 = await aws.use('ec2');
    const { GroupId = '' } = await ec2.createSecurityGroup({
      GroupName: text(inputs.name),
      Description: text(inputs.description),
      VpcId: text(inputs.vpcId),
      ...tagged('security-group', inputs),
    });
    // AWS lets everything out of a new group, and the provider takes that away.
    const made = await groupsWhere(aws, { GroupIds: [GroupId] });
    await revoke(aws, GroupId, 'egress', made?.IpPermissionsEgress);
    return GroupId;
  },
  read: async (aws, id) => {
    const found = await groupsWhere(aws, { GroupIds: [id] });
    if (found === undefined) return undefined;
    const { VpcId: vpcId, Description: description, GroupName: name } = found;
    return bag({ vpcId, description, name, tags: tagsOf(found.Tags) });
  },
  delete: async (aws, GroupId) => {
    await unlessMissing((await aws.use('ec2')).deleteSecurityGroup({ GroupId }));
  },
};

/** It is there with its VPC: adopted, not made, and never deleted. */
export const defaultSecurityGroup: Kind<Aws> = {
  properties: { ...fixed('string', 'vpcId'), ...changeable('list', 'ingress', 'egress') },
  create: async (aws, inputs) => {
    const Filters = [
      { Name: 'vpc-id', Values: [text(inputs.vpcId)] },
      { Name: 'group-name', Values: ['default'] },
    ];
    const found = await groupsWhere(aws, { Filters });
    const id = found?.GroupId ?? '';
    await revoke(aws, id, 'ingress', found?.IpPermissions);
    await revoke(aws, id, 'egress', found?.IpPermissionsEgress);
    return id;
  },
  read: async (aws, id) => {
    const found = await groupsWhere(aws, { GroupIds: [id] });
    if (found === undefined) return undefined;
    const [ingress, egress] = [plain(found.IpPermissions ?? []), plain(found.IpPermissionsEgress ?? [])];
    return bag({ vpcId: found.VpcId, ingress, egress });
  },
  update: async (aws, id) => {
    const found = await groupsWhere(aws, { GroupIds: [id] });
    await revoke(aws, id, 'ingress', found?.IpPermissions);
    await revoke(aws, id, 'egress', found?.IpPermissionsEgress);
  },
  delete: () => Promise.resolve(),
};

async function revoke(aws: Aws, GroupId: string, direction: Direction, rules: IpPermission[] = []): Promise<void> {
  if (rules.length === 0) return;
  const ec2 = await aws.use('ec2');
  const request = { GroupId, IpPermissions: rules };
  await (direction === 'egress' ? ec2.revokeSecurityGroupEgress(request) : ec2.revokeSecurityGroupIngress(request));
}

type Direction = 'ingress' | 'egress';

function permission(inputs: Bag): IpPermission {
  const { cidrIpv4, prefixListId, referencedSecurityGroupId } = inputs;
  const Description = text(inputs.description);
  return {
    IpProtocol: text(inputs.ipProtocol),
    FromPort: Number(inputs.fromPort),
    ToPort: Number(inputs.toPort),
    ...(cidrIpv4 === undefined ? {} : { IpRanges: [{ CidrIp: text(cidrIpv4), Description }] }),
    ...(prefixListId === undefined ? {} : { PrefixListIds: [{ PrefixListId: text(prefixListId), Description }] }),
    ...(referencedSecurityGroupId === undefined
      ? {}
      : { UserIdGroupPairs: [{ GroupId: text(referencedSecurityGroupId), Description }] }),
  };
}

function rule(direction: Direction): Kind<Aws> {
  const create = async (aws: Aws, inputs: Bag): Promise<string> => {
    const ec2 = await aws.use('ec2');
    const request = { GroupId: text(inputs.securityGroupId), IpPermissions: [permission(inputs)] };
    const { SecurityGroupRules } =
      direction === 'egress'
        ? await ec2.authorizeSecurityGroupEgress(request)
        : await ec2.authorizeSecurityGroupIngress(request);
    return SecurityGroupRules?.[0]?.SecurityGroupRuleId ?? '';
  };
  const remove = async (aws: Aws, id: string, state: Bag): Promise<void> => {
    const ec2 = await aws.use('ec2');
    const request = { GroupId: text(state.securityGroupId), SecurityGroupRuleIds: [id] };
    await unlessMissing<Json | object>(
      direction === 'egress' ? ec2.revokeSecurityGroupEgress(request) : ec2.revokeSecurityGroupIngress(request),
    );
  };
  return {
    properties: {
      ...fixed('string', 'securityGroupId', 'ipProtocol', 'cidrIpv4', 'prefixListId', 'referencedSecurityGroupId'),
      ...fixed('number', 'fromPort', 'toPort'),
      // moto forgets it where the other side is a group.
      description: { as: 'string', replace: true, unread: true },
    },
    create,
    read: async (aws, id) => {
      const ec2 = await aws.use('ec2');
      const answer = await unlessMissing(ec2.describeSecurityGroupRules({ SecurityGroupRuleIds: [id] }));
      const found = answer?.SecurityGroupRules?.[0];
      if (found === undefined) return undefined;
      return bag({
        securityGroupId: found.GroupId,
        ipProtocol: found.IpProtocol,
        fromPort: found.FromPort,
        toPort: found.ToPort,
        cidrIpv4: found.CidrIpv4,
        prefixListId: found.PrefixListId,
        referencedSecurityGroupId: found.ReferencedGroupInfo?.GroupId,
      });
    },
    delete: remove,
  };
}

export const ingressRule = rule('ingress');
export const egressRule = rule('egress');
