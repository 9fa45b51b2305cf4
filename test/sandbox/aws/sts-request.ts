/** The parameters of AssumeRoleWithWebIdentity, checked as the STS service model says. */
import { StsError } from './sts-error.ts';

export interface WebIdentityRequest {
  readonly role: RoleArn;
  readonly sessionName: string;
  readonly token: string;
  readonly durationSeconds: number;
  /** A session policy, and the managed ones to narrow the session with. */
  readonly policy: string | undefined;
  readonly policyArns: readonly string[];
}

export interface RoleArn {
  readonly arn: string;
  readonly partition: string;
  readonly account: string;
  /** The last segment: paths are no part of a role's name. */
  readonly name: string;
}

interface Constraint {
  readonly member: string;
  readonly required?: true;
  readonly length?: readonly [min: number, max: number];
  readonly pattern?: RegExp;
  readonly range?: readonly [min: number, max: number];
  /** Not to be repeated in an error. */
  readonly sensitive?: true;
}

/** One row a parameter (botocore's sts/2011-06-15 service model: roleSessionNameType, clientTokenType, …). */
const CONSTRAINTS: Readonly<Record<string, Constraint>> = {
  RoleArn: { member: 'roleArn', required: true, length: [20, 2048] },
  RoleSessionName: { member: 'roleSessionName', required: true, length: [2, 64], pattern: /^[\w+=,.@-]*$/ },
  WebIdentityToken: { member: 'webIdentityToken', required: true, length: [4, 20_000], sensitive: true },
  DurationSeconds: { member: 'durationSeconds', range: [900, 43_200] },
  Policy: { member: 'policy', length: [1, 2048] },
  ProviderId: { member: 'providerId', length: [4, 2048] },
};

export function parseRequest(parameters: URLSearchParams): WebIdentityRequest {
  const problems = Object.entries(CONSTRAINTS).flatMap(([name, constraint]) =>
    violations(constraint, parameters.get(name)),
  );
  if (problems.length > 0) {
    const noun = problems.length === 1 ? 'error' : 'errors';
    throw new StsError('ValidationError', `${problems.length} validation ${noun} detected: ${problems.join('; ')}`);
  }
  if (parameters.has('ProviderId')) {
    // Only for OAuth access tokens of www.amazon.com and graph.facebook.com; the sandbox has neither.
    throw new StsError('ValidationError', 'ProviderId is not supported for OpenID Connect ID tokens');
  }
  const policy = parameters.get('Policy') ?? undefined;
  if (policy !== undefined) checkPolicy(policy);
  return {
    role: parseRoleArn(parameters.get('RoleArn') ?? ''),
    sessionName: parameters.get('RoleSessionName') ?? '',
    token: parameters.get('WebIdentityToken') ?? '',
    durationSeconds: Number(parameters.get('DurationSeconds') ?? 3600),
    policy,
    policyArns: [...parameters].filter(([name]) => /^PolicyArns\.member\.\d+\.arn$/.test(name)).map(([, arn]) => arn),
  };
}

function violations(constraint: Constraint, value: string | null): string[] {
  if (value === null) return constraint.required === true ? [failed(constraint, null, 'Member must not be null')] : [];
  const found: string[] = [];
  const [least, most] = constraint.length ?? [0, Infinity];
  if (value.length > most) found.push(`Member must have length less than or equal to ${most}`);
  if (value.length < least) found.push(`Member must have length greater than or equal to ${least}`);
  if (constraint.pattern?.test(value) === false) {
    found.push(`Member must satisfy regular expression pattern: ${constraint.pattern.source.slice(1, -1)}`);
  }
  if (constraint.range !== undefined) {
    const [min, max] = constraint.range;
    if (!/^-?\d+$/.test(value)) found.push('Member must be an integer');
    else if (Number(value) > max) found.push(`Member must have value less than or equal to ${max}`);
    else if (Number(value) < min) found.push(`Member must have value greater than or equal to ${min}`);
  }
  return found.map((rule) => failed(constraint, value, rule));
}

function failed({ member, sensitive }: Constraint, value: string | null, rule: string): string {
  const shown = value === null ? 'null' : sensitive === true ? "'***'" : `'${value}'`;
  return `Value ${shown} at '${member}' failed to satisfy constraint: ${rule}`;
}

function parseRoleArn(arn: string): RoleArn {
  const [, partition, account, path] = /^arn:(aws[\w-]*):iam::(\d{12}):role\/(.+)$/.exec(arn) ?? [];
  if (partition === undefined || account === undefined || path === undefined) {
    throw new StsError('ValidationError', 'Request ARN is invalid', `not the ARN of a role: ${arn}`);
  }
  return { arn, partition, account, name: path.slice(path.lastIndexOf('/') + 1) };
}

function checkPolicy(policy: string): void {
  try {
    const document: unknown = JSON.parse(policy);
    if (typeof document === 'object' && document !== null && 'Statement' in document) return;
  } catch {
    throw new StsError('MalformedPolicyDocument', 'This policy contains invalid Json');
  }
  throw new StsError('MalformedPolicyDocument', 'Syntax errors in policy.');
}
