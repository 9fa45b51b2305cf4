import { createRemoteJWKSet, customFetch, type FetchImplementation, jwtVerify } from 'jose';
import { afterAll, describe, expect, it } from 'vitest';
import { ENVIRONMENT, JOB, WORKSPACE } from '../issuer/issuer.ts';
import { HOSTS, exchangeForm, registerOver, runIssuer, tokenOver } from '../serve/running.ts';

const running = await runIssuer({ cleanup: afterAll });
const { get } = running;

/** Verifies as a relying party does: the address of the keys is the issuer's own, led to the listener on loopback. */
async function verify(jwksUri: string, token: string) {
  const lead: FetchImplementation = async (url) => {
    const { host, pathname } = new URL(url);
    const { status, text } = await running.get(host, pathname);
    return new Response(text, { status });
  };
  const keys = createRemoteJWKSet(new URL(jwksUri), { [customFetch]: lead });
  return jwtVerify(token, keys, { currentDate: new Date() });
}

interface Discovery {
  readonly issuer: string;
  readonly jwks_uri: string;
}

describe('a relying party', () => {
  it.each([
    ['ona', '', { profile: 'ona-v3' }, ENVIRONMENT, 'RS256'],
    ['gitlab', '', { profile: 'gitlab-id-token' }, JOB, 'RS256'],
    ['classic', '/idp', { profile: 'gitpod-classic' }, WORKSPACE, 'ES256'],
    ['classic', '/idp', { profile: 'gitpod-classic', algorithm: 'RS256' }, WORKSPACE, 'RS256'],
  ] as const)('verifies tokens of %s%s by discovery', async (name, path, organization, facts, alg) => {
    const { credential } = await registerOver(running, name, organization, facts);
    const token = await tokenOver(running, HOSTS[name], `${path}/token`, exchangeForm(credential, 'sts.amazonaws.com'));
    const { json } = await running.get(HOSTS[name], `${path}/.well-known/openid-configuration`);
    const { issuer, jwks_uri } = json as Discovery;
    expect(issuer).toBe(`https://${HOSTS[name]}${path}`);
    const { payload, protectedHeader } = await verify(jwks_uri, token);
    expect([payload.iss, protectedHeader.alg]).toEqual([issuer, alg]);
  });

  it('verifies the job token of GitLab, which has no audience, by the JWKS alone', async () => {
    const organization = { profile: 'gitlab-id-token' };
    const { credential } = await registerOver(running, 'gitlab', organization, JOB, { profile: 'gitlab-job-jwt' });
    const token = await tokenOver(running, HOSTS.gitlab, '/token', exchangeForm(credential, 'vault.hashicorp.com'));
    const { payload } = await verify('https://gitlab.example.com/-/jwks', token);
    expect(payload).toMatchObject({ iss: 'gitlab.example.com', sub: '22' });
    expect(payload).not.toHaveProperty('aud');
  });

  it('verifies nothing of another issuer of the same server', async () => {
    const { credential } = await registerOver(running, 'ona', { profile: 'ona-v3' }, ENVIRONMENT);
    const token = await tokenOver(running, HOSTS.ona, '/token', exchangeForm(credential, 'a'));
    await expect(verify('https://gitlab.example.com/-/jwks', token)).rejects.toMatchObject({
      code: 'ERR_JWKS_NO_MATCHING_KEY',
    });
  });
});

describe('documents', () => {
  it('discovery says what is true and no more', async () => {
    const { json, headers } = await get(HOSTS.classic, '/idp/.well-known/openid-configuration');
    expect(headers['cache-control']).toBe('public, max-age=300');
    expect(json).toMatchObject({
      issuer: 'https://services.acme.gitpod.cloud/idp',
      jwks_uri: 'https://services.acme.gitpod.cloud/idp/.well-known/jwks.json',
      token_endpoint: 'https://services.acme.gitpod.cloud/idp/token',
      id_token_signing_alg_values_supported: ['ES256', 'RS256'],
      claims_supported: expect.arrayContaining(['azp', 'context']) as unknown,
      token_endpoint_auth_methods_supported: ['none'],
    });
    expect(json).not.toHaveProperty('authorization_endpoint');
  });

  it('the JWKS has what AWS and Vault read, and never a private member', async () => {
    const { json } = await get(HOSTS.classic, '/idp/.well-known/jwks.json');
    const { keys } = json as { keys: Record<string, unknown>[] };
    expect(keys.map((key) => Object.keys(key).sort())).toEqual(
      expect.arrayContaining([
        ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'],
        ['alg', 'e', 'kid', 'kty', 'n', 'use'],
      ]),
    );
  });

  it('are the same at every path of the JWKS', async () => {
    const [one, other] = [await get(HOSTS.gitlab, '/-/jwks'), await get(HOSTS.gitlab, '/oauth/discovery/keys')];
    expect(one.text).toBe(other.text);
  });

  it('are revalidated by ETag', async () => {
    const path = '/.well-known/jwks.json';
    const { headers } = await get(HOSTS.ona, path);
    const etag = String(headers.etag);
    expect(await get(HOSTS.ona, path, { 'if-none-match': `"x", W/${etag}` })).toMatchObject({ status: 304, text: '' });
    expect(await get(HOSTS.ona, path, { 'if-none-match': '"x"' })).toMatchObject({ status: 200 });
  });
});

describe('hosts', () => {
  const PATH = '/.well-known/openid-configuration';

  it.each(['app.gitpod.io', 'APP.gitpod.io', 'app.gitpod.io:8443', 'app.gitpod.io.'])('%s is served', async (host) => {
    expect(await get(host, PATH)).toMatchObject({ status: 200, json: { issuer: 'https://app.gitpod.io' } });
  });

  it.each([
    ['a host that is not configured', 'evil.example', PATH],
    ['no name', '127.0.0.1', PATH],
    ["another issuer's path", 'app.gitpod.io', '/-/jwks'],
    ['an issuer without its path', 'services.acme.gitpod.cloud', PATH],
    ['a prefix of a host', 'app.gitpod.i', PATH],
    ['the admin API', 'app.gitpod.io', '/admin/audit'],
  ])('%s is 404, as a problem', async (_what, host, path) => {
    const reply = await get(host, path);
    expect(reply).toMatchObject({ status: 404, json: { title: 'Not Found', status: 404 } });
    expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
  });
});

it('is alive and ready at any host', async () => {
  expect(await get('10.0.0.1', '/healthz')).toMatchObject({ status: 200, json: { status: 'ok' } });
  expect(await get('10.0.0.1', '/readyz')).toMatchObject({
    status: 200,
    json: { status: 'ready', checks: { store: 'ok', 'issuer ona': 'ok' } },
  });
});

it.each([
  ['a document', '/.well-known/openid-configuration', 200],
  ['what is not there', '/nothing', 404],
  ['what cannot be decoded', '/%ff', 400],
])('no browser takes %s for something else', async (_what, path, status) => {
  expect(await get(HOSTS.ona, path)).toMatchObject({ status, headers: { 'x-content-type-options': 'nosniff' } });
});
