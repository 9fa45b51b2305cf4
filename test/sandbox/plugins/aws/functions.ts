/** The functions of the aws package that programs call to learn where they are. */
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { text, type Bag } from '../core/kind.ts';
import type { Aws } from './api.ts';
import { randomPassword } from './kinds/keys.ts';

interface Partition {
  readonly partition: string;
  readonly dnsSuffix: string;
  readonly reverseDnsPrefix: string;
}

/** AWS's partitions by the prefix of their regions (AWS General Reference, "Partitions"). */
const PARTITIONS: Readonly<Record<string, Partition>> = {
  'us-gov-': { partition: 'aws-us-gov', dnsSuffix: 'amazonaws.com', reverseDnsPrefix: 'com.amazonaws' },
  'cn-': { partition: 'aws-cn', dnsSuffix: 'amazonaws.com.cn', reverseDnsPrefix: 'cn.com.amazonaws' },
  '': { partition: 'aws', dnsSuffix: 'amazonaws.com', reverseDnsPrefix: 'com.amazonaws' },
};

function partitionOf(region: string): Partition {
  const [, found] = Object.entries(PARTITIONS).find(([prefix]) => region.startsWith(prefix)) ?? [];
  if (found === undefined) throw new Error(`no partition for the region '${region}'`);
  return found;
}

export const functions: Readonly<Record<string, (aws: Aws, args: Bag) => Promise<Bag>>> = {
  'aws:ec2/getManagedPrefixList:getManagedPrefixList': async ({ use }, args) => {
    const ec2 = await use('ec2');
    const name = text(args.name);
    const Filters = [{ Name: 'prefix-list-name', Values: [name] }];
    const [found] = (await ec2.describeManagedPrefixLists({ Filters })).PrefixLists ?? [];
    const PrefixListId = found?.PrefixListId;
    if (PrefixListId === undefined) throw new Error(`there is no prefix list ${name}`);
    const { Entries = [] } = await ec2.getManagedPrefixListEntries({ PrefixListId });
    const entries = Entries.map(({ Cidr = '', Description = '' }) => ({ cidr: Cidr, description: Description }));
    return { id: PrefixListId, name, entries };
  },
  'aws:index/getAvailabilityZones:getAvailabilityZones': async ({ use, region }, args) => {
    const { AvailabilityZones = [] } = await (await use('ec2')).describeAvailabilityZones({});
    const names = AvailabilityZones.map(({ ZoneName = '' }) => ZoneName).sort();
    return { ...args, id: region, names };
  },
  'aws:index/getCallerIdentity:getCallerIdentity': async ({ sts }) => {
    const { Account = '', Arn = '', UserId = '' } = await sts.send(new GetCallerIdentityCommand({}));
    return { accountId: Account, arn: Arn, userId: UserId, id: Account };
  },
  'aws:index/getPartition:getPartition': ({ region }) => {
    const { partition, dnsSuffix, reverseDnsPrefix } = partitionOf(region);
    return Promise.resolve({ id: partition, partition, dnsSuffix, reverseDnsPrefix });
  },
  'aws:index/getRegion:getRegion': ({ region }, args) => {
    const name = text(args.region) || text(args.name) || region;
    const endpoint = `ec2.${name}.${partitionOf(name).dnsSuffix}`;
    return Promise.resolve({ id: name, name, region: name, endpoint, description: name });
  },
  'aws:secretsmanager/getRandomPassword:getRandomPassword': randomPassword,
};
