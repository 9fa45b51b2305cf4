/** Clients of the sandbox's AWS: the AWS SDK as it is, led to the gate. */
import { Agent } from 'node:https';
import { IAMClient } from '@aws-sdk/client-iam';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { STSClient } from '@aws-sdk/client-sts';

/** moto takes any key; the account is moto's own. */
export const ADMIN_CREDENTIALS = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' } as const;

export const REGION = 'eu-central-1';

export interface AwsClients {
  readonly sts: STSClient;
  readonly iam: IAMClient;
  readonly secrets: SecretsManagerClient;
}

export function awsClients(endpoint: string, ca: string): AwsClients {
  const options = {
    endpoint,
    region: REGION,
    credentials: ADMIN_CREDENTIALS,
    maxAttempts: 1,
    requestHandler: { httpsAgent: new Agent({ ca, keepAlive: true }) },
  };
  return { sts: new STSClient(options), iam: new IAMClient(options), secrets: new SecretsManagerClient(options) };
}
