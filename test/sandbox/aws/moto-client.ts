/** AWS SDK clients that talk to moto directly, in a given account. */
import { IAMClient } from '@aws-sdk/client-iam';
import { STSClient } from '@aws-sdk/client-sts';

/** moto checks no signature, so any key will do. */
const options = (endpoint: string) => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
});

/** moto takes the account from a header of its own. */
function inAccount<Args extends { request: unknown }>(args: Args, account: string): Args {
  (args.request as { headers: Record<string, string> }).headers['x-moto-account-id'] = account;
  return args;
}

const STEP = { step: 'build', name: 'motoAccount' } as const;

export function motoIam(url: string, account: string): IAMClient {
  const client = new IAMClient(options(url));
  client.middlewareStack.add((next) => (args) => next(inAccount(args, account)), STEP);
  return client;
}

export function motoSts(url: string, account: string): STSClient {
  const client = new STSClient(options(url));
  client.middlewareStack.add((next) => (args) => next(inAccount(args, account)), STEP);
  return client;
}
