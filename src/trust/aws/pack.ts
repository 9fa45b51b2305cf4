/** Policies over the quota: the same tokens in fewer characters, or in several roles. */

import { type IssuerProfile } from '../../claims/profile.ts';
import { type Matcher, fixedBeginning, matcherText } from '../matcher.ts';
import { reachOf } from '../reach.ts';
import { spaceOf } from '../tokens/profile-space.ts';
import { compare } from '../tokens/solve.ts';
import { type PolicyDocument, type PolicyStatement, parseTrustPolicy, sizeOf } from './policy.ts';
import { tokensOfTrustPolicy } from './tokens.ts';
import {
  type Clause,
  documentOf,
  groupClauses,
  packPolicy,
  writePolicy,
  writeShared,
  writeStatement,
} from './write.ts';

/** A clause, and whose tokens it is about. */
export interface IssuedClause extends Clause {
  readonly issuer: IssuerProfile;
}

/** A way to write the clauses, and the question whether it admits the same tokens. */
interface Writing<T> {
  readonly written: T;
  readonly isSame: () => boolean;
}

/** The plainest document of these clauses that fits the quota; where none does, a packed one that is over it. */
export function fitPolicy(clauses: readonly IssuedClause[], quota: number): PolicyDocument {
  const fitting = writingsOf(clauses).find(({ written, isSame }) => sizeOf(written) <= quota && isSame());
  return fitting?.written ?? packPolicy(clauses);
}

/** The plainest first. A proof takes its time, so it is asked for only where it decides. */
function writingsOf(clauses: readonly IssuedClause[]): Writing<PolicyDocument>[] {
  const sure = () => true;
  const statements = groupClauses(clauses).map(shareBeginning);
  return [
    { written: writePolicy(clauses), isSame: sure },
    { written: packPolicy(clauses), isSame: sure },
    {
      written: documentOf(statements.map(({ written }) => written)),
      isSame: () => statements.every(({ isSame }) => isSame()),
    },
  ];
}

/**
 * As few documents as fit in order, each within the quota; undefined where a clause is over it alone. A value that is added behind the
 * others leaves the documents before it as they are.
 */
export function splitPolicy(clauses: readonly IssuedClause[], quota: number): PolicyDocument[] | undefined {
  const documents: PolicyDocument[] = [];
  let rest = clauses;
  while (rest.length > 0) {
    const [count, document] = longestFit(rest, quota);
    if (count === 0) return undefined;
    documents.push(document);
    rest = rest.slice(count);
  }
  return documents;
}

/** The longest beginning of the clauses that fits, and its document. */
function longestFit(clauses: readonly IssuedClause[], quota: number): [count: number, document: PolicyDocument] {
  const within = ({ written }: Writing<PolicyDocument>) => sizeOf(written) <= quota;
  const hoped = lastFitting(clauses.length, (count) => writingsOf(clauses.slice(0, count)).some(within));
  const document = fitPolicy(clauses.slice(0, hoped), quota);
  if (sizeOf(document) <= quota) return [hoped, document];
  const packed = lastFitting(hoped, (count) => sizeOf(packPolicy(clauses.slice(0, count))) <= quota);
  return [packed, fitPolicy(clauses.slice(0, packed), quota)];
}

/** The last count that fits, of counts of which each fits where a later one does. */
function lastFitting(most: number, fits: (count: number) => boolean): number {
  let [low, high] = [0, most];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * What all subjects begin with is written once, and what may follow it beside it. `a:*` and `*:b` together are wider than `a:b`; only
 * where the issuer's subjects leave no such token is it the same, and that is proved, not assumed. Should the issuer ever write other
 * subjects than its documents say, the beginning still keeps other tenants out.
 */
function shareBeginning(group: readonly IssuedClause[]): Writing<PolicyStatement> {
  const plain = { written: writeStatement(group), isSame: () => true };
  const subjects = group.map(({ subject }) => subject);
  const beginning = commonBeginning(subjects);
  if (!bindsTenant(group, beginning)) return plain;
  const ends = subjects.map((subject) => endOf(subject, beginning.length));
  const written = writeShared(group, beginning, ends);
  return sizeOf(written) < sizeOf(plain.written) ? { written, isSame: () => isSame(group, beginning, ends) } : plain;
}

/** Up to and including the last separator that all subjects share, before any wildcard. */
function commonBeginning(subjects: readonly Matcher[]): string {
  const [first = '', ...others] = subjects.map((subject) => fixedBeginning(subject).text);
  let length = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length--;
  return first.slice(0, 1 + Math.max(...[':', '/'].map((separator) => first.slice(0, length).lastIndexOf(separator))));
}

function bindsTenant(group: readonly IssuedClause[], beginning: string): boolean {
  const subject = { claim: 'sub', anyOf: [{ like: `${beginning}*` }] };
  return group.every(({ issuer }) =>
    Object.values(issuer.variants).some((variant) =>
      ['organization', 'workload'].includes(reachOf(variant, subject) ?? ''),
    ),
  );
}

/** From the separator on, whatever stands before it. */
function endOf(subject: Matcher, length: number): Matcher {
  return { like: `*${matcherText(subject).slice(length - 1)}` };
}

/** Conditions on the session are the same in both, and the algebra knows no keys of a set. */
function isSame(group: readonly IssuedClause[], beginning: string, ends: readonly Matcher[]): boolean {
  const bare = group.map((clause): IssuedClause => {
    const { prefix, audiences } = clause.voucher;
    // Under another provider's ARN both would admit nothing, and so be the same.
    return { ...clause, voucher: { arn: `arn:aws:iam::000000000000:oidc-provider/${prefix}`, prefix, audiences } };
  });
  const [plain, shared] = [writeStatement(bare), writeShared(bare, beginning, ends)];
  return [...new Set(group.map(({ issuer }) => issuer))].every((issuer) => {
    const { onlyLeft, onlyRight } = compare(spaceOf(issuer), tokensOf(plain, issuer), tokensOf(shared, issuer));
    return onlyLeft.kind === 'empty' && onlyRight.kind === 'empty';
  });
}

function tokensOf(statement: PolicyStatement, { issuer, awsClaims }: IssuerProfile) {
  const policy = parseTrustPolicy(documentOf([statement]));
  if (!policy.ok) throw new Error('a statement that was written can be read');
  return tokensOfTrustPolicy(policy.value, { issuer, visible: awsClaims });
}
