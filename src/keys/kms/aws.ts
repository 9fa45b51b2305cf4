/**
 * AWS KMS by the AWS SDK, which is loaded at the first use: an issuer without KMS never loads it. Endpoint, region and
 * credentials are found as every AWS SDK finds them (`AWS_ENDPOINT_URL_KMS`, `AWS_REGION`, roles).
 */

import { type AgentOptions } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import type { CreateKeyCommandInput, KMSClient, KeyMetadata } from '@aws-sdk/client-kms';
import { type Algorithm } from '../algorithms.ts';
import { kmsFault } from './faults.ts';
import { KMS_ALGORITHMS, type Kms, type KmsKey } from './port.ts';

export interface AwsKmsSettings {
  /** @default by the SDK: `AWS_ENDPOINT_URL_KMS`, `AWS_ENDPOINT_URL`, else the service's own */
  readonly endpoint?: string;
  /** Of names that are no ARNs. @default by the SDK: `AWS_REGION` and its like */
  readonly region?: string;
  /** @default by the SDK: environment, files, roles */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Tries in all, 100 ms and more apart, of what may pass. @default 3 */
  readonly maxAttempts?: number;
  /** Of one try, in milliseconds. @default 2000 */
  readonly requestTimeout?: number;
  /** A proxy by its URL, and hosts past it as NO_PROXY has them; of AWS STS too, for the credentials. @default none */
  readonly proxy?: { readonly url: string; readonly except: string } | undefined;
}

type Sdk = typeof import('@aws-sdk/client-kms');

/** Emulators are there, and no proxy leads to them. */
const LOOPBACK = 'localhost,127.0.0.1,::1';

/** Descriptions show up in the console, and tags in policies. */
const TAG = 'idp-kit:issuer';

export function awsKms(settings: AwsKmsSettings = {}): Kms {
  const clients = new Map<string, KMSClient>();
  /** A key is where its ARN says. */
  const clientFor = (sdk: Sdk, key: string): KMSClient => {
    const region = /^arn:[^:]*:kms:([^:]+):/.exec(key)?.[1] ?? settings.region;
    const client = clients.get(region ?? '') ?? new sdk.KMSClient(clientSettings(settings, region));
    clients.set(region ?? '', client);
    return client;
  };
  const ask = async <T>(what: string, key: string, send: (client: KMSClient, sdk: Sdk) => Promise<T>): Promise<T> => {
    const sdk = await import('@aws-sdk/client-kms');
    try {
      return await send(clientFor(sdk, key), sdk);
    } catch (error) {
      throw kmsFault(key === '' ? what : `${what} ${key}`, error);
    }
  };
  return {
    describe: (key) =>
      ask('describe', key, async (client, sdk) => {
        return described((await client.send(new sdk.DescribeKeyCommand({ KeyId: key }))).KeyMetadata);
      }),
    publicKey: (arn) =>
      ask('show the public key of', arn, async (client, sdk) => {
        const { PublicKey } = await client.send(new sdk.GetPublicKeyCommand({ KeyId: arn }));
        return demanded(PublicKey);
      }),
    sign: (arn, algorithm, digest) =>
      ask('sign with', arn, async (client, sdk) => {
        const request = { KeyId: arn, Message: digest, MessageType: 'DIGEST' } as const;
        const SigningAlgorithm = KMS_ALGORITHMS[algorithm].signing;
        return demanded((await client.send(new sdk.SignCommand({ ...request, SigningAlgorithm }))).Signature);
      }),
    createKey: (algorithm, issuer) =>
      ask('create a key', '', async (client, sdk) => {
        const { KeyMetadata } = await client.send(new sdk.CreateKeyCommand(newKey(algorithm, issuer)));
        const arn = demanded(KeyMetadata?.Arn);
        await awaitKey(() => client.send(new sdk.GetPublicKeyCommand({ KeyId: arn })));
        return arn;
      }),
    dataKey: (key, context) =>
      ask('seal with', key, async (client, sdk) => {
        const request = { KeyId: key, KeySpec: 'AES_256', EncryptionContext: { ...context } } as const;
        const made = await client.send(new sdk.GenerateDataKeyCommand(request));
        return { plain: demanded(made.Plaintext), sealed: demanded(made.CiphertextBlob), arn: demanded(made.KeyId) };
      }),
    openDataKey: (arn, sealed, context) =>
      ask('open with', arn, async (client, sdk) => {
        const request = { KeyId: arn, CiphertextBlob: sealed, EncryptionContext: { ...context } };
        return demanded((await client.send(new sdk.DecryptCommand(request))).Plaintext);
      }),
  };
}

function clientSettings(settings: AwsKmsSettings, region: string | undefined) {
  const { endpoint, credentials, maxAttempts = 3, requestTimeout = 2000, proxy } = settings;
  return {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    maxAttempts,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: requestTimeout,
      requestTimeout,
      throwOnRequestTimeout: true,
      ...(proxy === undefined ? {} : { httpsAgent: agentOptions(proxy) }),
    },
  };
}

/** `proxyEnv` (Node 22.21, 24.5) leads through a proxy, which the SDK by itself knows nothing of. */
function agentOptions({ url, except }: NonNullable<AwsKmsSettings['proxy']>): AgentOptions {
  const past = [except, LOOPBACK].filter((hosts) => hosts !== '').join(',');
  return { proxyEnv: { HTTPS_PROXY: url, NO_PROXY: past } };
}

function newKey(algorithm: Algorithm, issuer: string) {
  return {
    KeySpec: KMS_ALGORITHMS[algorithm].spec,
    KeyUsage: 'SIGN_VERIFY',
    Description: `Signs the ${algorithm} tokens of the idp-kit issuer ${issuer}`,
    Tags: [{ TagKey: TAG, TagValue: issuer }],
  } satisfies CreateKeyCommandInput;
}

const LOOKS = 10;
const BETWEEN_MS = 300;

/** AWS KMS is eventually consistent: for some moments there may be no such key although it was made. */
async function awaitKey(look: () => Promise<unknown>): Promise<void> {
  const seen = () =>
    look().then(
      () => true,
      (error: unknown) => !(error instanceof Error) || error.name !== 'NotFoundException',
    );
  for (let tries = 1; tries < LOOKS && !(await seen()); tries += 1) await pause(BETWEEN_MS);
}

function described(metadata: KeyMetadata | undefined): KmsKey {
  const { Arn, KeySpec, KeyUsage, KeyState } = demanded(metadata);
  return { arn: demanded(Arn), spec: demanded(KeySpec), usage: demanded(KeyUsage), state: demanded(KeyState) };
}

/** The SDK has every member of a reply as optional. */
function demanded<T>(member: T | undefined): T {
  if (member === undefined) throw new TypeError('the reply is not complete');
  return member;
}
