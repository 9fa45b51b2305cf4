/** An issuer whose organizations have issuer URLs of their own, over HTTP. */
import { createRemoteJWKSet, customFetch, decodeJwt, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENVIRONMENT } from '../issuer/issuer.ts';
import { CONFIG, type Running, exchangeForm, runIssuer } from '../serve/running.ts';

const HOST = 'tokens.example.com';
const URL_OF_ALL = `https://${HOST}/oidc`;

const EACH = `
  each:
    url: ${URL_OF_ALL}
    per_organization: true
    profiles: [{ profile: ona-v3 }, { profile: github }]
`;

let running: Running;
let credentials: Readonly<Record<'acme' | 'beta', string>>;

beforeAll(async () => {
  running = await runIssuer({ config: `${CONFIG}${EACH}metrics: { port: 0 }\n`, cleanup: afterAll });
  credentials = { acme: await registerIn('acme'), beta: await registerIn('beta') };
});

async function registerIn(organization: string): Promise<string> {
  await running.admin('PUT', `/admin/issuers/each/organizations/${organization}`, { profile: 'ona-v3' });
  const body = { organization, facts: ENVIRONMENT };
  const reply = await running.admin('POST', '/admin/issuers/each/registrations', body);
  return (reply.json as { readonly credential: string }).credential;
}

const askToken = (organization: string, credential: string) =>
  running.post(HOST, `/oidc/${organization}/token`, exchangeForm(credential, 'a'));

const askIdToken = (organization: string, credential: string) =>
  running.get(HOST, `/oidc/${organization}/id-token?audience=a`, { authorization: `Bearer ${credential}` });

/** Of the same registration, with a secret that is wrong. */
const withAnotherSecret = (credential: string) =>
  credential.replace(/\.(.)/, (_, first) => (first === 'a' ? '.b' : '.a'));

const tokenIn = (json: unknown): string => {
  const { access_token: token, value } = json as { readonly access_token?: string; readonly value?: string };
  return token ?? value ?? '';
};

/** Verifies as a relying party does that knows the issuer URL alone. */
async function verifyAt(organization: string, token: string) {
  const issuer = `${URL_OF_ALL}/${organization}`;
  const read = async (url: string) => {
    const { host, pathname } = new URL(url);
    return running.get(host, pathname);
  };
  const { json } = await read(`${issuer}/.well-known/openid-configuration`);
  const { jwks_uri: jwks } = json as { readonly jwks_uri: string };
  const keys = createRemoteJWKSet(new URL(jwks), {
    [customFetch]: async (url: string) => new Response((await read(url)).text),
  });
  return jwtVerify(token, keys, { issuer });
}

describe.each([
  ['the token endpoint', askToken],
  ['the request endpoint', askIdToken],
])('%s of an organization', (_what, ask) => {
  it('issues tokens that verify at its URL, and not at that of another', async () => {
    const token = tokenIn((await ask('acme', credentials.acme)).json);
    expect(decodeJwt(token).iss).toBe(`${URL_OF_ALL}/acme`);
    await expect(verifyAt('acme', token)).resolves.toBeDefined();
    await expect(verifyAt('beta', token)).rejects.toMatchObject({ code: 'ERR_JWT_CLAIM_VALIDATION_FAILED' });
  });

  it('refuses the credential of another as one that nobody has', async () => {
    const other = await ask('beta', credentials.acme);
    const nobodys = await ask('beta', withAnotherSecret(credentials.acme));
    expect([other.status, other.text]).toEqual([nobodys.status, nobodys.text]);
    expect(other.status).toBeGreaterThanOrEqual(400);
    const { json } = await running.admin('GET', '/admin/audit?organization=beta&kind=refused');
    const { entries } = json as { readonly entries: readonly { readonly reason: string }[] };
    expect(entries.map(({ reason }) => reason)).toContain('invalid_request: it is of the organization acme, not beta');
  });
});

describe('documents', () => {
  it('are each its own, with keys that all of them share', async () => {
    const read = async (id: string, name: string) => (await running.get(HOST, `/oidc/${id}/.well-known/${name}`)).json;
    const discovery = await Promise.all(['acme', 'beta'].map((id) => read(id, 'openid-configuration')));
    expect(discovery).toMatchObject(
      ['acme', 'beta'].map((id) => ({
        issuer: `${URL_OF_ALL}/${id}`,
        jwks_uri: `${URL_OF_ALL}/${id}/.well-known/jwks.json`,
        token_endpoint: `${URL_OF_ALL}/${id}/token`,
      })),
    );
    expect(await read('acme', 'jwks.json')).toEqual(await read('beta', 'jwks.json'));
  });

  it('follow a rotation at every URL', async () => {
    const kids = async (id: string) => {
      const { json } = await running.get(HOST, `/oidc/${id}/.well-known/jwks.json`);
      return (json as { readonly keys: readonly { readonly kid: string }[] }).keys.map(({ kid }) => kid);
    };
    const before = await kids('acme');
    await running.admin('POST', '/admin/issuers/each/keys/rotate');
    expect(await kids('acme')).toHaveLength(before.length + 1);
    expect(await kids('beta')).toEqual(await kids('acme'));
  });
});

describe('what is not there', () => {
  const DISCOVERY = '.well-known/openid-configuration';

  it.each([
    ['an organization that nobody put', `/oidc/gamma/${DISCOVERY}`],
    ['one that is there in another case', `/oidc/ACME/${DISCOVERY}`],
    ['one with a slash', `/oidc/a%2Fb/${DISCOVERY}`],
    ['an organization of another issuer', `/oidc/ona/${DISCOVERY}`],
  ])('%s is 404, as whatever is not served', async (_what, path) => {
    const reply = await running.get(HOST, path);
    expect(reply).toMatchObject({ status: 404, json: { detail: `nothing is served at ${HOST}${path}` } });
  });

  it.each([
    ['GET', `/oidc/${DISCOVERY}`],
    ['GET', '/oidc/.well-known/jwks.json'],
    ['GET', '/oidc/id-token'],
    ['POST', '/oidc/token'],
  ])('%s %s says which URLs there are, in the words of its clients', async (method, path) => {
    const reply = method === 'GET' ? await running.get(HOST, path) : await running.post(HOST, path, '');
    const detail = `${URL_OF_ALL} is no issuer: each organization has one of its own, ${URL_OF_ALL}/ORGANIZATION`;
    expect(reply).toMatchObject({
      status: 404,
      json: { detail, message: detail, error: 'invalid_request', error_description: detail },
    });
  });

  it('makes nobody look into the store more often than requests may be refused; those that are known are served', async () => {
    const config = `${CONFIG}${EACH}limits: { refusals_per_minute: 3 }\n`;
    const { get, admin } = await runIssuer({ config });
    const status = async (id: string) => (await get(HOST, `/oidc/${id}/${DISCOVERY}`)).status;
    await admin('PUT', '/admin/issuers/each/organizations/acme', { profile: 'ona-v3' });
    expect(await status('acme')).toBe(200);
    const guesses: number[] = [];
    for (const id of ['a', 'b', 'c', 'd']) guesses.push(await status(id));
    expect(guesses).toEqual([404, 404, 404, 429]);
    expect(await status('acme')).toBe(200);
  });
});

describe('the admin API', () => {
  it.each([
    ['each', 'acme', `${URL_OF_ALL}/acme`],
    ['ona', 'Acme', 'https://app.gitpod.io'],
  ])('shows the issuer URL of an organization of %s', async (issuer, id, url) => {
    const path = `/admin/issuers/${issuer}/organizations/${id}`;
    expect((await running.admin('PUT', path, { profile: 'ona-v3' })).json).toMatchObject({ issuer_url: url });
    expect((await running.admin('GET', path)).json).toMatchObject({ issuer_url: url });
  });

  it('refuses an id that cannot stand in a URL, with whatever else is wrong', async () => {
    const path = '/admin/issuers/each/organizations/Acme';
    const detail = 'the organization Acme cannot stand in an issuer URL';
    const body = { profile: 'ona-v3', token_life_seconds: 7200 };
    expect((await running.admin('PUT', path, body)).json).toMatchObject({ errors: [{ detail }, {}] });
    expect((await running.admin('PUT', path, { ...body, audience: [] })).json).toMatchObject({
      errors: expect.arrayContaining([expect.objectContaining({ detail })]) as unknown,
    });
  });

  it('bounds the life of tokens', async () => {
    const { admin } = running;
    const path = '/admin/issuers/ona/organizations/bounded';
    const lives = { token_life_seconds: 300, max_token_life_seconds: 600 };
    expect(await admin('PUT', path, { profile: 'ona-v3', ...lives })).toMatchObject({ status: 200, json: lives });
    const body = { organization: 'bounded', facts: ENVIRONMENT, token_life_seconds: 601 };
    expect(await admin('POST', '/admin/issuers/ona/registrations', body)).toMatchObject({
      status: 422,
      json: {
        errors: [{ pointer: '#/token_life_seconds', detail: "the organization's tokens live at most 600 seconds" }],
      },
    });
  });

  it('previews `iss` and the life as they become', async () => {
    const body = { organization: 'acme', profile: 'ona-v3', max_token_life_seconds: 120 };
    const reply = await running.admin('POST', '/admin/issuers/each/subject-preview', body);
    const iss = `${URL_OF_ALL}/acme`;
    expect(reply.json).toMatchObject({
      subjects: [
        { before: { iss, token_life_seconds: 3600 }, after: { iss, token_life_seconds: 120 }, changes: false },
      ],
    });
  });
});

it('has one route in the metrics for all organizations', async () => {
  await askToken('acme', credentials.acme);
  const metrics = await fetch(`${running.metricsUrl ?? ''}/metrics`).then((reply) => reply.text());
  expect(metrics).toContain('route="/oidc/:organization/token"');
  expect(metrics).not.toMatch(/acme|beta|gamma/);
});
