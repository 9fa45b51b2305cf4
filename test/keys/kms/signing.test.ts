// Which KMS key signs for whom, and what it is asked to sign.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type PublicJwk, thumbprint } from '../../../src/keys/algorithms.ts';
import { type Custody } from '../../../src/keys/custody.ts';
import { kmsSigningCustody } from '../../../src/keys/rings/kms-signing.ts';
import { kmsDoor } from './door.ts';
import { motoOfFile } from './moto.ts';

const moto = motoOfFile();

function create(custody: Custody, taken: readonly PublicJwk[] = [], issuer = 'ona') {
  return custody.create({ issuer, algorithm: 'ES256', kidOf: thumbprint, taken });
}

async function given(...keys: readonly string[]): Promise<Custody> {
  return kmsSigningCustody((await kmsDoor(moto.url())).kms(), { kind: 'given', keys: { ona: keys } });
}

describe('of given keys', () => {
  it('takes the first that fits and was not taken, by its ARN', async () => {
    const rsa = await moto.key('RSA_2048');
    const disabled = await moto.key('ECC_NIST_P256', 'Disabled');
    const [first, second] = [await moto.key('ECC_NIST_P256'), await moto.key('ECC_NIST_P256')];
    await moto.alias('alias/first', first);
    const custody = await given(rsa, disabled, 'alias/first', second.split('/')[1] ?? '');
    const one = await create(custody);
    const two = await create(custody, [one.publicJwk]);
    expect([one.handle, two.handle]).toEqual([first, second]);
    await expect(create(custody, [one.publicJwk, two.publicJwk])).rejects.toMatchObject({
      code: 'no-free-key',
      message: expect.stringMatching(/the issuer ona has no KMS key left for ES256/) as unknown,
    });
  });

  it('takes none of another issuer', async () => {
    const custody = await given(await moto.key('ECC_NIST_P256'));
    await expect(create(custody, [], 'gitlab')).rejects.toMatchObject({ code: 'no-free-key' });
  });

  it('says which key is not there', async () => {
    await expect(create(await given('alias/nobody'))).rejects.toMatchObject({
      code: 'kms-refused',
      message: expect.stringMatching(/describe alias\/nobody: there is no such key/) as unknown,
    });
  });
});

describe('made as needed', () => {
  it('is tagged with its issuer', async () => {
    const door = await kmsDoor(moto.url());
    await create(kmsSigningCustody(door.kms(), { kind: 'create' }));
    expect(door.requests[0]).toMatchObject({
      action: 'CreateKey',
      body: {
        KeySpec: 'ECC_NIST_P256',
        KeyUsage: 'SIGN_VERIFY',
        Description: 'Signs the ES256 tokens of the idp-kit issuer ona',
        Tags: [{ TagKey: 'idp-kit:issuer', TagValue: 'ona' }],
      },
    });
  });

  it('is taken the next time where it was made in vain', async () => {
    const custody = kmsSigningCustody((await kmsDoor(moto.url())).kms(), { kind: 'create' });
    const [one, again] = [await create(custody), await create(custody)];
    expect(again).toEqual(one);
    expect(await create(custody, [one.publicJwk])).not.toEqual(one);
    expect(await create(custody, [], 'gitlab')).not.toEqual(one);
  });

  it('is taken the next time where nobody may use it yet', async () => {
    const door = await kmsDoor(moto.url());
    door.answer(({ action }) =>
      action === 'GetPublicKey' ? { kind: 'refuse', status: 400, type: 'AccessDeniedException' } : undefined,
    );
    const custody = kmsSigningCustody(door.kms(), { kind: 'create' });
    await expect(create(custody)).rejects.toMatchObject({ code: 'kms-refused' });
    door.answer(() => undefined);
    await create(custody);
    expect(door.requests.filter(({ action }) => action === 'CreateKey')).toHaveLength(1);
  });

  it('is awaited where AWS does not see it at once', async () => {
    const door = await kmsDoor(moto.url());
    let unseen = 1;
    door.answer(({ action }) => {
      if (action !== 'GetPublicKey' || unseen === 0) return undefined;
      unseen -= 1;
      return { kind: 'refuse', status: 400, type: 'NotFoundException' };
    });
    const { handle } = await create(kmsSigningCustody(door.kms(), { kind: 'create' }));
    expect(handle).toMatch(/^arn:aws:kms:/);
  });
});

it.each([1, 4096, 4097])('sends the digest of %i bytes, and never the bytes', async (size) => {
  const door = await kmsDoor(moto.url());
  const custody = kmsSigningCustody(door.kms(), { kind: 'create' });
  const { kid, publicJwk, handle } = await create(custody);
  const bytes = Buffer.alloc(size, 'x');
  const sign = await custody.open({ issuer: 'ona', kid, algorithm: 'ES256', publicJwk }, handle);
  expect(await sign(bytes)).toHaveLength(64);
  expect(door.requests.at(-1)?.body).toEqual({
    KeyId: handle,
    Message: createHash('sha256').update(bytes).digest('base64'),
    MessageType: 'DIGEST',
    SigningAlgorithm: 'ECDSA_SHA_256',
  });
});
