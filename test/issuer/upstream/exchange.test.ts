import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { latestAudit } from '../../../src/issuer/audit.ts';
import { exchange } from '../../../src/issuer/exchange.ts';
import { putOrganization } from '../../../src/issuer/organization.ts';
import { upstreamKeys } from '../../../src/issuer/upstream/keys.ts';
import { type Upstream } from '../../../src/issuer/upstream/upstream.ts';
import { configuration, testIssuer } from '../issuer.ts';
import { CLUSTER, NOW, OWN, POD, documents, signingKey, upstream } from './upstream.ts';

const key = await signingKey('one');

async function world(changes: Partial<Upstream> = {}) {
  const served = documents(() => [key.jwk]);
  const { fetchDocument } = served;
  const bare = await testIssuer();
  const keyOf = upstreamKeys({ issuer: CLUSTER, fetchDocument, now: bare.now });
  const issuer = { ...bare, upstreams: [{ upstream: upstream(changes), keyOf }] };
  await putOrganization(issuer, 'acme', configuration({ subFields: ['creator_id'] }));
  const ask = async (claims: object = POD) =>
    exchange(issuer, { subject: { kind: 'jwt', jwt: await key.sign(claims) }, audiences: ['sts.amazonaws.com'] });
  return { issuer, ask, ...served };
}

describe("an upstream's token", () => {
  it("becomes the issuer's own, with the facts of the mapping, and ends with it", async () => {
    const { ask, issuer } = await world();
    const answer = await ask();
    expect(answer).toMatchObject({ ok: true, expiresIn: 600 });
    expect(decodeJwt(answer.ok ? answer.token : '')).toMatchObject({
      iss: OWN,
      sub: 'organization_id:0191e223-1111:project_id:5c1f9d0e-0001:creator_id:deployer',
      aud: ['sts.amazonaws.com'],
      environment_id: '7a2b3c4d-0002',
      exp: NOW + 600,
    });
    const [entry] = await latestAudit(issuer.store, 1);
    expect(entry).toMatchObject({ kind: 'issued', organization: 'acme', upstream: 'cluster', registration: null });
  });

  it('that is not admitted is refused in words that tell nothing, and the audit has the reason', async () => {
    const { ask, issuer } = await world();
    const answer = await ask({ ...POD, 'kubernetes.io': { namespace: 'dev' } });
    expect(answer).toMatchObject({ ok: false, error: 'invalid_request' });
    expect(JSON.stringify(answer)).not.toContain('dev');
    expect((await latestAudit(issuer.store, 1))[0]?.reason).toContain('expected ci, and it is "dev"');
  });

  it.each<[string, Partial<Upstream>, object, RegExp]>([
    ['a fact is missing', {}, { 'kubernetes.io': { namespace: 'ci', serviceaccount: {} } }, /`creator_id` is missing/],
    [
      'a fact has characters that it cannot have',
      { facts: { ...upstream().facts, project_id: { claim: 'sub' } } },
      {},
      /`project_id` has characters/,
    ],
    ['the organization is not there', { organization: 'nobody' }, {}, /of no upstream/],
    ['it has expired, though clocks may be off', {}, { exp: NOW - 30 }, /has expired/],
  ])('is refused where %s', async (_, changes, claims, says) => {
    const { ask } = await world(changes);
    const answer = await ask({ ...POD, ...claims });
    expect(answer).toMatchObject({ ok: false, error: 'invalid_request' });
    expect(answer.ok ? '' : answer.description).toMatch(says);
  });

  it('waits for the keys of the upstream, and needs no restart', async () => {
    const { ask, state, issuer } = await world();
    state.away = true;
    expect(await ask()).toMatchObject({ ok: false, error: 'temporarily_unavailable' });
    state.away = false;
    issuer.wait(30);
    expect(await ask()).toMatchObject({ ok: true });
  });
});
