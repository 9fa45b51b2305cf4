import { describe, expect, it } from 'vitest';
import { type FetchDocument, upstreamKeys } from '../../../src/issuer/upstream/keys.ts';
import { CLUSTER, documents, signingKey } from './upstream.ts';

async function world() {
  const [one, two] = await Promise.all([signingKey('one'), signingKey('two')]);
  const keys: object[] = [one.jwk];
  const served = documents(() => keys);
  let now = 1_000;
  const keyOf = upstreamKeys({ issuer: CLUSTER, fetchDocument: served.fetchDocument, now: () => now });
  const ask = async (kid: string) => {
    try {
      await keyOf({ alg: 'ES256', kid });
      return 'found';
    } catch (error) {
      return (error as Error).name;
    }
  };
  return {
    ...served,
    ask,
    rotate: () => keys.push(two.jwk),
    wait: (seconds: number) => {
      now += seconds;
    },
  };
}

describe('the keys of an upstream', () => {
  it('are found by discovery, and fetched once for many', async () => {
    const { ask, fetched } = await world();
    expect(await Promise.all([ask('one'), ask('one'), ask('one')])).toEqual(['found', 'found', 'found']);
    expect(fetched).toEqual([`${CLUSTER}/.well-known/openid-configuration`, `${CLUSTER}/keys`]);
  });

  it('are fetched again when they are ten minutes old', async () => {
    const { ask, fetched, wait } = await world();
    await ask('one');
    wait(599);
    await ask('one');
    expect(fetched).toHaveLength(2);
    wait(1);
    await ask('one');
    expect(fetched).toHaveLength(4);
  });

  it('are fetched again for a key that is new, at most every 30 seconds whatever is asked for', async () => {
    const { ask, fetched, wait, rotate } = await world();
    expect(await ask('one')).toBe('found');
    rotate();
    expect(await ask('two')).toBe('JWKSNoMatchingKey');
    wait(30);
    expect(await ask('two')).toBe('found');
    const before = fetched.length;
    for (const kid of ['x', 'y', 'z']) expect(await ask(kid)).toBe('JWKSNoMatchingKey');
    expect(fetched).toHaveLength(before);
  });

  it('are used for an hour while the upstream is away, and again when it is back', async () => {
    const { ask, state, wait, fetched } = await world();
    await ask('one');
    state.away = true;
    wait(3_599);
    expect(await ask('one')).toBe('found');
    const before = fetched.length;
    expect(await ask('one')).toBe('found');
    expect(fetched).toHaveLength(before);
    wait(1);
    expect(await ask('one')).toBe('UpstreamUnavailable');
    state.away = false;
    wait(30);
    expect(await ask('one')).toBe('found');
  });

  it.each<[string, FetchDocument, string]>([
    [
      'a document of another issuer',
      () => Promise.resolve({ issuer: 'https://x.example', jwks_uri: 'https://x.example/k' }),
      'UpstreamUnavailable',
    ],
    ['a document without keys', () => Promise.resolve({ issuer: CLUSTER }), 'UpstreamUnavailable'],
    [
      'keys that are none',
      (url) =>
        Promise.resolve(url.endsWith('k') ? { keys: 'x' } : { issuer: CLUSTER, jwks_uri: 'https://x.example/k' }),
      'UpstreamUnavailable',
    ],
  ])('are not taken from %s', async (_, fetchDocument, name) => {
    const keyOf = upstreamKeys({ issuer: CLUSTER, fetchDocument, now: () => 1_000 });
    await expect(keyOf({ alg: 'ES256', kid: 'one' })).rejects.toMatchObject({ name });
  });

  it('may be at a place that the configuration names', async () => {
    const { jwk } = await signingKey('one');
    const { fetchDocument, fetched } = documents(() => [jwk]);
    const keyOf = upstreamKeys({ issuer: CLUSTER, jwksUrl: 'https://x.example/keys', fetchDocument, now: () => 1_000 });
    await keyOf({ alg: 'ES256', kid: 'one' });
    expect(fetched).toEqual(['https://x.example/keys']);
  });
});
