/** The account that a role or a provider is in: its ARNs are built, not read, so that trust is known at preview. */

import { type Problem, problem } from '../../src/claims/problem.ts';
import { suggest } from '../../src/claims/suggest.ts';

/** AWS's partitions (AWS General Reference, ARNs). */
const PARTITIONS = [
  'aws',
  'aws-cn',
  'aws-us-gov',
  'aws-eusc',
  'aws-iso',
  'aws-iso-b',
  'aws-iso-e',
  'aws-iso-f',
] as const;

export const DEFAULT_PARTITION = 'aws';

export function checkAccount(accountId: string): Problem[] {
  if (/^[0-9]{12}$/.test(accountId)) return [];
  return [problem(['accountId'], `\`${accountId}\` is no AWS account: it has 12 digits`)];
}

export function checkPartition(partition: string): Problem[] {
  if (PARTITIONS.some((known) => known === partition)) return [];
  return [problem(['partition'], `there is no partition \`${partition}\``, suggest(partition, PARTITIONS))];
}

/** Limits of IAM's CreateOpenIDConnectProvider: 100 client ids of 255 characters. */
const AUDIENCES = 100;
const AUDIENCE_LENGTH = 255;

export function checkAudiences(audiences: readonly string[]): Problem[] {
  const path = ['audiences'];
  const twice = audiences.filter((audience, at) => audiences.indexOf(audience) !== at);
  return [
    ...(audiences.length === 0
      ? [problem(path, 'without an audience a token that was meant for somebody else can be replayed here')]
      : []),
    ...(audiences.length > AUDIENCES ? [problem(path, `AWS takes at most ${AUDIENCES} audiences a provider`)] : []),
    ...audiences
      .filter((audience) => audience === '' || audience.length > AUDIENCE_LENGTH || /\s/.test(audience))
      .map((audience) => problem(path, `\`${audience}\` is no audience: it has 1 to ${AUDIENCE_LENGTH} characters`)),
    ...audiences
      .filter((audience) => /[*?]/.test(audience))
      .map((audience) => problem(path, `\`${audience}\` would be compared as it is: an audience is no pattern`)),
    ...[...new Set(twice)].map((audience) => problem(path, `\`${audience}\` is there twice`)),
  ];
}
