// What AWS KMS refuses, and what is said of it.
import { describe, expect, it } from 'vitest';
import { awsKms } from '../../../src/keys/kms/aws.ts';
import { kmsDoor } from './door.ts';

const ARN = 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555';
const NOWHERE = 'http://127.0.0.1:9';

interface Case {
  readonly status: number;
  readonly type: string;
  readonly message?: string;
  readonly fault: Readonly<Record<'code' | 'message' | 'hint', unknown>>;
}

const CASES: Readonly<Record<string, Case>> = {
  'a missing permission, with who misses which': {
    status: 400,
    type: 'AccessDeniedException',
    message: 'User: arn:aws:sts::123456789012:assumed-role/idp/i is not authorized to perform: kms:Sign',
    fault: {
      code: 'kms-refused',
      message: expect.stringMatching(/^AWS KMS cannot sign with arn:.*permission is missing \(User: .*kms:Sign\)$/),
      hint: expect.stringMatching(/policy/),
    },
  },
  'a disabled key': {
    status: 400,
    type: 'DisabledException',
    fault: { code: 'kms-refused', message: expect.stringMatching(/the key is disabled$/), hint: 'Enable it.' },
  },
  'a key that is being deleted': {
    status: 400,
    type: 'KMSInvalidStateException',
    fault: { code: 'kms-refused', message: expect.any(String), hint: expect.stringMatching(/Cancel its deletion/) },
  },
  'no key': {
    status: 400,
    type: 'NotFoundException',
    fault: {
      code: 'kms-refused',
      message: expect.stringMatching(/no such key/),
      hint: expect.stringMatching(/region/),
    },
  },
  'a key of another kind': {
    status: 400,
    type: 'InvalidKeyUsageException',
    fault: { code: 'kms-refused', message: expect.any(String), hint: expect.stringMatching(/spec and usage/) },
  },
  'a request that quotes the credentials': {
    status: 403,
    type: 'InvalidSignatureException',
    message: 'The Canonical String should have been x-amz-security-token:SECRET',
    fault: {
      code: 'kms-refused',
      message: expect.not.stringMatching(/SECRET/),
      hint: expect.stringMatching(/credentials/),
    },
  },
  'an error that nobody knows': {
    status: 400,
    type: 'NovelException',
    message: 'SECRET',
    fault: {
      code: 'kms-refused',
      message: `AWS KMS cannot sign with ${ARN}: it refuses (NovelException)`,
      hint: expect.any(String),
    },
  },
  'a failure that passes': {
    status: 503,
    type: 'ServiceUnavailable',
    fault: { code: 'kms-unavailable', message: expect.stringMatching(/it failed$/), hint: expect.any(String) },
  },
};

const DIGEST = new Uint8Array(32);

describe('says what to do about', () => {
  it.each(Object.entries(CASES))('%s', async (_name, { fault, ...refusal }) => {
    const door = await kmsDoor(NOWHERE);
    door.answer(() => ({ kind: 'refuse', ...refusal }));
    const thrown: unknown = await door
      .kms()
      .sign(ARN, 'RS256', DIGEST)
      .catch((error: unknown) => error);
    expect(thrown).toMatchObject(fault);
    expect(JSON.stringify(thrown, Object.getOwnPropertyNames(thrown))).not.toContain('SECRET');
  });

  it('an answer of something else', async () => {
    const door = await kmsDoor(NOWHERE);
    await expect(door.kms().publicKey(ARN)).rejects.toMatchObject({ code: 'kms-unavailable' });
  });

  it('no region', async () => {
    const door = await kmsDoor(NOWHERE);
    const kms = awsKms({ endpoint: door.url, credentials: { accessKeyId: 'x', secretAccessKey: 'y' } });
    await expect(kms.describe('alias/x')).rejects.toMatchObject({
      code: 'bad-configuration',
      hint: expect.stringMatching(/AWS_REGION/) as unknown,
    });
  });
});

it('tries three times what may pass, and once what will not', async () => {
  const door = await kmsDoor(NOWHERE);
  door.answer(() => ({ kind: 'refuse', status: 500, type: 'KMSInternalException' }));
  await expect(door.kms().publicKey(ARN)).rejects.toThrow();
  expect(door.requests).toHaveLength(3);
  door.answer(() => ({ kind: 'refuse', status: 400, type: 'DisabledException' }));
  await expect(door.kms().publicKey(ARN)).rejects.toThrow();
  expect(door.requests).toHaveLength(4);
});

it('asks the region of an ARN, whatever region it is in itself', async () => {
  const door = await kmsDoor(NOWHERE);
  const regions: string[] = [];
  door.answer(({ authorization }) => {
    regions.push(/\/([a-z0-9-]+)\/kms\//.exec(authorization)?.[1] ?? '');
    return { kind: 'refuse', status: 400, type: 'NotFoundException' };
  });
  const kms = door.kms();
  for (const key of [ARN.replace('us-east-1', 'eu-central-1'), ARN, 'alias/x']) {
    await expect(kms.describe(key)).rejects.toMatchObject({ code: 'kms-refused' });
  }
  expect(regions).toEqual(['eu-central-1', 'us-east-1', 'us-east-1']);
});
