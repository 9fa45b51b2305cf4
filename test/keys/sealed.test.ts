import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { type Custody } from '../../src/keys/custody.ts';
import { sealedCustody } from '../../src/keys/rings/sealed.ts';

const SECRET = randomBytes(32);
const kidOf = () => Promise.resolve('k0');

async function sealed(custody: Custody = sealedCustody(SECRET, randomBytes)) {
  return custody.create('ona', 'ES256', kidOf);
}

const WRONG = { code: 'wrong-sealing-secret' };

it('opens in another process with the same secret', async () => {
  const { handle } = await sealed();
  const sign = await sealedCustody(SECRET, randomBytes).open({ issuer: 'ona', kid: 'k0', algorithm: 'ES256' }, handle);
  expect(await sign(Buffer.from('x'))).toHaveLength(64);
});

it.each([
  ['another secret', { secret: randomBytes(32) }],
  ['another kid', { kid: 'k1' }],
  ['another issuer', { issuer: 'gitlab' }],
])('stays closed for %s', async (_what, { secret = SECRET, issuer = 'ona', kid = 'k0' }: Partial<Opening>) => {
  const { handle } = await sealed();
  const opened = sealedCustody(secret, randomBytes).open({ issuer, kid, algorithm: 'ES256' }, handle);
  await expect(opened).rejects.toMatchObject(WRONG);
});

interface Opening {
  readonly secret: Buffer;
  readonly issuer: string;
  readonly kid: string;
}

it.each(['', 'v1', 'v1..', 'v2.AAAA.AAAA', 'v1.AAAAAAAAAAAAAAAA.AAAA', 'not sealed at all'])(
  'stays closed for the handle %j',
  async (handle) => {
    const opened = sealedCustody(SECRET, randomBytes).open({ issuer: 'ona', kid: 'k0', algorithm: 'ES256' }, handle);
    await expect(opened).rejects.toMatchObject(WRONG);
  },
);

it('stays closed where one bit was changed', async () => {
  const { handle } = await sealed();
  const [version = '', nonce = '', text = ''] = handle.split('.');
  const bytes = Buffer.from(text, 'base64url');
  bytes[20] = (bytes[20] ?? 0) ^ 1;
  const changed = [version, nonce, bytes.toString('base64url')].join('.');
  const opened = sealedCustody(SECRET, randomBytes).open({ issuer: 'ona', kid: 'k0', algorithm: 'ES256' }, changed);
  await expect(opened).rejects.toMatchObject(WRONG);
});

it('takes no short secret', () => {
  expect(() => sealedCustody(randomBytes(31), randomBytes)).toThrow(/31 bytes/);
});
