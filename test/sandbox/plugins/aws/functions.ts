/** The functions of the aws package that programs call to learn where they are. */
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { text, type Bag } from '../core/kind.ts';
import type { Aws } from './api.ts';

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
};
