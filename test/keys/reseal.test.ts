// Sealing again: between secrets and AWS KMS, in any direction, and with a fault on the way.
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Custody } from '../../src/keys/custody.ts';
import { type KeyRecords } from '../../src/keys/record.ts';
import { openRing } from '../../src/keys/ring.ts';
import { kmsSealer } from '../../src/keys/rings/kms-sealed.ts';
import { kmsSigningCustody } from '../../src/keys/rings/kms-signing.ts';
import { memoryRecords } from '../../src/keys/rings/memory.ts';
import { sealedCustody } from '../../src/keys/rings/sealed.ts';
import { secretSealer } from '../../src/keys/rings/secret.ts';
import { severalCustodies } from '../../src/keys/rings/several.ts';
import { type Sealer } from '../../src/keys/sealer.ts';
import { kmsDoor } from './kms/door.ts';
import { motoOfFile } from './kms/moto.ts';

const moto = motoOfFile();
const bySecret = () => Promise.resolve(secretSealer(randomBytes(32), randomBytes));
const byKms = async () =>
  kmsSealer((await kmsDoor(moto.url())).kms(), await moto.key('SYMMETRIC_DEFAULT'), randomBytes);

const SETTINGS = {
  issuer: 'ona',
  algorithms: ['ES256', 'RS256'],
  kid: 'k{n}',
  timings: { publishSeconds: 900, keepSeconds: 4200, rotateSeconds: null },
  publication: 'served',
} as const;

function open(records: KeyRecords, custody: Custody) {
  return openRing(SETTINGS, { records, custody, now: () => 1000 });
}

/** Records whose active and pending keys were sealed by one. */
async function sealedBy(sealer: Sealer): Promise<KeyRecords> {
  const records = memoryRecords();
  await (await open(records, sealedCustody([sealer]))).rotate();
  return records;
}

const ALL = ['k0', 'k1', 'k2', 'k3'];

describe('from one to another', () => {
  it.each([
    ['a secret to another', bySecret, bySecret],
    ['a secret to KMS', bySecret, byKms],
    ['KMS to a secret', byKms, bySecret],
    ['a KMS key to another', byKms, byKms],
  ])('%s: then the old one can be dropped', async (_what, oldOne, newOne) => {
    const [older, newer] = [await oldOne(), await newOne()];
    const records = await sealedBy(older);
    const before = await records.load('ona');
    const ring = await open(records, sealedCustody([newer, older]));
    expect(await ring.reseal()).toEqual(ALL);
    expect(await ring.reseal()).toEqual([]);
    const after = await records.load('ona');
    expect(after.records).toEqual(
      before.records.map((record) => ({ ...record, handle: expect.any(String) as string })),
    );
    expect(after.version).toBe(before.version + 1);
    const alone = await open(records, sealedCustody([newer]));
    expect(alone.publicKeys()).toEqual(ring.publicKeys());
    expect(await alone.signer()?.sign(Buffer.from('x'))).toHaveLength(64);
  });

  it('a replica that does not know the new secret goes on, and one that starts does not', async () => {
    const [older, newer] = [await bySecret(), await bySecret()];
    const records = await sealedBy(older);
    const unopened: unknown[] = [];
    const custody = sealedCustody([older]);
    const ports = { records, custody, now: () => 1000, unopened: (kid: string) => unopened.push(kid) };
    const replica = await openRing(SETTINGS, ports);
    const other = await open(records, sealedCustody([newer, older]));
    await other.reseal();
    await replica.refresh();
    expect(await replica.signer()?.sign(Buffer.from('x'))).toHaveLength(64);
    expect(unopened).toEqual(ALL);
    // What others sign with is published here too, and signs nothing here.
    await other.replace();
    await replica.refresh();
    expect(replica.publicKeys()).toEqual(other.publicKeys());
    expect(replica.signer()).toBeUndefined();
    await expect(open(records, sealedCustody([older]))).rejects.toMatchObject({ code: 'wrong-sealing-secret' });
  });

  it('keys of KMS stay what they are, and sealed ones beside them are sealed again', async () => {
    const [older, newer] = [await bySecret(), await bySecret()];
    const records = await sealedBy(older);
    const kms = kmsSigningCustody((await kmsDoor(moto.url())).kms(), { kind: 'create' });
    const ring = await open(records, severalCustodies([kms, sealedCustody([newer, older])]));
    await ring.replace();
    expect(await ring.reseal()).toEqual([]);
    const mixed = await sealedBy(older);
    const { version } = await mixed.load('ona');
    const [taken] = (await records.load('ona')).records.slice(-1);
    if (taken === undefined) throw new Error('no key');
    await mixed.commit('ona', version, [{ ...taken, state: 'pending' }]);
    expect(await (await open(mixed, severalCustodies([kms, sealedCustody([newer, older])]))).reseal()).toEqual(ALL);
  });
});

/** Seals a number of keys, and then fails. */
function failing(sealer: Sealer, after: number): Sealer {
  let sealed = 0;
  return {
    ...sealer,
    seal: (name, key) => {
      sealed += 1;
      return sealed > after ? Promise.reject(new Error('out of order')) : sealer.seal(name, key);
    },
  };
}

describe('a fault in the middle', () => {
  it.each([0, 1, 3])('after %i keys leaves every key as it was', async (after) => {
    const [older, newer] = [await bySecret(), await bySecret()];
    const records = await sealedBy(older);
    const before = await records.load('ona');
    const ring = await open(records, sealedCustody([failing(newer, after), older]));
    await expect(ring.reseal()).rejects.toThrow('out of order');
    expect(await records.load('ona')).toEqual(before);
    expect((await open(records, sealedCustody([older]))).signer()).toBeDefined();
    expect(await (await open(records, sealedCustody([newer, older]))).reseal()).toEqual(ALL);
  });

  it.each([
    ['another replica rotates meanwhile', 1, ALL],
    ['others change the keys for ever', Infinity, 'ring-contended'],
  ])('where %s, nothing of theirs is lost', async (_what, times, expected) => {
    const [older, newer] = [await bySecret(), await bySecret()];
    const records = await sealedBy(older);
    let left = times;
    const racing: KeyRecords = {
      ...records,
      load: async (issuer) => {
        const loaded = await records.load(issuer);
        if (left > 0) await records.commit(issuer, loaded.version, []);
        left -= 1;
        return loaded;
      },
    };
    const ring = await open(records, sealedCustody([newer, older]));
    const { reseal } = await import('../../src/keys/reseal.ts');
    const changeOf = (kids: readonly string[]) => ({ kind: 'keys-resealed', kids, time: 1, actor: 'ada' }) as const;
    const done = reseal('ona', racing, sealedCustody([newer, older]), changeOf).catch((fault: unknown) => fault);
    expect(await done).toEqual(
      Array.isArray(expected) ? changeOf(expected) : expect.objectContaining({ code: expected }),
    );
    await ring.refresh();
    expect(ring.publicKeys().map(({ kid }) => kid)).toEqual(ALL);
  });
});
