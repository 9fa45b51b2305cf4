// The arguments of AssumeRoleWithWebIdentity, checked against AWS's own bounds before anything leaves the machine.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
import { setting, type Environment } from '../environment.ts';
import { WorkloadFailure } from '../failure.ts';

/** What a login asks for, as flags have it. */
export interface AwsLogin {
  readonly roleArn: string;
  readonly audience: string;
  readonly profile: string;
  /** Seconds, 900 to 43,200. */
  readonly durationSeconds: number;
  /** 2 to 64 of `[\w+=,.@-]`. @default the token's `sub`, made to fit */
  readonly sessionName?: string | undefined;
  /** @default AWS_REGION, AWS_DEFAULT_REGION, or the first region of the role's partition */
  readonly region?: string | undefined;
}

export const SHORTEST_SESSION_SECONDS = 900;
export const LONGEST_SESSION_SECONDS = 43_200;

const ROLE_ARN = /^arn:(aws[a-z-]*):iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/;
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;
const REGION = /^[a-z]{2,}(-[a-z0-9]+)+$/;
/** STS of one partition knows no role of another, so the default region follows the role. */
const FIRST_REGIONS: Readonly<Record<string, string>> = {
  aws: 'us-east-1',
  'aws-cn': 'cn-north-1',
  'aws-us-gov': 'us-gov-west-1',
};

/** Throws a `WorkloadFailure` with code `bad-input` for the first argument that AWS would refuse. */
export function checkLogin(login: AwsLogin): void {
  const refuse = (message: string, hint: string): never => {
    throw new WorkloadFailure('bad-input', message, hint);
  };
  if (login.roleArn.trim() === '') refuse('no role is named', 'Pass --role-arn, or set IDP_AWS_ROLE_ARN.');
  if (!ROLE_ARN.test(login.roleArn)) {
    refuse(
      `the role ARN "${login.roleArn.slice(0, 200)}" is not that of an IAM role`,
      'Pass --role-arn (or IDP_AWS_ROLE_ARN) as arn:aws:iam::<12-digit account>:role/<name>.',
    );
  }
  const seconds = login.durationSeconds;
  if (!Number.isInteger(seconds) || seconds < SHORTEST_SESSION_SECONDS || seconds > LONGEST_SESSION_SECONDS) {
    refuse(
      `--duration-seconds is ${seconds}`,
      `AWS takes whole seconds from ${SHORTEST_SESSION_SECONDS} to ${LONGEST_SESSION_SECONDS}.`,
    );
  }
  if (login.sessionName !== undefined && !SESSION_NAME.test(login.sessionName)) {
    refuse('--role-session-name does not fit', 'AWS takes 2 to 64 characters of A-Z a-z 0-9 _ + = , . @ -');
  }
  if (login.region !== undefined && !REGION.test(login.region)) {
    refuse(`"${login.region.slice(0, 100)}" is no AWS region`, 'Pass --region as in eu-central-1.');
  }
}

/** The region whose STS is asked: the flag, then AWS_REGION, AWS_DEFAULT_REGION, then the partition's first. */
export function regionFor(login: AwsLogin, env: Environment): string {
  const named = login.region ?? setting(env, 'AWS_REGION') ?? setting(env, 'AWS_DEFAULT_REGION');
  return named ?? FIRST_REGIONS[ROLE_ARN.exec(login.roleArn)?.[1] ?? 'aws'] ?? 'us-east-1';
}

/**
 * A session name from a token's `sub`. What AWS does not take becomes `-`; of a long subject the end stays, since subjects
 * go from general to specific. It labels and decides nothing: CloudTrail records the whole `sub` as the user name.
 */
export function sessionNameFrom(sub: unknown): string {
  const fitted = (typeof sub === 'string' ? sub : '')
    .replace(/[^A-Za-z0-9_+=,.@-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(-64)
    .replace(/^-+/, '');
  return fitted.length >= 2 ? fitted : `idp-${fitted}`.replace(/-$/, '');
}
