// AWS KMS, and the credentials for it, through a real CONNECT proxy, with hosts that only it can reach.
import { onTestFinished, beforeEach, describe, expect, it, vi } from 'vitest';
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { awsKms } from '../../../src/keys/kms/aws.ts';
import { type ConnectProxy, startConnectProxy } from '../../sandbox/net/connect-proxy.ts';
import { temporaryDirectory } from '../../serve/directory.ts';

const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555';
const credentials = { accessKeyId: 'x', secretAccessKey: 'y' };

let proxy: ConnectProxy;
beforeEach(async () => {
  proxy = await startConnectProxy();
  onTestFinished(() => proxy.stop());
});

const asked = () => [...new Set(proxy.events.map(({ target }) => target))];
const describeKey = (except: string, settings: object = { credentials }) =>
  awsKms({ ...settings, maxAttempts: 1, requestTimeout: 1000, proxy: { url: proxy.url, except } }).describe(KEY);

describe('AWS KMS', () => {
  it('is asked by the proxy, which is the one that refuses', async () => {
    await expect(describeKey('')).rejects.toMatchObject({ code: 'kms-unavailable' });
    expect(asked()).toEqual(['kms.eu-central-1.amazonaws.com:443']);
  });

  it.each(['.amazonaws.com', 'other.example, kms.eu-central-1.amazonaws.com'])(
    'is not asked by it where NO_PROXY has %s',
    async (except) => {
      await expect(describeKey(except)).rejects.toMatchObject({ code: 'kms-unavailable' });
      expect(asked()).toEqual([]);
    },
  );

  it.each(['https://127.0.0.1:1', 'https://localhost:1', 'https://[::1]:1'])(
    'is not asked by it at %s',
    async (endpoint) => {
      await expect(describeKey('', { credentials, endpoint })).rejects.toMatchObject({ code: 'kms-unavailable' });
      expect(asked()).toEqual([]);
    },
  );

  it('gets its credentials by it, too', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'token'), 'a.b.c');
    const role = {
      AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/idp',
      AWS_WEB_IDENTITY_TOKEN_FILE: join(directory, 'token'),
      AWS_REGION: 'eu-central-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: join(directory, 'none'),
      AWS_SHARED_CREDENTIALS_FILE: join(directory, 'none'),
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_PROFILE: undefined,
    };
    for (const [name, value] of Object.entries(role)) vi.stubEnv(name, value);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    await expect(describeKey('', {})).rejects.toMatchObject({ code: expect.stringMatching(/^kms-/) as unknown });
    expect(asked()).toEqual(['sts.eu-central-1.amazonaws.com:443']);
  });
});
