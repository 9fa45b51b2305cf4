// `idp explain` at AWS: a trust policy in a file, or that of a role as IAM has it.
import { describeProblem } from '../claims/problem.ts';
import { awsClaimsOf } from '../claims/visible.ts';
import { type AwsRequest, evaluateTrustPolicy } from '../trust/aws/evaluate.ts';
import { parseTrustPolicy } from '../trust/aws/policy.ts';
import { type Decision } from '../trust/decision.ts';
import { type Subject } from './explain-subject.ts';
import { readJsonFile } from './input.ts';
import { type CliIo } from './io.ts';
import { badInput } from './usage.ts';

export async function explainTrustPolicyFile(file: string, subject: Subject): Promise<Decision> {
  return explainPolicy(policyIn(await readJsonFile(file)), subject, {}, file);
}

export async function explainLiveRole(io: CliIo, arn: string, subject: Subject): Promise<Decision> {
  const { readLiveRole } = await import('../sources/live-aws.ts');
  const { trustPolicy, ...found } = await readLiveRole(arn, issuerOf(subject), io.env);
  return explainPolicy(trustPolicy, subject, { roleArn: arn, ...found }, arn);
}

const issuerOf = ({ claims: { iss } }: Subject): string | undefined => (typeof iss === 'string' ? iss : undefined);

/** `aws iam get-role` wraps the policy in the role; IAM's own API percent-encodes it. */
function policyIn(document: unknown): unknown {
  const role = memberOf(document, 'Role') ?? document;
  const policy = memberOf(role, 'AssumeRolePolicyDocument');
  if (policy === undefined) return document;
  return typeof policy === 'string' && policy.startsWith('%7B') ? decodeURIComponent(policy) : policy;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function explainPolicy(
  document: unknown,
  subject: Subject,
  known: Pick<AwsRequest, 'roleArn' | 'provider'>,
  source: string,
): Decision {
  const policy = parseTrustPolicy(document);
  if (!policy.ok) {
    const problems = policy.problems.map((found) => `${source}: ${describeProblem(found)}`).join('\n');
    throw badInput(problems, 'IAM would not store such a trust policy: mend it first.');
  }
  return evaluateTrustPolicy(policy.value, { ...subject, ...known, visible: awsClaimsOf(issuerOf(subject) ?? '') });
}
