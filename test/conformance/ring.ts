/** What every key ring does, wherever its records and private keys are. */
import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Custody } from '../../src/keys/custody.ts';
import { type KeyRecords } from '../../src/keys/record.ts';
import { type KeyRing, type RingSettings, openRing } from '../../src/keys/ring.ts';

/** What two replicas have in common. */
export interface RingBackend {
  readonly records: KeyRecords;
  readonly custody: Custody;
}

const SETTINGS: RingSettings = {
  issuer: 'ona',
  algorithms: ['ES256'],
  kid: 'k{n}',
  timings: { publishSeconds: 900, keepSeconds: 4200 },
};

interface World {
  readonly open: (settings?: Partial<RingSettings>) => Promise<KeyRing>;
  readonly wait: (seconds: number) => void;
  readonly backend: RingBackend;
}

async function world(create: () => Promise<RingBackend>): Promise<World> {
  let now = 1000;
  const backend = await create();
  return {
    backend,
    open: (settings = {}) => openRing({ ...SETTINGS, ...settings }, { ...backend, now: () => now }),
    wait: (seconds) => {
      now += seconds;
    },
  };
}

const kids = (ring: KeyRing) => ring.publicKeys().map(({ kid }) => kid);

/** Does one of the ring's published keys verify what its signer signs? */
async function signs(ring: KeyRing, algorithm?: 'RS256' | 'ES256'): Promise<boolean> {
  const signer = ring.signer(algorithm);
  const published = ring.publicKeys().find(({ kid }) => kid === signer?.kid);
  if (signer === undefined || published === undefined) return false;
  const bytes = Buffer.from('header.payload');
  const key = createPublicKey({ key: { ...published.jwk }, format: 'jwk' });
  return verify('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, await signer.sign(bytes));
}

export function ringConformance(name: string, create: () => Promise<RingBackend>): void {
  describe(`key ring: ${name}`, () => {
    it('makes a first key that signs at once, of each algorithm', async () => {
      const { open } = await world(create);
      const ring = await open({ algorithms: ['RS256', 'ES256'] });
      expect(kids(ring)).toEqual(['k0', 'k1']);
      expect(ring.signer()?.kid).toBe('k0');
      expect([await signs(ring, 'RS256'), await signs(ring, 'ES256')]).toEqual([true, true]);
    });

    it('names keys by thumbprint', async () => {
      const { open } = await world(create);
      const [key] = (await open({ kid: 'thumbprint' })).publicKeys();
      expect(key?.kid).toMatch(/^[A-Za-z0-9_-]{43}$/);
    });

    it('has the same keys when it is opened again', async () => {
      const { open } = await world(create);
      const first = await open();
      const second = await open();
      expect(second.publicKeys()).toEqual(first.publicKeys());
      expect(await signs(second)).toBe(true);
    });

    it('keeps the rings of issuers apart', async () => {
      const { open } = await world(create);
      const [ona, gitlab] = [await open(), await open({ issuer: 'gitlab' })];
      expect(kids(gitlab)).toEqual(['k0']);
      expect(gitlab.publicKeys()[0]?.jwk).not.toEqual(ona.publicKeys()[0]?.jwk);
    });

    it('makes one first key where several replicas start together', async () => {
      const { open } = await world(create);
      const rings = await Promise.all([open(), open(), open(), open()]);
      expect(rings.map(kids)).toEqual([['k0'], ['k0'], ['k0'], ['k0']]);
      expect(new Set(rings.map((ring) => JSON.stringify(ring.publicKeys()))).size).toBe(1);
    });

    it('rotates: publishes, then signs, then keeps publishing the old key', async () => {
      const { open, wait } = await world(create);
      const ring = await open();
      expect(await ring.rotate()).toEqual({ ok: true });
      expect([kids(ring), ring.signer()?.kid]).toEqual([['k0', 'k1'], 'k0']);
      wait(900);
      expect([kids(ring), ring.signer()?.kid]).toEqual([['k0', 'k1'], 'k1']);
      expect(await signs(ring)).toBe(true);
      wait(4200);
      expect([kids(ring), ring.signer()?.kid]).toEqual([['k1'], 'k1']);
    });

    it('rotates once where two replicas are told to', async () => {
      const { open } = await world(create);
      const [one, other] = [await open(), await open()];
      const done = await Promise.all([one.rotate(), other.rotate()]);
      expect(done.filter(({ ok }) => ok)).toHaveLength(1);
      await Promise.all([one.refresh(), other.refresh()]);
      expect([kids(one), kids(other)]).toEqual([
        ['k0', 'k1'],
        ['k0', 'k1'],
      ]);
    });

    it('replaces every key at once, and another replica follows', async () => {
      const { open } = await world(create);
      const [one, other] = [await open(), await open()];
      await one.rotate();
      await one.replace();
      expect([kids(one), one.signer()?.kid]).toEqual([['k2'], 'k2']);
      await other.refresh();
      expect([kids(other), other.signer()?.kid]).toEqual([['k2'], 'k2']);
      expect(await signs(other)).toBe(true);
    });

    it('writes down what time has changed, and forgets the private keys of removed ones', async () => {
      const { open, wait, backend } = await world(create);
      const ring = await open();
      await ring.rotate();
      wait(900 + 4200);
      await ring.refresh();
      const { records } = await backend.records.load('ona');
      expect(records.map(({ kid, state, handle }) => [kid, state, handle === null])).toEqual([
        ['k0', 'removed', true],
        ['k1', 'active', false],
      ]);
    });

    it('signs with what is there while a new usual algorithm is published', async () => {
      const { open, wait } = await world(create);
      await open();
      const changed = await open({ algorithms: ['RS256', 'ES256'] });
      expect([changed.signer()?.algorithm, changed.signer('RS256')]).toEqual(['ES256', undefined]);
      wait(900);
      expect(changed.signer()?.algorithm).toBe('RS256');
    });

    it('commits against the version that was read alone', async () => {
      const { open, backend } = await world(create);
      await open();
      const { version, records } = await backend.records.load('ona');
      expect(await backend.records.commit('ona', version - 1, records)).toBe(false);
      expect(await backend.records.commit('ona', version + 1, records)).toBe(false);
      expect(await backend.records.commit('ona', version, records)).toBe(true);
      expect(await backend.records.version('ona')).toBe(version + 1);
    });
  });
}
