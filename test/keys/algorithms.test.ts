import { verify } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ALGORITHMS, derToRaw, generateKey, signerWith, thumbprint } from '../../src/keys/algorithms.ts';

/** An INTEGER as DER has it: no leading zeros but the one that keeps it positive. */
function integer(value: bigint): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  const positive = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
  return Buffer.concat([Buffer.from([2, positive.length]), positive]);
}

it('turns any DER signature into 32 and 32 bytes', () => {
  const number = fc.bigInt({ min: 1n, max: 2n ** 256n - 1n });
  fc.assert(
    fc.property(number, number, (r, s) => {
      const content = Buffer.concat([integer(r), integer(s)]);
      const raw = Buffer.from(derToRaw(Buffer.concat([Buffer.from([0x30, content.length]), content])));
      expect(raw.toString('hex')).toBe(r.toString(16).padStart(64, '0') + s.toString(16).padStart(64, '0'));
    }),
  );
});

it('signs ES256 as JWS has it', async () => {
  const { privateKey, publicKey } = await generateKey('ES256');
  const bytes = Buffer.from('header.payload');
  const signature = await signerWith('ES256', privateKey)(bytes);
  expect(signature).toHaveLength(64);
  expect(verify('sha256', bytes, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
});

it.each(ALGORITHMS)('signs with %s what comes at once, and each what it is for', async (algorithm) => {
  const { privateKey, publicKey } = await generateKey(algorithm);
  const sign = signerWith(algorithm, privateKey);
  const texts = Array.from({ length: 50 }, (_, index) => Buffer.from(`header.payload-${index}`));
  const signatures = await Promise.all(texts.map((bytes) => sign(bytes)));
  const fits = texts.map((bytes, index) =>
    verify('sha256', bytes, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signatures[index] ?? Buffer.alloc(0)),
  );
  expect(fits).toEqual(texts.map(() => true));
});

it.each(ALGORITHMS)('rejects where the key of %s cannot sign, instead of waiting for ever', async (algorithm) => {
  const { publicKey } = await generateKey(algorithm);
  await expect(Promise.resolve().then(() => signerWith(algorithm, publicKey)(Buffer.from('x')))).rejects.toThrow();
});

it('names a key as RFC 7638, section 3.1, does', async () => {
  const n =
    '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs' +
    'tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbI' +
    'SD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
  expect(await thumbprint({ kty: 'RSA', n, e: 'AQAB' })).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
});
