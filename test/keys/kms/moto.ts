/** moto for the tests of a file. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateAliasCommand, CreateKeyCommand, DisableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll } from 'vitest';
import { type Moto, startMoto } from '../../sandbox/aws/moto.ts';
import { TEST_CREDENTIALS } from './door.ts';

export interface TestMoto {
  readonly url: () => string;
  /** The ARN of a new key. */
  readonly key: (spec: 'RSA_2048' | 'ECC_NIST_P256' | 'SYMMETRIC_DEFAULT', state?: 'Disabled') => Promise<string>;
  readonly alias: (name: string, arn: string) => Promise<void>;
}

/** Starts before the tests of the file and ends after them. */
export function motoOfFile(): TestMoto {
  let moto: Moto | undefined;
  let home = '';
  let client: KMSClient | undefined;
  const send = () => {
    if (client === undefined) throw new Error('moto has not started');
    return client;
  };
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'idp-kms-'));
    moto = await startMoto({ path: process.env.PATH ?? '', home });
    client = new KMSClient({ region: 'us-east-1', credentials: TEST_CREDENTIALS, endpoint: moto.url });
    // The first request takes longer, since moto loads its KMS with it.
    await client.send(new CreateKeyCommand({}));
  });
  afterAll(async () => {
    client?.destroy();
    await moto?.stop();
    await rm(home, { recursive: true, force: true });
  });
  return {
    url: () => moto?.url ?? '',
    key: async (spec, state) => {
      const usage = spec === 'SYMMETRIC_DEFAULT' ? 'ENCRYPT_DECRYPT' : 'SIGN_VERIFY';
      const { KeyMetadata } = await send().send(new CreateKeyCommand({ KeySpec: spec, KeyUsage: usage }));
      const arn = KeyMetadata?.Arn ?? '';
      // moto takes no ARN here.
      if (state === 'Disabled') await send().send(new DisableKeyCommand({ KeyId: arn.split('/')[1] }));
      return arn;
    },
    alias: async (name, arn) => {
      await send().send(new CreateAliasCommand({ AliasName: name, TargetKeyId: arn }));
    },
  };
}
