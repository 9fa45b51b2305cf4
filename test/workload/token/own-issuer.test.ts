import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { createHttp } from '../../../src/workload/http.ts';
import { obtainToken } from '../../../src/workload/token/obtain.ts';
import { failureOf } from '../support/failures.ts';
import { directory } from '../support/files.ts';
import { json, serve, type Answer, type Received, type TestServer } from '../support/server.ts';
import { CLAIMS, createIssuer } from '../support/tokens.ts';

const CREDENTIAL = 'idpw_s3cretCredential';
let token: string;
beforeAll(async () => {
  token = await (await createIssuer()).sign({ ...CLAIMS, aud: ['a', 'b'] });
});

interface IssuerServer extends TestServer {
  readonly issuer: string;
}

/** An issuer with a path, as Gitpod Classic's is; `answer` is its token endpoint. */
async function issuerServer(
  answer: (request: Received) => Answer,
  metadata: Record<string, unknown> = {},
): Promise<IssuerServer> {
  let issuer = '';
  const server = await serve((request) =>
    request.url.pathname === '/idp/.well-known/openid-configuration'
      ? json({ issuer, token_endpoint: `${issuer}/token`, ...metadata })
      : answer(request),
  );
  issuer = `${server.url}/idp`;
  return { ...server, issuer };
}

const obtain = (env: Record<string, string>, ...audiences: string[]) =>
  obtainToken({ audiences, acceptsNoAudience: false }, { env, http: createHttp(env) });
const minted = () =>
  json({
    access_token: token,
    issued_token_type: 'urn:ietf:params:oauth:token-type:id_token',
    token_type: 'N_A',
    expires_in: 3600,
  });

it('exchanges the credential by RFC 8693, with every audience', async () => {
  await using server = await issuerServer(minted);
  const got = await obtain({ IDP_ISSUER_URL: server.issuer, IDP_CREDENTIAL: CREDENTIAL }, 'a', 'b');
  expect(got).toMatchObject({ jwt: token, source: 'issuer' });
  const request = server.received[1];
  expect(request).toMatchObject({ method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  expect(request?.url.pathname).toBe('/idp/token');
  expect([...new URLSearchParams(request?.body)]).toEqual([
    ['grant_type', 'urn:ietf:params:oauth:grant-type:token-exchange'],
    ['subject_token', CREDENTIAL],
    ['subject_token_type', 'urn:idp-kit:params:oauth:token-type:workload-credential'],
    ['requested_token_type', 'urn:ietf:params:oauth:token-type:id_token'],
    ['audience', 'a'],
    ['audience', 'b'],
  ]);
});

it('prefers the credential file', async () => {
  await using files = await directory();
  const path = join(files.path, 'credential');
  await writeFile(path, `${CREDENTIAL}\n`);
  await using server = await issuerServer(minted);
  await obtain({ IDP_ISSUER_URL: server.issuer, IDP_CREDENTIAL_FILE: path, IDP_CREDENTIAL: 'other' });
  expect(new URLSearchParams(server.received[1]?.body).get('subject_token')).toBe(CREDENTIAL);
  await writeFile(path, '\n');
  expect(
    (await failureOf(() => obtain({ IDP_ISSUER_URL: server.issuer, IDP_CREDENTIAL_FILE: path }))).message,
  ).toContain('empty');
});

it.each(['other issuer', 'slash'])('keeps the credential when discovery names another issuer: %s', async (kind) => {
  await using server = await issuerServer(minted, kind === 'slash' ? {} : { issuer: 'https://evil.example' });
  const failure = await failureOf(() =>
    obtain({ IDP_ISSUER_URL: server.issuer + (kind === 'slash' ? '/' : ''), IDP_CREDENTIAL: CREDENTIAL }),
  );
  expect(failure.code).toBe('token-source-misconfigured');
  expect(server.received).toHaveLength(1);
});

it('keeps the credential when the token endpoint is not secure', async () => {
  await using server = await issuerServer(minted, { token_endpoint: 'http://evil.example/token' });
  expect(await failureOf(() => obtain({ IDP_ISSUER_URL: server.issuer, IDP_CREDENTIAL: CREDENTIAL }))).toMatchObject({
    code: 'bad-input',
  });
});

it.each([
  [{ IDP_ISSUER_URL: 'https://issuer.example' }, 'no workload credential'],
  [{ IDP_CREDENTIAL: CREDENTIAL }, 'IDP_ISSUER_URL is not'],
])('says what is missing beside %j', async (env, message) => {
  const failure = await failureOf(() => obtain(env));
  expect(failure.code).toBe('token-source-misconfigured');
  expect(failure.message).toContain(message);
});

it.each([
  [
    json({ error: 'invalid_target', error_description: `no ${CREDENTIAL} for c` }, 400),
    'issuer-refused',
    /invalid_target: no \[secret\] for c/,
  ],
  [json({ error: 'invalid_grant' }, 400), 'issuer-refused', /invalid_grant/],
  [json({ error: 'constructor' }, 400), 'issuer-refused', /constructor/],
  [json({ error: 'temporarily_unavailable' }, 503), 'unavailable', /503/],
  [{ status: 404, body: 'not here' }, 'reply-invalid', /404/],
  [{ status: 302, headers: { location: 'https://login.example' } }, 'reply-invalid', /redirect/],
  [
    json({ access_token: 'x', issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' }),
    'reply-invalid',
    /issued_token_type/,
  ],
  [{ body: '<html>' }, 'reply-invalid', /something else/],
])('explains %j', async (answer, code, message) => {
  await using server = await issuerServer(() => answer);
  const failure = await failureOf(() => obtain({ IDP_ISSUER_URL: server.issuer, IDP_CREDENTIAL: CREDENTIAL }));
  expect(failure.code).toBe(code);
  expect(failure.message).toMatch(message);
  expect(failure.message + failure.hint).not.toContain(CREDENTIAL);
});
