// `idp login aws`: the workload's token for a session of an IAM role, into a profile of the credentials file.
import { Command } from 'commander';
import { setting } from '../workload/environment.ts';
import type { AwsLoginResult } from '../workload/aws/login.ts';
import { openHttp, tell, writeJson, type CliIo } from './io.ts';
import { shownSeconds } from './life.ts';
import { badInput } from './usage.ts';

interface LoginAwsOptions {
  readonly roleArn?: string;
  readonly audience: string;
  readonly profile: string;
  readonly durationSeconds: string;
  readonly roleSessionName?: string;
  readonly region?: string;
  readonly json?: true;
}

export function loginAwsCommand(io: CliIo): Command {
  return new Command('aws')
    .summary('assume an IAM role and write its credentials to a profile')
    .description(
      "Exchanges this workload's token for a session of an IAM role (AssumeRoleWithWebIdentity) and writes it to " +
        '~/.aws/credentials (or AWS_SHARED_CREDENTIALS_FILE), where the AWS CLI and every SDK look. Nothing else in ' +
        'the file changes. Needs no AWS CLI and no AWS credentials. ' +
        'Follows AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL, AWS_CA_BUNDLE, AWS_REGION and AWS_DEFAULT_REGION.',
    )
    .option('--role-arn <arn>', 'the role to assume (default: IDP_AWS_ROLE_ARN)')
    .option('--audience <audience>', 'audience of the token', 'sts.amazonaws.com')
    .option('--profile <name>', 'profile to write', 'default')
    .option('--duration-seconds <seconds>', 'length of the session, 900 to 43200', '3600')
    .option('--role-session-name <name>', "name of the session in CloudTrail (default: from the token's sub)")
    .option('--region <region>', 'whose STS to ask (default: AWS_REGION, AWS_DEFAULT_REGION, us-east-1)')
    .option('--json', 'print what was done as JSON, without secrets; errors become JSON on stderr')
    .action(async (options: LoginAwsOptions) => {
      await login(io, options);
    });
}

async function login(io: CliIo, options: LoginAwsOptions): Promise<void> {
  const { loginAws } = await import('../workload/aws/login.ts');
  const result = await loginAws(
    {
      roleArn: options.roleArn ?? setting(io.env, 'IDP_AWS_ROLE_ARN') ?? '',
      audience: options.audience,
      profile: options.profile,
      durationSeconds: secondsOf(options.durationSeconds),
      sessionName: options.roleSessionName,
      region: options.region,
    },
    { env: io.env, http: openHttp(io), homedir: io.homedir },
  );
  if (options.json === true) writeJson(io, asJson(result));
  else tell(io, asText(result, io.now()));
  for (const note of result.notes) tell(io, `Note: ${note}`);
}

function secondsOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw badInput(`--duration-seconds is "${text}"`, 'Write whole seconds, such as 3600.');
}

function asText(result: AwsLoginResult, now: number): string {
  const life = shownSeconds((result.expiration.getTime() - now) / 1000);
  return `Logged in to AWS as ${result.assumedRoleArn}.\nProfile [${result.profile}] in ${result.credentialsFile} is valid for ${life}, until ${result.expiration.toISOString()}.`;
}

function asJson(result: AwsLoginResult) {
  return {
    profile: result.profile,
    credentials_file: result.credentialsFile,
    assumed_role_arn: result.assumedRoleArn,
    role_session_name: result.sessionName,
    access_key_id: result.accessKeyId,
    expiration: result.expiration.toISOString(),
    region: result.region,
  };
}
