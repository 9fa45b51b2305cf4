/** The JSON of a trust policy, with everything escaped that IAM would read as more than text. */

import { type Matcher, matcherText } from '../matcher.ts';
import { LOGIN_ACTION } from './evaluate.ts';
import { type PolicyDocument, type PolicyStatement } from './policy.ts';
import { type SessionDemands, sessionActions } from './session-demands.ts';
import { type Demand } from './subject.ts';

/** What all tokens of a statement have in common: who vouches for them, whom they are for, and what they carry besides. */
export interface Voucher {
  /** ARN of the IAM OIDC provider. */
  readonly arn: string;
  /** What begins its condition keys: the issuer without `https://`. */
  readonly prefix: string;
  readonly audiences: readonly string[];
  readonly session?: SessionDemands;
}

/** Subjects of one provider, and what must be seen beside them. */
export interface Clause extends Demand {
  readonly voucher: Voucher;
}

/** Subjects that are exact and subjects that are patterns in separate statements, so that each is read as what it is. */
export function writePolicy(clauses: readonly Clause[]): PolicyDocument {
  const operator = ({ subject }: Demand) => ('equals' in subject ? 'StringEquals' : 'StringLike');
  return documentOf(groupClauses(clauses, operator).map(writeStatement));
}

/** The same tokens in fewer characters: exact subjects stand among the patterns, escaped, which saves a statement. */
export function packPolicy(clauses: readonly Clause[]): PolicyDocument {
  return documentOf(groupClauses(clauses).map(writeStatement));
}

export const documentOf = (statements: readonly PolicyStatement[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: statements,
});

/** Clauses that one statement can hold: they differ in the subject alone, or are told apart. */
export function groupClauses<C extends Clause>(clauses: readonly C[], apart: (clause: C) => string = () => ''): C[][] {
  const groups = Map.groupBy(clauses, (clause) => JSON.stringify([clause.voucher, clause.keys, apart(clause)]));
  return [...groups.values()];
}

/** What values a condition key may have, by operator. */
type Condition = Record<string, Record<string, string | readonly string[]>>;

export function writeStatement(group: readonly Clause[]): PolicyStatement {
  return statementWith(group, [{ key: 'sub', anyOf: group.map(({ subject }) => subject) }]);
}

/** A prefix and what may follow it, each once: IAM wants both operators to hold. */
export function writeShared(group: readonly Clause[], prefix: string, ends: readonly Matcher[]): PolicyStatement {
  const statement = statementWith(group, [{ key: 'sub', anyOf: [{ like: `${prefix}*` }] }]);
  const key = `${group[0]?.voucher.prefix ?? ''}:sub`;
  const values = single(ends.map((end) => written(end, true)));
  return { ...statement, Condition: { ...statement.Condition, 'ForAnyValue:StringLike': { [key]: values } } };
}

function statementWith(
  group: readonly Clause[],
  subjects: readonly { readonly key: string; readonly anyOf: readonly Matcher[] }[],
): PolicyStatement {
  const [first] = group;
  if (first === undefined) throw new Error('a statement has at least one subject');
  const { voucher, keys } = first;
  const own = (claim: string) => `${voucher.prefix}:${claim}`;
  const condition: Condition = { StringEquals: { [own('aud')]: single(voucher.audiences.map(literal)) } };
  const demand = (key: string, anyOf: readonly Matcher[]) => {
    const patterns = anyOf.some((matcher) => 'like' in matcher);
    const values = single(anyOf.map((matcher) => written(matcher, patterns)));
    const operator = patterns ? 'StringLike' : 'StringEquals';
    condition[operator] = { ...condition[operator], [key]: values };
  };
  for (const { key, anyOf } of subjects) demand(own(key), anyOf);
  for (const { claim, anyOf } of keys) demand(own(claim), anyOf);
  const { tags = [], sourceIdentity } = voucher.session ?? {};
  for (const { key, anyOf } of tags) demand(`aws:RequestTag/${key}`, anyOf);
  if (sourceIdentity !== undefined) demand('sts:SourceIdentity', sourceIdentity);
  // Each of the tags is demanded above, so that the set is never empty; this keeps others out.
  if (tags.length > 0) condition['ForAllValues:StringEquals'] = { 'aws:TagKeys': single(tags.map(({ key }) => key)) };
  const further = sessionActions(voucher.session);
  return {
    Effect: 'Allow',
    Principal: { Federated: voucher.arn },
    Action: further.length === 0 ? LOGIN_ACTION : [LOGIN_ACTION, ...further],
    Condition: condition,
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
