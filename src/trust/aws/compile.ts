/** From admissions to an AWS trust policy: only `aud`, `sub` and a few more claims can be seen there. */

import { type Problem, type Result, accept, problem, refuse } from '../../claims/problem.ts';
import { conditionPrefix } from '../../claims/profile.ts';
import { type Admission } from '../admission.ts';
import { type IssuedClause, fitPolicy, splitPolicy } from './pack.ts';
import { type PolicyDocument, TRUST_POLICY_MAXIMUM, TRUST_POLICY_QUOTA, sizeOf } from './policy.ts';
import { type SessionDemands } from './session-demands.ts';
import { type Demand, demandsOf, withoutSubsumed } from './subject.ts';

export const AWS_AUDIENCE = 'sts.amazonaws.com';

/** At whose word, and for whom, an admission's tokens are taken in. */
export interface AwsVouching {
  /** ARN of the IAM OIDC provider. */
  readonly providerArn: string;
  /** Any of these audiences. Default: `sts.amazonaws.com`. */
  readonly audiences?: readonly string[];
  /** What a token must carry for the session. Default: nothing, and a token that carries tags or an identity is refused. */
  readonly session?: SessionDemands;
}

export interface AwsLimits {
  /** Characters that a trust policy may have. Default: 2,048. */
  readonly quota?: number;
}

export interface AwsTarget extends AwsVouching, AwsLimits {}

/** One admission of a role, which may have several, of several providers. */
export interface AwsTrust extends AwsVouching {
  readonly admission: Admission;
}

/** ARN of the provider for an issuer: partition and account, then the issuer without `https://`. */
export function providerArn(partition: string, account: string, prefix: string): string {
  return `arn:${partition}:iam::${account}:oidc-provider/${prefix}`;
}

/** The trust policy that admits exactly the admission's tokens, or why AWS cannot enforce it. */
export function compileTrustPolicy(admission: Admission, { quota, ...vouching }: AwsTarget): Result<PolicyDocument> {
  return compileTrusts([{ admission, ...vouching }], quota === undefined ? {} : { quota });
}

/** The trust policy that admits exactly the tokens of any of the admissions. */
export function compileTrusts(trusts: readonly AwsTrust[], { quota }: AwsLimits = {}): Result<PolicyDocument> {
  const clauses = clausesOf(trusts);
  if (!clauses.ok) return clauses;
  const limit = quota ?? TRUST_POLICY_QUOTA;
  const document = fitPolicy(clauses.value, limit);
  return sizeOf(document) <= limit ? accept(document) : refuse(tooLong(sizeOf(document), limit));
}

/** As many trust policies as it takes, one for each role: together they admit exactly the tokens of any of the admissions. */
export function splitTrusts(trusts: readonly AwsTrust[], { quota }: AwsLimits = {}): Result<readonly PolicyDocument[]> {
  const clauses = clausesOf(trusts);
  if (!clauses.ok) return clauses;
  const limit = quota ?? TRUST_POLICY_QUOTA;
  const documents = splitPolicy(clauses.value, limit);
  if (documents !== undefined) return accept(documents);
  const longest = Math.max(...clauses.value.map((clause) => sizeOf(fitPolicy([clause], limit))));
  return refuse(tooLong(longest, limit));
}

function clausesOf(trusts: readonly AwsTrust[]): Result<readonly IssuedClause[]> {
  const read = trusts.map(clausesOfTrust);
  const problems = read.flatMap((one) => (one.ok ? [] : one.problems));
  if (problems.length > 0) return refuse(...distinct(problems));
  const clauses = read.flatMap((one) => (one.ok ? one.value : []));
  const byVoucher = Map.groupBy(clauses, ({ voucher }) => JSON.stringify(voucher));
  return accept([...byVoucher.values()].flatMap(withoutSubsumed));
}

function clausesOfTrust({ admission, ...vouching }: AwsTrust): Result<IssuedClause[]> {
  const { issuer } = admission;
  const prefix = conditionPrefix(issuer);
  if (prefix === undefined) {
    return refuse(
      problem(
        ['issuer'],
        `\`${issuer.issuer}\` is no URL, so it cannot be an OIDC provider at AWS`,
        'use an issuer with an https URL, e.g. the profile gitlab-id-token, or grant Vault access only',
      ),
    );
  }
  const demands: Demand[] = [];
  const problems: Problem[] = [];
  for (const name of admission.variants) {
    const variant = issuer.variants[name];
    if (variant === undefined) continue;
    const found = demandsOf(admission, variant);
    if (found.ok) demands.push(...found.value);
    else problems.push(...found.problems);
  }
  if (problems.length > 0) return refuse(...problems);
  const { providerArn: arn, audiences = [AWS_AUDIENCE], session } = vouching;
  const voucher = { arn, prefix, audiences, ...(session === undefined ? {} : { session }) };
  return accept(demands.map((demand) => ({ ...demand, voucher, issuer })));
}

function distinct(problems: readonly Problem[]): Problem[] {
  return problems.filter((one, at) => problems.findIndex((other) => other.message === one.message) === at);
}

function tooLong(size: number, quota: number): Problem {
  const raise =
    size <= TRUST_POLICY_MAXIMUM && quota < TRUST_POLICY_MAXIMUM
      ? `, or have AWS raise the quota \`Role trust policy length\`, to ${TRUST_POLICY_MAXIMUM} at most`
      : '';
  return problem(
    ['admit'],
    `the trust policy would have ${size} characters, and the quota is ${quota}`,
    `split the entry into several roles (of a component: \`split\`), or bind by fewer values or by a pattern${raise}`,
  );
}
