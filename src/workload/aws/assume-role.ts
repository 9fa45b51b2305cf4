// One call of AssumeRoleWithWebIdentity. It is unsigned, so no AWS credentials are needed or looked for.
import { AssumeRoleWithWebIdentityCommand, STSClient, STSServiceException } from '@aws-sdk/client-sts';
import { shownAddress } from '../address.ts';
import { type Environment } from '../environment.ts';
import { WorkloadFailure } from '../failure.ts';
import { networkFailure } from '../network.ts';
import type { DecodedToken } from '../token/decode.ts';
import { clientSettings, endpointOf } from './client.ts';
import type { SessionCredentials } from './credentials-file.ts';
import { stsRefusal } from './refusals.ts';

export interface AssumeRole {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly durationSeconds: number;
  readonly region: string;
  readonly token: DecodedToken;
}

export interface AssumedRole extends SessionCredentials {
  readonly assumedRoleArn: string;
}

/** Longer than AWS's bound is refused by STS with a message that quotes the token's length only. */
const LONGEST_TOKEN = 20_000;
/** SDKs put these into an ini file and headers: a reply with anything else is no reply of STS. */
const PRINTABLE = /^[\x21-\x7e]+$/;

export async function assumeRole(request: AssumeRole, env: Environment): Promise<AssumedRole> {
  if (request.token.jwt.length > LONGEST_TOKEN) {
    throw new WorkloadFailure(
      'malformed-token',
      `the token has ${request.token.jwt.length} characters, and AWS takes ${LONGEST_TOKEN}`,
      'Have the issuer leave out the largest claims.',
    );
  }
  const endpoint = endpointOf('STS', env);
  const client = new STSClient(await clientSettings(request.region, endpoint, env));
  try {
    const reply = await client.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: request.roleArn,
        RoleSessionName: request.sessionName,
        DurationSeconds: request.durationSeconds,
        WebIdentityToken: request.token.jwt,
      }),
    );
    return readReply(reply.Credentials, reply.AssumedRoleUser?.Arn);
  } catch (thrown) {
    throw explain(thrown, request, endpoint);
  } finally {
    client.destroy();
  }
}

interface WireCredentials {
  readonly AccessKeyId: string | undefined;
  readonly SecretAccessKey: string | undefined;
  readonly SessionToken: string | undefined;
  readonly Expiration: Date | undefined;
}

function readReply(credentials: WireCredentials | undefined, arn: string | undefined): AssumedRole {
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '', Expiration } = credentials ?? {};
  const whole = [AccessKeyId, SecretAccessKey, SessionToken].every((value) => PRINTABLE.test(value));
  if (!whole || Expiration === undefined || Number.isNaN(Expiration.getTime())) {
    throw new WorkloadFailure('reply-invalid', 'STS answered without whole credentials', 'Check AWS_ENDPOINT_URL_STS.');
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration,
    assumedRoleArn: arn ?? '',
  };
}

function explain(thrown: unknown, request: AssumeRole, endpoint: URL | undefined): WorkloadFailure {
  if (thrown instanceof WorkloadFailure) return thrown;
  if (thrown instanceof STSServiceException && thrown.name !== 'UnknownError') {
    return stsRefusal(thrown.name, thrown.message, request);
  }
  const address = endpoint === undefined ? `STS in ${request.region}` : shownAddress(endpoint);
  const status = statusOf(thrown);
  if (status !== undefined) {
    return new WorkloadFailure(
      'reply-invalid',
      `${address} answered HTTP ${status} and nothing that STS says`,
      'A proxy or another service may be answering: check AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL and HTTPS_PROXY.',
      { cause: thrown },
    );
  }
  return networkFailure(thrown, { address, trustVariable: 'AWS_CA_BUNDLE' });
}

/** The SDK hangs the raw reply on what it could not parse, and on unknown errors. */
function statusOf(thrown: unknown): number | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  const reply: unknown = '$response' in thrown ? thrown.$response : undefined;
  if (typeof reply !== 'object' || reply === null || !('statusCode' in reply)) return undefined;
  return typeof reply.statusCode === 'number' ? reply.statusCode : undefined;
}
