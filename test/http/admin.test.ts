import { afterAll, describe, expect, it } from 'vitest';
import { ENVIRONMENT } from '../issuer/issuer.ts';
import { HOSTS, exchangeForm, registerOver, runIssuer, tokenOver } from '../serve/running.ts';

/** For tests that change nothing. */
const unchanged = await runIssuer({ cleanup: afterAll });

const ACME = '/admin/issuers/ona/organizations/acme';

describe('without the admin token', () => {
  it.each([
    ['none', {}],
    ['another', { authorization: 'Bearer another-admin-token-of-tests' }],
    ['an empty one', { authorization: 'Bearer ' }],
    ['another scheme', { authorization: 'Basic YTpi' }],
  ])('%s: every route is closed', async (_what, headers) => {
    const { admin } = unchanged;
    for (const [method, path] of [
      ['GET', '/admin/audit'],
      ['PUT', ACME],
      ['DELETE', '/admin/registrations/x'],
      ['POST', '/admin/issuers/ona/keys/replace'],
    ] as const) {
      const reply = await admin(method, path, undefined, { authorization: '', ...headers });
      expect(reply).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
    }
  });
});

describe('organizations', () => {
  it('are put and read back', async () => {
    const { admin } = await runIssuer();
    const body = { profile: 'ona-v3', sub_fields: ['creator_email'], audiences: ['a'], token_life_seconds: 600 };
    const put = await admin('PUT', ACME, body);
    expect(put).toMatchObject({ status: 200, headers: { etag: '"1"' }, json: { issuer: 'ona', id: 'acme', ...body } });
    expect((await admin('GET', ACME)).json).toEqual(put.json);
  });

  it('are changed by whoever has read the latest version', async () => {
    const { admin } = await runIssuer();
    await admin('PUT', ACME, { profile: 'ona-v3' });
    expect(await admin('PUT', ACME, { profile: 'ona-v2' }, { 'if-match': '"1"' })).toMatchObject({ status: 200 });
    expect(await admin('PUT', ACME, { profile: 'ona-v3' }, { 'if-match': '"1"' })).toMatchObject({
      status: 412,
      json: { title: 'Precondition Failed', detail: expect.stringMatching(/version 2 now/) as unknown },
    });
    expect(await admin('PUT', ACME, { profile: 'ona-v3' }, { 'if-match': 'x' })).toMatchObject({ status: 400 });
    expect((await admin('GET', ACME)).json).toMatchObject({ version: 2, profile: 'ona-v2' });
    const other = '/admin/issuers/ona/organizations/other';
    expect(await admin('PUT', other, { profile: 'ona-v3' }, { 'if-match': '"1"' })).toMatchObject({ status: 412 });
    expect(await admin('GET', other)).toMatchObject({ status: 404 });
  });
});

describe('registrations', () => {
  it('are made, shown without the credential, and removed', async () => {
    const { admin } = await runIssuer();
    await admin('PUT', ACME, { profile: 'ona-v3' });
    const made = await admin('POST', '/admin/issuers/ona/registrations', { organization: 'acme', facts: ENVIRONMENT });
    const { id, credential, subject, ...shown } = made.json as Record<string, unknown>;
    const path = `/admin/registrations/${String(id)}`;
    expect(made).toMatchObject({ status: 201, headers: { location: path, 'cache-control': 'no-store' } });
    expect([credential, subject]).toEqual([
      expect.stringMatching(/^idpk_/),
      'organization_id:0191e223-1111:project_id:019527e4-2222',
    ]);
    expect((await admin('GET', path)).json).toEqual({ id, ...shown });
    expect(await admin('DELETE', path)).toMatchObject({ status: 204, text: '' });
    expect(await admin('DELETE', path)).toMatchObject({ status: 404 });
    expect(await admin('GET', path)).toMatchObject({ status: 404 });
  });
});

it('previews what a switch of the profile does to `sub`', async () => {
  const running = await runIssuer();
  const { id } = await registerOver(running, 'ona', { profile: 'ona-v3' }, ENVIRONMENT);
  const body = { organization: 'acme', profile: 'ona-v2' };
  const rest = { iss: 'https://app.gitpod.io', token_life_seconds: 3600 };
  expect((await running.admin('POST', '/admin/issuers/ona/subject-preview', body)).json).toEqual({
    subjects: [
      {
        registration: id,
        before: { ...rest, sub: 'organization_id:0191e223-1111:project_id:019527e4-2222' },
        after: { ...rest, sub: 'org:0191e223-1111/prj:019527e4-2222/env:0195aaaa-3333' },
        changes: true,
      },
    ],
  });
});

describe('keys', () => {
  const keysOf = (json: unknown) =>
    (json as { keys: { kid: string; state: string }[] }).keys.map(({ kid, state }) => `${kid} ${state}`);

  it('are shown, rotated once at a time and replaced', async () => {
    const { admin } = await runIssuer();
    const path = '/admin/issuers/ona/keys';
    const shown = await admin('GET', path);
    expect(keysOf(shown.json)).toEqual(['k0 active']);
    expect(shown.text).not.toMatch(/"d"|handle|[sk]1\./);
    expect(keysOf((await admin('POST', `${path}/rotate`)).json)).toEqual(['k0 active', 'k1 pending']);
    expect(await admin('POST', `${path}/rotate`)).toMatchObject({ status: 409 });
    expect(keysOf((await admin('POST', `${path}/replace`)).json)).toEqual(['k0 removed', 'k1 removed', 'k2 active']);
    expect((await admin('GET', '/admin/audit?limit=2')).json).toMatchObject({
      entries: [
        { kind: 'keys-replaced', kid: 'k2' },
        { kind: 'keys-rotated', kid: 'k1' },
      ],
    });
  });

  it('are published from the next request on', async () => {
    const { admin, get } = await runIssuer();
    const path = '/.well-known/jwks.json';
    const before = await get(HOSTS.ona, path);
    await admin('POST', '/admin/issuers/ona/keys/replace');
    const after = await get(HOSTS.ona, path, { 'if-none-match': String(before.headers.etag) });
    expect(after).toMatchObject({ status: 200, json: { keys: [{ kid: 'k1' }] } });
  });
});

it('shows the audit, the newest first', async () => {
  const running = await runIssuer();
  const { credential } = await registerOver(running, 'ona', { profile: 'ona-v3' }, ENVIRONMENT);
  await tokenOver(running, HOSTS.ona, '/token', exchangeForm(credential, 'a'));
  const { json } = await running.admin('GET', '/admin/audit?limit=2');
  expect(json).toMatchObject({ entries: [{ kind: 'issued', aud: ['a'] }, { kind: 'registered' }] });
  expect(await running.admin('GET', '/admin/audit?limit=0')).toMatchObject({ status: 422 });
});

describe('a request that needs no body', () => {
  it.each([
    ['the type of JSON', { 'content-type': 'application/json' }],
    ['the type of a form, which curl sends', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['no type', {}],
  ])('is taken with an empty one and %s', async (_what, headers) => {
    const running = await runIssuer();
    const { id } = await registerOver(running, 'ona', { profile: 'ona-v3' }, ENVIRONMENT);
    const { admin } = running;
    for (const body of [undefined, '']) {
      await admin('POST', '/admin/issuers/ona/keys/replace', body, headers);
      expect(await admin('POST', '/admin/issuers/ona/keys/rotate', body, headers)).toMatchObject({ status: 200 });
      expect(await admin('POST', '/admin/issuers/ona/keys/replace', body, headers)).toMatchObject({ status: 200 });
    }
    const path = `/admin/registrations/${id}`;
    expect(await admin('DELETE', path, undefined, headers)).toMatchObject({ status: 204 });
    expect(await admin('DELETE', path, '', headers)).toMatchObject({ status: 404 });
  });
});

describe('a bad request', () => {
  it.each([
    ['to no issuer', 'PUT', '/admin/issuers/nobody/organizations/acme', { profile: 'ona-v3' }, 404],
    ['to no route', 'GET', '/admin/nothing', undefined, 404],
    ['with a name that is none', 'PUT', '/admin/issuers/ona/organizations/a%20b', { profile: 'ona-v3' }, 422],
    ['with a name that is too long', 'GET', `/admin/registrations/${'x'.repeat(101)}`, undefined, 414],
    ['with a name that cannot be decoded', 'GET', '/admin/registrations/%zz', undefined, 400],
    ['that is no JSON', 'PUT', ACME, '{"profile"', 400],
    ['that is too large', 'PUT', ACME, { profile: 'x'.repeat(70_000) }, 413],
    ['without a body', 'PUT', ACME, undefined, 422],
    ['with an empty body', 'PUT', ACME, '', 422],
  ] as const)('%s is a problem', async (_what, method, path, body, status) => {
    const { admin } = unchanged;
    const reply = await admin(method, path, body);
    expect(reply).toMatchObject({ status, json: { type: 'about:blank', status } });
  });

  it('in a form is told that it must be JSON', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(await unchanged.admin('PUT', ACME, 'profile=ona-v3', form)).toMatchObject({ status: 415 });
  });
});
