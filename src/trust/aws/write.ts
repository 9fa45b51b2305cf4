/** The JSON of a trust policy, with everything escaped that IAM would read as more than text. */

import { type Matcher, matcherText } from '../matcher.ts';
import { type PolicyDocument, type PolicyStatement } from './policy.ts';
import { type Demand } from './subject.ts';

/** Subjects that are exact and subjects that are patterns in separate statements, so that each is read as what it is. */
export function writePolicy(
  demands: readonly Demand[],
  prefix: string,
  audiences: readonly string[],
  arn: string,
): PolicyDocument {
  const operator = ({ subject }: Demand) => ('equals' in subject ? 'StringEquals' : 'StringLike');
  return writeGroups(demands, (demand) => [operator(demand), demand.keys], prefix, audiences, arn);
}

/** The same tokens in fewer characters: exact subjects stand among the patterns, escaped, which saves a statement. */
export function packPolicy(
  demands: readonly Demand[],
  prefix: string,
  audiences: readonly string[],
  arn: string,
): PolicyDocument {
  return writeGroups(demands, ({ keys }) => keys, prefix, audiences, arn);
}

/** A statement for each group. */
function writeGroups(
  demands: readonly Demand[],
  groupOf: (demand: Demand) => unknown,
  prefix: string,
  audiences: readonly string[],
  arn: string,
): PolicyDocument {
  const groups = Map.groupBy(demands, (demand) => JSON.stringify(groupOf(demand)));
  return {
    Version: '2012-10-17',
    Statement: [...groups.values()].map((group) => writeStatement(group, prefix, audiences, arn)),
  };
}

function writeStatement(
  group: readonly Demand[],
  prefix: string,
  audiences: readonly string[],
  arn: string,
): PolicyStatement {
  const equals: Record<string, string | string[]> = { [`${prefix}:aud`]: single(audiences.map(literal)) };
  const like: Record<string, string | string[]> = {};
  const constraints = [{ claim: 'sub', anyOf: group.map(({ subject }) => subject) }, ...(group[0]?.keys ?? [])];
  for (const { claim, anyOf } of constraints) {
    const patterns = anyOf.some((matcher) => 'like' in matcher);
    (patterns ? like : equals)[`${prefix}:${claim}`] = single(anyOf.map((matcher) => written(matcher, patterns)));
  }
  return {
    Effect: 'Allow',
    Principal: { Federated: arn },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: equals, ...(Object.keys(like).length > 0 ? { StringLike: like } : {}) },
  };
}

const single = (values: readonly string[]): string | string[] => {
  const [only, ...more] = values;
  return only !== undefined && more.length === 0 ? only : [...values];
};

/** `${` begins a policy variable in every operator (IAM policy elements: variables and tags). */
const literal = (value: string): string => value.replaceAll('${', '${$}{');

function written(matcher: Matcher, patterns: boolean): string {
  const text = literal(matcherText(matcher));
  if (!patterns) return text;
  const single = text.replaceAll('?', '${?}');
  return 'equals' in matcher ? single.replaceAll('*', '${*}') : single;
}
