// A role's trust policy, and the OIDC provider of an issuer, as IAM has them now.
import { GetOpenIDConnectProviderCommand, GetRoleCommand, IAMClient, IAMServiceException } from '@aws-sdk/client-iam';
import { shownAddress } from '../workload/address.ts';
import { clientSettings, endpointOf } from '../workload/aws/client.ts';
import { setting, type Environment } from '../workload/environment.ts';
import { WorkloadFailure } from '../workload/failure.ts';
import { networkFailure } from '../workload/network.ts';
import { quoteRemote } from '../workload/remote-text.ts';

export interface LiveRole {
  /** JSON text of the trust policy. */
  readonly trustPolicy: string;
  /** The account's provider for the issuer; null where there is none, absent where it could not be read. */
  readonly provider?: { readonly clientIds: readonly string[] } | null;
}

const ROLE_ARN = /^arn:(aws[a-z-]*):iam::([0-9]{12}):role\/(?:[\w+=,.@/-]*\/)?([\w+=,.@-]{1,64})$/;

/** Reads the role, with the AWS credentials of the environment. Throws a `WorkloadFailure`. */
export async function readLiveRole(arn: string, issuer: string | undefined, env: Environment): Promise<LiveRole> {
  const [, partition = 'aws', account = '', name] = ROLE_ARN.exec(arn) ?? [];
  if (name === undefined) {
    throw new WorkloadFailure(
      'bad-input',
      `"${quoteRemote(arn)}" is not the ARN of an IAM role`,
      'Pass --role-arn as arn:aws:iam::<12-digit account>:role/<name>.',
    );
  }
  const endpoint = endpointOf('IAM', env);
  const region = setting(env, 'AWS_REGION') ?? setting(env, 'AWS_DEFAULT_REGION') ?? 'us-east-1';
  const client = new IAMClient(await clientSettings(region, endpoint, env));
  const address = endpoint === undefined ? 'IAM' : shownAddress(endpoint);
  try {
    const { Role } = await client.send(new GetRoleCommand({ RoleName: name }));
    if (Role?.Arn !== arn) throw elsewhere(arn, Role?.Arn);
    const trustPolicy = decodeURIComponent(Role.AssumeRolePolicyDocument ?? '');
    if (issuer === undefined) return { trustPolicy };
    const providerArn = `arn:${partition}:iam::${account}:oidc-provider/${issuer.replace(/^https:\/\//, '')}`;
    const provider = await readProvider(client, providerArn);
    return { trustPolicy, ...(provider === undefined ? {} : { provider }) };
  } catch (thrown) {
    throw explain(thrown, arn, address);
  } finally {
    client.destroy();
  }
}

function elsewhere(wanted: string, found: string | undefined): WorkloadFailure {
  return new WorkloadFailure(
    'bad-input',
    `these AWS credentials see the role as ${found ?? 'unknown'}, and not as ${wanted}`,
    "Use credentials of the role's own account, and the ARN with the path of the role.",
  );
}

/** That the provider may not be read is no reason to leave the policy unread. */
async function readProvider(client: IAMClient, arn: string): Promise<LiveRole['provider']> {
  try {
    const reply = await client.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }));
    return { clientIds: reply.ClientIDList ?? [] };
  } catch (thrown) {
    if (!(thrown instanceof IAMServiceException)) throw thrown;
    return thrown.name === 'NoSuchEntityException' ? null : undefined;
  }
}

function explain(thrown: unknown, arn: string, address: string): WorkloadFailure {
  if (thrown instanceof WorkloadFailure) return thrown;
  if (thrown instanceof Error && thrown.name === 'CredentialsProviderError') {
    return new WorkloadFailure(
      'bad-input',
      'there are no AWS credentials to read IAM with',
      'Set AWS_PROFILE or AWS_ACCESS_KEY_ID; they need iam:GetRole and iam:GetOpenIDConnectProvider.',
    );
  }
  if (thrown instanceof IAMServiceException && thrown.name === 'NoSuchEntityException') {
    return new WorkloadFailure('bad-input', `there is no role ${arn}`, 'Check the account and the name of the role.');
  }
  if (thrown instanceof IAMServiceException && thrown.name !== 'UnknownError') {
    return new WorkloadFailure(
      'aws-refused',
      `IAM refused to show ${arn}: ${thrown.name}: ${quoteRemote(thrown.message)}`,
      'The AWS credentials need iam:GetRole and iam:GetOpenIDConnectProvider.',
    );
  }
  return networkFailure(thrown, { address, trustVariable: 'AWS_CA_BUNDLE' });
}
