import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { type Custody, type RecordedKey } from '../../src/keys/custody.ts';
import { sealedCustody } from '../../src/keys/rings/sealed.ts';
import { secretSealer } from '../../src/keys/rings/secret.ts';

const SECRET = randomBytes(32);
const kidOf = () => Promise.resolve('k0');
const publicJwk = { kty: 'EC', crv: 'P-256', x: '', y: '' } as const;
const NAME: RecordedKey = { issuer: 'ona', kid: 'k0', algorithm: 'ES256', publicJwk };

const custodyOf = (...[first, ...rest]: readonly [Buffer, ...Buffer[]]): Custody =>
  sealedCustody([secretSealer(first, randomBytes), ...rest.map((secret) => secretSealer(secret, randomBytes))]);

async function sealed(custody: Custody = custodyOf(SECRET)) {
  return custody.create({ issuer: 'ona', algorithm: 'ES256', kidOf, taken: [] });
}

const WRONG = { code: 'wrong-sealing-secret' };

it('opens in another process with the same secret', async () => {
  const { handle } = await sealed();
  const sign = await custodyOf(SECRET).open(NAME, handle);
  expect(await sign(Buffer.from('x'))).toHaveLength(64);
});

it('seals with the first of several secrets, and opens with any', async () => {
  const [older, newer] = [randomBytes(32), randomBytes(32)];
  const handles = [await sealed(custodyOf(newer, older)), await sealed(custodyOf(older, newer))];
  for (const { handle } of handles) {
    expect(await custodyOf(newer, older).open(NAME, handle)).toBeTypeOf('function');
  }
  expect(await custodyOf(newer).open(NAME, handles[0]?.handle ?? '')).toBeTypeOf('function');
  await expect(custodyOf(newer).open(NAME, handles[1]?.handle ?? '')).rejects.toMatchObject(WRONG);
});

it('gives away nothing of the secret by its id', async () => {
  const [, id = ''] = (await sealed()).handle.split('.');
  expect(id).toMatch(/^[\w-]{8}$/);
  expect(SECRET.toString('hex')).not.toContain(Buffer.from(id, 'base64url').toString('hex'));
});

it.each([
  ['another secret', { secret: randomBytes(32) }],
  ['another kid', { kid: 'k1' }],
  ['another issuer', { issuer: 'gitlab' }],
])('stays closed for %s', async (_what, { secret = SECRET, issuer = 'ona', kid = 'k0' }: Partial<Opening>) => {
  const { handle } = await sealed();
  const opened = custodyOf(secret).open({ ...NAME, issuer, kid }, handle);
  await expect(opened).rejects.toMatchObject(WRONG);
});

interface Opening {
  readonly secret: Buffer;
  readonly issuer: string;
  readonly kid: string;
}

it.each(['', 's1', 's1...', 's2.AAAAAAAA.AAAA.AAAA', 's1.AAAAAAAA.AAAAAAAAAAAAAAAA.AAAA', 'not sealed at all'])(
  'stays closed for the handle %j',
  async (handle) => {
    const opened = custodyOf(SECRET).open(NAME, handle);
    await expect(opened).rejects.toMatchObject(WRONG);
  },
);

it('stays closed where one bit was changed', async () => {
  const { handle } = await sealed();
  const [version = '', secret = '', nonce = '', text = ''] = handle.split('.');
  const bytes = Buffer.from(text, 'base64url');
  bytes[20] = (bytes[20] ?? 0) ^ 1;
  const changed = [version, secret, nonce, bytes.toString('base64url')].join('.');
  const opened = custodyOf(SECRET).open(NAME, changed);
  await expect(opened).rejects.toMatchObject(WRONG);
});

it('takes no short secret', () => {
  expect(() => custodyOf(randomBytes(31))).toThrow(/31 bytes/);
});
