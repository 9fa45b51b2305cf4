// AWS KMS goes down and comes back: what goes on, what fails, and that nothing needs a restart.
import { randomBytes } from 'node:crypto';
import { expect, describe, it } from 'vitest';
import { type Custody } from '../../../src/keys/custody.ts';
import { type KeyRecords } from '../../../src/keys/record.ts';
import { openRing } from '../../../src/keys/ring.ts';
import { kmsSealer } from '../../../src/keys/rings/kms-sealed.ts';
import { kmsSigningCustody } from '../../../src/keys/rings/kms-signing.ts';
import { memoryRecords } from '../../../src/keys/rings/memory.ts';
import { sealedCustody } from '../../../src/keys/rings/sealed.ts';
import { type Door, kmsDoor } from './door.ts';
import { motoOfFile } from './moto.ts';

const moto = motoOfFile();
const BYTES = Buffer.from('header.payload');
const DOWN = { code: 'kms-unavailable' };

/** How KMS is away: nobody listens, nobody answers, or it fails. */
const AWAY: Readonly<Record<string, (door: Door) => Promise<void> | void>> = {
  'refuses connections': (door) => door.shut(),
  'does not answer': (door) => {
    door.answer(() => ({ kind: 'hang' }));
  },
  fails: (door) => {
    door.answer(() => ({ kind: 'refuse', status: 500, type: 'KMSInternalException' }));
  },
  throttles: (door) => {
    door.answer(() => ({ kind: 'refuse', status: 400, type: 'ThrottlingException' }));
  },
};

async function back(door: Door): Promise<void> {
  await door.shut();
  await door.open();
  door.answer(() => undefined);
}

const SOON = { requestTimeout: 800, maxAttempts: 2 };

const CUSTODIES: Readonly<Record<string, (door: Door) => Promise<Custody>>> = {
  'KMS signs': (door) => Promise.resolve(kmsSigningCustody(door.kms(SOON), { kind: 'create' })),
  'KMS seals': async (door) =>
    sealedCustody([kmsSealer(door.kms(SOON), await moto.key('SYMMETRIC_DEFAULT'), randomBytes)]),
};

function open(records: KeyRecords, custody: Custody) {
  return openRing(
    {
      issuer: 'ona',
      algorithms: ['ES256'],
      kid: 'k{n}',
      timings: { publishSeconds: 900, keepSeconds: 4200, rotateSeconds: null },
      publication: 'served',
    },
    { records, custody, now: () => 1000 },
  );
}

describe.each(Object.entries(AWAY))('while KMS %s', (_what, leave) => {
  it('signatures of KMS fail in bounded time, and keys stay published', async () => {
    const door = await kmsDoor(moto.url());
    const ring = await open(memoryRecords(), kmsSigningCustody(door.kms(SOON), { kind: 'create' }));
    await leave(door);
    const started = performance.now();
    await expect(ring.signer()?.sign(BYTES)).rejects.toMatchObject(DOWN);
    // Two tries of 800 ms, and the pause between.
    expect(performance.now() - started).toBeLessThan(5000);
    await ring.refresh();
    expect(ring.publicKeys().map(({ kid }) => kid)).toEqual(['k0']);
    await expect(ring.rotate()).rejects.toMatchObject(DOWN);
    await back(door);
    expect(await ring.signer()?.sign(BYTES)).toHaveLength(64);
    expect(await ring.rotate()).toEqual({ ok: true });
  });

  it('keys that KMS sealed sign on', async () => {
    const door = await kmsDoor(moto.url());
    const sealer = kmsSealer(door.kms(SOON), await moto.key('SYMMETRIC_DEFAULT'), randomBytes);
    const ring = await open(memoryRecords(), sealedCustody([sealer]));
    await leave(door);
    expect(await ring.signer()?.sign(BYTES)).toHaveLength(64);
    await ring.refresh();
    expect(await ring.signer()?.sign(BYTES)).toHaveLength(64);
    await expect(ring.rotate()).rejects.toMatchObject(DOWN);
    await expect(ring.reseal()).rejects.toMatchObject(DOWN);
  });
});

describe.each(Object.entries(CUSTODIES))('where %s', (_what, custodyOf) => {
  it('a replica that starts meanwhile publishes the keys, and signs when KMS is back', async () => {
    const door = await kmsDoor(moto.url());
    const custody = await custodyOf(door);
    const records = memoryRecords();
    const first = await open(records, custody);
    await door.shut();
    const second = await open(records, custody);
    expect(second.publicKeys()).toEqual(first.publicKeys());
    await expect(second.signer()?.sign(BYTES)).rejects.toMatchObject(DOWN);
    await door.open();
    expect(await second.signer()?.sign(BYTES)).toHaveLength(64);
  });

  it('a key is opened once for all signatures', async () => {
    const door = await kmsDoor(moto.url());
    const custody = await custodyOf(door);
    const records = memoryRecords();
    await open(records, custody);
    const ring = await open(records, custody);
    const before = door.requests.length;
    await Promise.all([1, 2, 3].map(async () => ring.signer()?.sign(BYTES)));
    expect(door.requests.slice(before).filter(({ action }) => action !== 'Sign')).toEqual([]);
  });

  it('a first start without KMS fails', async () => {
    const door = await kmsDoor(moto.url());
    const custody = await custodyOf(door);
    await door.shut();
    await expect(open(memoryRecords(), custody)).rejects.toMatchObject(DOWN);
  });
});
