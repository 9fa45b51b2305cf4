/** What every key ring does, wherever its records and private keys are. */
import { compactVerify } from 'jose/jws/compact/verify';
import { importJWK } from 'jose/key/import';
import { describe, expect, it } from 'vitest';
import { type Algorithm } from '../../src/keys/algorithms.ts';
import { type Custody } from '../../src/keys/custody.ts';
import { type KeyChange, type KeyRecords } from '../../src/keys/record.ts';
import { type KeyRing, type RingSettings, openRing } from '../../src/keys/ring.ts';

/** What two replicas have in common. */
export interface RingBackend {
  readonly records: KeyRecords;
  readonly custody: Custody;
  /** Of the ring `ona`, the oldest first. */
  readonly changes: () => Promise<readonly KeyChange[]>;
}

const SETTINGS: RingSettings = {
  issuer: 'ona',
  algorithms: ['ES256'],
  kid: 'k{n}',
  timings: { publishSeconds: 900, keepSeconds: 4200, rotateSeconds: null },
  publication: 'served',
};

interface World {
  readonly open: (settings?: Partial<RingSettings>, changed?: (change: KeyChange) => void) => Promise<KeyRing>;
  readonly wait: (seconds: number) => void;
  readonly backend: RingBackend;
}

async function world(create: () => Promise<RingBackend>): Promise<World> {
  let now = 1000;
  const backend = await create();
  return {
    backend,
    open: (settings = {}, changed = () => undefined) =>
      openRing({ ...SETTINGS, ...settings }, { ...backend, now: () => now, changed }),
    wait: (seconds) => {
      now += seconds;
    },
  };
}

const kids = (ring: KeyRing) => ring.publicKeys().map(({ kid }) => kid);

/** Does one of the ring's published keys verify a JWS of its signer? By jose, as relying parties do it. */
async function signs(ring: KeyRing, algorithm?: Algorithm, payload = 'payload'): Promise<boolean> {
  const signer = ring.signer(algorithm);
  const published = ring.publicKeys().find(({ kid }) => kid === signer?.kid);
  if (signer === undefined || published === undefined) return false;
  const parts = [JSON.stringify({ alg: signer.algorithm }), payload].map((part) =>
    Buffer.from(part).toString('base64url'),
  );
  const signature = await signer.sign(Buffer.from(parts.join('.')));
  const jws = [...parts, Buffer.from(signature).toString('base64url')].join('.');
  const verified = await compactVerify(jws, await importJWK({ ...published.jwk }, signer.algorithm));
  return Buffer.from(verified.payload).toString() === payload;
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

    it('signs bytes of any size', async () => {
      const { open } = await world(create);
      const ring = await open({ algorithms: ['RS256', 'ES256'] });
      for (const size of [1, 4096, 4097, 20_000]) {
        expect(await signs(ring, 'RS256', 'x'.repeat(size))).toBe(true);
        expect(await signs(ring, 'ES256', 'x'.repeat(size))).toBe(true);
      }
    });

    it('refuses the handle of another key, of this issuer or another', async () => {
      const { open, backend } = await world(create);
      await open();
      await open({ issuer: 'gitlab' });
      await (await open()).rotate();
      const [first, second] = (await backend.records.load('ona')).records;
      const [other] = (await backend.records.load('gitlab')).records;
      if (first?.handle == null || second?.handle == null || other?.handle == null) throw new Error('no keys');
      const moved = { code: 'wrong-sealing-secret' };
      await expect(backend.custody.open(first, second.handle)).rejects.toMatchObject(moved);
      await expect(backend.custody.open(first, other.handle)).rejects.toMatchObject(moved);
      expect(await backend.custody.open(first, first.handle)).toBeTypeOf('function');
    });

    it('has nothing to seal again where everything is as new', async () => {
      const { open, backend } = await world(create);
      const ring = await open();
      const before = await backend.records.load('ona');
      expect(await ring.reseal()).toEqual([]);
      expect(await backend.records.load('ona')).toEqual(before);
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

    it('rotates by its schedule, without being told to', async () => {
      const { open, wait } = await world(create);
      const ring = await open({ timings: { publishSeconds: 900, keepSeconds: 4200, rotateSeconds: 10_000 } });
      wait(9_099);
      await ring.refresh();
      expect(kids(ring)).toEqual(['k0']);
      wait(1);
      await ring.refresh();
      expect([kids(ring), ring.signer()?.kid]).toEqual([['k0', 'k1'], 'k0']);
      wait(900);
      expect([ring.signer()?.kid, await signs(ring)]).toEqual(['k1', true]);
    });

    it('signs with a key of static files once it was seen there', async () => {
      const { open, wait } = await world(create);
      const ring = await open({ publication: 'static' });
      wait(100_000);
      expect([kids(ring), ring.signer()]).toEqual([['k0'], undefined]);
      await ring.published(['k0']);
      expect([ring.signer()?.kid, await signs(ring)]).toEqual(['k0', true]);
      await ring.rotate();
      wait(100_000);
      expect(ring.signer()?.kid).toBe('k0');
      await ring.published(['k0', 'k1']);
      wait(900);
      const other = await open({ publication: 'static' });
      expect([ring.signer()?.kid, other.signer()?.kid]).toEqual(['k1', 'k1']);
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

    it('writes down who changed the keys, and when: nobody where it did so by itself', async () => {
      const { open, wait, backend } = await world(create);
      const told: KeyChange[] = [];
      const timings = { publishSeconds: 900, keepSeconds: 4200, rotateSeconds: 10_000 };
      const ring = await open({ timings, publication: 'static' }, (change) => told.push(change));
      expect(await backend.changes()).toEqual([]);
      await ring.published(['k0', 'k9']);
      await ring.published(['k0']);
      wait(100);
      expect([await ring.rotate('ops ada'), (await ring.rotate('ops ada')).ok]).toEqual([{ ok: true }, false]);
      await ring.published(['k1'], 'ops ada');
      wait(900);
      await ring.refresh();
      wait(9_100);
      await ring.refresh();
      await ring.replace('ops ada');
      expect(await backend.changes()).toEqual([
        { kind: 'keys-published', kids: ['k0'], time: 1000, actor: undefined },
        { kind: 'keys-rotated', kids: ['k1'], time: 1100, actor: 'ops ada' },
        { kind: 'keys-published', kids: ['k1'], time: 1100, actor: 'ops ada' },
        { kind: 'keys-rotated', kids: ['k2'], time: 11_100, actor: undefined },
        { kind: 'keys-replaced', kids: ['k3'], time: 11_100, actor: 'ops ada' },
      ]);
      expect(told).toEqual(await backend.changes());
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
