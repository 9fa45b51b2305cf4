/** From an admission to an AWS trust policy: only `aud`, `sub` and a few more claims can be seen there. */

import { type Problem, type Result, accept, problem, refuse } from '../../claims/problem.ts';
import { conditionPrefix } from '../../claims/profile.ts';
import { type Admission } from '../admission.ts';
import { type PolicyDocument, TRUST_POLICY_QUOTA, sizeOf } from './policy.ts';
import { type Demand, demandsOf, withoutSubsumed } from './subject.ts';
import { packPolicy, writePolicy } from './write.ts';

export const AWS_AUDIENCE = 'sts.amazonaws.com';

export interface AwsTarget {
  /** ARN of the IAM OIDC provider. */
  readonly providerArn: string;
  /** Any of these audiences. Default: `sts.amazonaws.com`. */
  readonly audiences?: readonly string[];
  /** Characters that the trust policy may have. Default: 2,048. */
  readonly quota?: number;
}

/** ARN of the provider for an issuer: partition and account, then the issuer without `https://`. */
export function providerArn(partition: string, account: string, prefix: string): string {
  return `arn:${partition}:iam::${account}:oidc-provider/${prefix}`;
}

/** The trust policy that admits exactly the admission's tokens, or why AWS cannot enforce it. */
export function compileTrustPolicy(admission: Admission, target: AwsTarget): Result<PolicyDocument> {
  const prefix = conditionPrefix(admission.issuer);
  if (prefix === undefined) {
    return refuse(
      problem(
        ['issuer'],
        `\`${admission.issuer.issuer}\` is no URL, so it cannot be an OIDC provider at AWS`,
        'use an issuer with an https URL, e.g. the profile gitlab-id-token, or grant Vault access only',
      ),
    );
  }
  const demands: Demand[] = [];
  const problems: Problem[] = [];
  for (const name of admission.variants) {
    const variant = admission.issuer.variants[name];
    if (variant === undefined) continue;
    const found = demandsOf(admission, variant);
    if (found.ok) demands.push(...found.value);
    else problems.push(...found.problems);
  }
  if (problems.length > 0) return refuse(...distinct(problems));
  const audiences = target.audiences ?? [AWS_AUDIENCE];
  const quota = target.quota ?? TRUST_POLICY_QUOTA;
  const least = withoutSubsumed(demands);
  const document = writePolicy(least, prefix, audiences, target.providerArn);
  if (sizeOf(document) <= quota) return accept(document);
  return checkQuota(packPolicy(least, prefix, audiences, target.providerArn), quota);
}

function distinct(problems: readonly Problem[]): Problem[] {
  return problems.filter((one, at) => problems.findIndex((other) => other.message === one.message) === at);
}

function checkQuota(document: PolicyDocument, quota: number): Result<PolicyDocument> {
  const size = sizeOf(document);
  if (size <= quota) return accept(document);
  return refuse(
    problem(
      ['admit'],
      `the trust policy would have ${size} characters, and the quota is ${quota}`,
      'split the entry into several roles, or bind by fewer values or by a pattern',
    ),
  );
}
