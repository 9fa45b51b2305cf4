import { describe, expect, it } from 'vitest';
import { upstreamKeys } from '../../../src/issuer/upstream/keys.ts';
import { type Upstream } from '../../../src/issuer/upstream/upstream.ts';
import { verifyUpstream } from '../../../src/issuer/upstream/verify.ts';
import { CLUSTER, NOW, POD, documents, signingKey, upstream } from './upstream.ts';

const key = await signingKey('one');
const other = await signingKey('one');
const { fetchDocument, state } = documents(() => [key.jwk]);

function trusted(...upstreams: readonly Upstream[]) {
  return upstreams.map((one) => ({
    upstream: one,
    keyOf: upstreamKeys({ issuer: one.issuer, fetchDocument, now: () => NOW }),
  }));
}

const reasonOf = async (jwt: string, ...upstreams: readonly Upstream[]) => {
  const verified = await verifyUpstream(trusted(...(upstreams.length > 0 ? upstreams : [upstream()])), jwt, NOW);
  return verified.ok ? `admitted by ${verified.token.upstream.name}` : verified.reason;
};

const encoded = (header: string, payload: string) =>
  [header, payload, 'x'].map((part) => Buffer.from(part).toString('base64url')).join('.');

describe('a token of an upstream', () => {
  it('is admitted, with its claims and its end', async () => {
    const verified = await verifyUpstream(trusted(upstream()), await key.sign(POD), NOW);
    expect(verified).toEqual({ ok: true, token: { upstream: upstream(), claims: POD, expiresAt: POD.exp } });
  });

  it.each<[string, object, RegExp]>([
    ['another issuer', { iss: 'https://evil.example' }, /no upstream is the issuer "https:\/\/evil.example"/],
    ['no issuer', { iss: undefined }, /no upstream is the issuer absent/],
    ['a slash more', { iss: `${CLUSTER}/` }, /no upstream is the issuer/],
    ['another audience', { aud: 'https://elsewhere.example' }, /unexpected "aud" claim value/],
    ['no audience', { aud: undefined }, /missing required "aud" claim/],
    ['one that has expired', { exp: NOW - 61 }, /"exp" claim timestamp check failed/],
    ['one without an end', { exp: undefined }, /missing required "exp" claim/],
    ['one that is not valid yet', { nbf: NOW + 61 }, /"nbf" claim timestamp check failed/],
    ['another namespace', { 'kubernetes.io': { namespace: 'dev' } }, /expected ci, and it is "dev"/],
    ['a claim of another type', { 'kubernetes.io': { namespace: 1 } }, /expected ci, and it is 1/],
    ['no such claim', { 'kubernetes.io': undefined }, /expected ci, and it is absent/],
  ])('with %s is refused', async (_, changes, reason) => {
    expect(await reasonOf(await key.sign({ ...POD, ...changes }))).toMatch(reason);
  });

  it.each<[string, () => Promise<string> | string, RegExp]>([
    ['of another key', () => other.sign(POD), /signature verification failed/],
    ['of a key that is not known', () => key.sign(POD, { kid: 'two' }), /no applicable key found .*kid "two"/],
    ['of an algorithm that is not taken', async () => (await signingKey('one', 'ES384')).sign(POD), /alg "ES384"/],
    ['without a signature', () => encoded('{"alg":"none"}', JSON.stringify(POD)), /alg "none"/],
    ['of a shared secret', () => encoded('{"alg":"HS256"}', JSON.stringify(POD)), /alg "HS256"/],
    ['that is none', () => 'x.y', /no JWT/],
    ['that is a list', () => encoded('{}', '[]'), /no JWT/],
    ['with a claim twice', () => encoded('{}', '{"sub":"a","sub":"b"}'), /`sub` is there twice/],
    ['with a claim in two cases', () => encoded('{}', '{"sub":"a","SUB":"b"}'), /differ in their case alone/],
    ['that is longer than any', () => `${'x'.repeat(12_000)}.y.z`, /longer than 12000/],
  ])('%s is refused', async (_, token, reason) => {
    expect(await reasonOf(await token())).toMatch(reason);
  });

  it('is of the one upstream that admits it, and of none where two do', async () => {
    const jwt = await key.sign(POD);
    const dev = upstream({ name: 'dev', admit: [{ claim: '/kubernetes.io/namespace', anyOf: [{ equals: 'dev' }] }] });
    const any = upstream({ name: 'any', admit: [{ claim: 'sub', anyOf: [{ like: 'system:*' }] }] });
    expect(await reasonOf(jwt, dev, upstream())).toBe('admitted by cluster');
    expect(await reasonOf(jwt, any, upstream())).toBe('the upstreams any and cluster both admit it');
  });

  it('is not refused for good while the keys cannot be had', async () => {
    state.away = true;
    const verified = await verifyUpstream(trusted(upstream()), await key.sign(POD), NOW);
    state.away = false;
    expect(verified).toMatchObject({ ok: false, unavailable: true });
    expect(verified).toHaveProperty('reason', `the keys of ${CLUSTER} cannot be had: connection refused`);
  });
});
