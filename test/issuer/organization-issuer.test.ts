/** Organizations with issuer URLs of their own: which ids can have one, whose tokens are whose, and what is remembered. */
import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { latestAudit } from '../../src/issuer/audit.ts';
import { discoveryDocument, jwksDocument } from '../../src/issuer/documents.ts';
import { exchange } from '../../src/issuer/exchange.ts';
import { checkOrganizationId, issuerOf, organizationIssuers } from '../../src/issuer/organization-issuer.ts';
import { putOrganization } from '../../src/issuer/organization.ts';
import { previewSubjects } from '../../src/issuer/preview.ts';
import { register } from '../../src/issuer/registration.ts';
import { type IssuerSettings } from '../../src/issuer/settings.ts';
import { upstreamKeys } from '../../src/issuer/upstream/keys.ts';
import { ONA, type TestIssuer, configuration, registered, request, testIssuer } from './issuer.ts';
import { CLUSTER, POD, documents, signingKey, upstream } from './upstream/upstream.ts';

const EACH: IssuerSettings = { ...ONA, url: 'https://tokens.example.com/oidc', perOrganization: true };

describe('an id', () => {
  it.each([
    ['acme', true],
    ['0191e223-f0cd-7aa5-9a1a-2d5f6ab4a1d2', true],
    ['a.b_c', true],
    ['Acme', false],
    ['.', false],
    ['..', false],
    ['.well-known', false],
    ['-', false],
    ['a/b', false],
    ['a%2fb', false],
    ['', false],
    ['a'.repeat(100), true],
    ['a'.repeat(101), false],
  ])('%s can stand in a URL: %s', (id, can) => {
    expect(checkOrganizationId(EACH, id).length === 0).toBe(can);
    expect(checkOrganizationId(ONA, id)).toEqual([]);
  });

  it('is refused where the URL would be longer than AWS takes, and where it could not stand in one', async () => {
    const long = { ...EACH, url: `https://tokens.example.com/${'a'.repeat(200)}` };
    const put = (settings: IssuerSettings, id: string) =>
      testIssuer(settings).then((issuer) => putOrganization(issuer, id, configuration()));
    expect(await put(long, 'b'.repeat(50))).toMatchObject({
      kind: 'invalid',
      problems: [{ message: expect.stringMatching(/at most 255 characters/) as unknown }],
    });
    expect(await put(EACH, 'Acme')).toMatchObject({
      kind: 'invalid',
      problems: [{ message: 'the organization Acme cannot stand in an issuer URL' }],
    });
    expect(await put(EACH, 'b'.repeat(50))).toMatchObject({ ok: true });
    expect(await put(ONA, 'Acme')).toMatchObject({ ok: true });
  });
});

const ask = (issuer: TestIssuer, organization: string, credential: string) =>
  exchange(issuerOf(issuer, organization), { subject: { kind: 'credential', credential }, audiences: ['a'] });

describe('tokens', () => {
  it('have the URL of their organization as `iss`, and the documents too', async () => {
    const issuer = await testIssuer(EACH);
    const { credential } = await registered(issuer);
    const answer = await ask(issuer, 'acme', credential);
    expect(answer.ok && decodeJwt(answer.token).iss).toBe('https://tokens.example.com/oidc/acme');
    const [acme, beta] = ['acme', 'beta'].map((id) => issuerOf(issuer, id)) as [TestIssuer, TestIssuer];
    expect(JSON.parse(discoveryDocument(acme).body)).toMatchObject({
      issuer: 'https://tokens.example.com/oidc/acme',
      jwks_uri: 'https://tokens.example.com/oidc/acme/.well-known/jwks.json',
      token_endpoint: 'https://tokens.example.com/oidc/acme/token',
    });
    expect(JSON.parse(discoveryDocument(beta).body)).toMatchObject({ issuer: 'https://tokens.example.com/oidc/beta' });
    expect(jwksDocument(acme).body).toBe(jwksDocument(beta).body);
  });

  it('have it even where they are asked of the issuer of all', async () => {
    const issuer = await testIssuer(EACH);
    const { credential } = await registered(issuer);
    const answer = await exchange(issuer, { subject: { kind: 'credential', credential }, audiences: ['a'] });
    expect(answer.ok && decodeJwt(answer.token).iss).toBe('https://tokens.example.com/oidc/acme');
  });

  it('are refused to a credential of another organization as to an unknown one, and the audit says why', async () => {
    const issuer = await testIssuer(EACH);
    const { credential, registration } = await registered(issuer);
    await putOrganization(issuer, 'beta', configuration());
    const refused = await ask(issuer, 'beta', credential);
    const unknown = await ask(
      issuer,
      'beta',
      credential.replace(/\.(.)/, (_, first) => (first === 'a' ? '.b' : '.a')),
    );
    expect(refused).toEqual(unknown);
    expect(refused).toMatchObject({ ok: false, unauthenticated: true });
    expect(await latestAudit(issuer.store, 2)).toMatchObject([
      { kind: 'refused', organization: 'beta', reason: 'invalid_request: the secret is wrong' },
      {
        kind: 'refused',
        organization: 'beta',
        registration: registration.id,
        reason: 'invalid_request: it is of the organization acme, not beta',
      },
    ]);
  });

  it('are refused to an upstream of another organization', async () => {
    const issuer = await testIssuer(EACH);
    await putOrganization(issuer, 'acme', configuration());
    await putOrganization(issuer, 'beta', configuration());
    const key = await signingKey('one');
    const { fetchDocument } = documents(() => [key.jwk]);
    const keyOf = upstreamKeys({ issuer: CLUSTER, fetchDocument, now: issuer.now });
    const trusting = { ...issuer, upstreams: [{ upstream: upstream(), keyOf }] };
    const subject = { kind: 'jwt', jwt: await key.sign(POD) } as const;
    const [acme, beta] = [issuerOf(trusting, 'acme'), issuerOf(trusting, 'beta')];
    expect(await exchange(acme, { subject, audiences: ['a'] })).toMatchObject({ ok: true });
    expect(await exchange(beta, { subject, audiences: ['a'] })).toMatchObject({ ok: false, unauthenticated: true });
  });
});

it('previews `iss` as the organization has it', async () => {
  const issuer = await testIssuer(EACH);
  await registered(issuer);
  const iss = 'https://tokens.example.com/oidc/acme';
  expect(await previewSubjects(issuer, 'acme', configuration({ profile: 'ona-v2' }))).toMatchObject({
    value: [{ before: { value: { iss } }, after: { value: { iss } } }],
  });
});

describe('known organizations', () => {
  /** Counts what is asked of the store, and fails while it is down. */
  async function watched(ids: readonly string[], kept?: number) {
    const issuer = await testIssuer(EACH);
    for (const id of ids) await putOrganization(issuer, id, configuration());
    const asked: string[] = [];
    let down = false;
    const { organizations } = issuer.store;
    const find: typeof organizations.find = (name, id) => {
      asked.push(id);
      return down ? Promise.reject(new Error('the store is down')) : organizations.find(name, id);
    };
    const store = { ...issuer.store, organizations: { ...organizations, find } };
    const known = organizationIssuers({ ...issuer, store }, kept);
    const setDown = () => {
      down = true;
    };
    return { ...known, issuer, asked, setDown };
  }

  it('are found while the store is down, and the others are not taken for unknown', async () => {
    const { find, setDown } = await watched(['acme', 'beta']);
    expect((await find('acme'))?.settings.url).toBe('https://tokens.example.com/oidc/acme');
    setDown();
    expect((await find('acme'))?.settings.url).toBe('https://tokens.example.com/oidc/acme');
    await expect(find('beta')).rejects.toThrow('the store is down');
  });

  it('are loaded, however many there are, up to those that are kept', async () => {
    const ids = Array.from({ length: 1005 }, (_, index) => `o${String(index).padStart(4, '0')}`);
    const { load, known } = await watched(ids, 1003);
    await load();
    expect(ids.filter((id) => known(id) === undefined)).toEqual(['o1003', 'o1004']);
  });

  it('are forgotten in the order in which they were asked for, and unknown ones are never kept', async () => {
    const { find, known, asked } = await watched(['a', 'b', 'c'], 2);
    for (const id of ['a', 'b', 'a', 'nobody', 'nobody', 'c']) await find(id);
    expect(asked).toEqual(['a', 'b', 'nobody', 'nobody', 'c']);
    expect(['a', 'b', 'c', 'nobody'].map((id) => known(id) !== undefined)).toEqual([true, false, true, false]);
  });

  it('are not those whose id cannot stand in a URL, and the store is not asked for them', async () => {
    const { find, asked } = await watched([]);
    expect(await Promise.all(['Acme', '..', 'a/b'].map(find))).toEqual([undefined, undefined, undefined]);
    expect(asked).toEqual([]);
  });

  it('leave out those from before whose id cannot stand in a URL', async () => {
    const issuer = await testIssuer(ONA);
    await putOrganization(issuer, 'Acme', configuration());
    await putOrganization(issuer, 'beta', configuration());
    const { load, known } = organizationIssuers({ ...issuer, settings: EACH });
    await load();
    expect(['Acme', 'beta'].map((id) => known(id)?.settings.organization)).toEqual([undefined, 'beta']);
  });
});

it('registers for an organization as any issuer does', async () => {
  const issuer = await testIssuer(EACH);
  await putOrganization(issuer, 'beta', configuration());
  expect(await register(issuer, request({ organization: 'beta' }))).toMatchObject({ ok: true });
});
