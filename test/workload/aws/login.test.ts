import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loginAws } from '../../../src/workload/aws/login.ts';
import { createHttp } from '../../../src/workload/http.ts';
import { createAuthority } from '../support/certificates.ts';
import { failureOf } from '../support/failures.ts';
import { directory } from '../support/files.ts';
import { proxyTo } from '../support/proxy.ts';
import { freePort, serve } from '../support/server.ts';
import { CLAIMS, createIssuer, type TestIssuer } from '../support/tokens.ts';
import { EXPIRATION, granted, refused } from './sts.ts';

const LOGIN = {
  roleArn: 'arn:aws:iam::123456789012:role/deploy',
  audience: 'sts.amazonaws.com',
  profile: 'default',
  durationSeconds: 7200,
};

let issuer: TestIssuer;
let jwt: string;
beforeAll(async () => {
  issuer = await createIssuer();
  jwt = await issuer.sign(CLAIMS);
});

const ports = (homedir: string, sts: string, more: Record<string, string> = {}) => {
  const env = { IDP_TOKEN: jwt, AWS_ENDPOINT_URL_STS: sts, ...more };
  return { env, http: createHttp(env), homedir };
};

it('asks STS without a signature and writes what it grants', async () => {
  await using home = await directory();
  await using sts = await serve(() => granted());
  const result = await loginAws(LOGIN, ports(home.path, sts.url));
  const [request] = sts.received;
  expect(request?.headers.authorization).toBeUndefined();
  expect(Object.fromEntries(new URLSearchParams(request?.body))).toMatchObject({
    Action: 'AssumeRoleWithWebIdentity',
    RoleArn: LOGIN.roleArn,
    RoleSessionName: 'organization_id-0191e223-project_id-019527e4',
    DurationSeconds: '7200',
    WebIdentityToken: jwt,
  });
  expect(result).toMatchObject({
    accessKeyId: 'ASIANEW',
    profile: 'default',
    expiration: new Date(EXPIRATION),
    notes: [],
  });
  expect(await readFile(join(home.path, '.aws', 'credentials'), 'utf8')).toBe(
    `[default]\naws_access_key_id = ASIANEW\naws_secret_access_key = SECRETKEY/+\naws_session_token = SESSIONTOKEN==\nx_security_token_expires = ${EXPIRATION}\n`,
  );
});

it('says what keeps the profile from being used, and what was overwritten', async () => {
  await using home = await directory();
  await using sts = await serve(() => granted());
  await mkdir(join(home.path, '.aws'));
  await writeFile(
    join(home.path, '.aws', 'credentials'),
    '[ci]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\nrole_arn = x\n',
  );
  const { notes } = await loginAws({ ...LOGIN, profile: 'ci' }, ports(home.path, sts.url));
  expect(notes.join('\n')).toMatch(/AWS_PROFILE=ci[^]*role_arn[^]*AKIAIOSFODNN7EXAMPLE/);
  const shadowed = await loginAws(LOGIN, ports(home.path, sts.url, { AWS_ACCESS_KEY_ID: 'x' }));
  expect(shadowed.notes[0]).toContain('AWS_ACCESS_KEY_ID is set');
});

it('trusts AWS_CA_BUNDLE, and names it when the certificate is of another authority', async () => {
  await using home = await directory();
  const authority = await createAuthority();
  const bundle = join(home.path, 'ca.pem');
  await writeFile(bundle, authority.caPem);
  await using sts = await serve(() => granted(), authority.server);
  expect(await loginAws(LOGIN, ports(home.path, sts.url, { AWS_CA_BUNDLE: bundle }))).toMatchObject({
    profile: 'default',
  });
  const failure = await failureOf(() => loginAws(LOGIN, ports(home.path, sts.url)));
  expect(failure.code).toBe('unreachable');
  expect(failure.hint).toContain('AWS_CA_BUNDLE');
});

it('goes through HTTPS_PROXY', async () => {
  await using home = await directory();
  const authority = await createAuthority();
  const bundle = join(home.path, 'ca.pem');
  await writeFile(bundle, authority.caPem);
  await using sts = await serve(() => granted(), authority.server);
  await using proxy = await proxyTo(sts.url);
  const env = { AWS_CA_BUNDLE: bundle, HTTPS_PROXY: proxy.url };
  expect(await loginAws(LOGIN, ports(home.path, 'https://issuer.example', env))).toMatchObject({ profile: 'default' });
  expect(proxy.tunnels()).toEqual(['issuer.example:443']);
});

describe('refusals', () => {
  it.each([
    [400, 'InvalidIdentityToken', 'Incorrect token audience', 'aws-refused', /OIDC provider whose URL is exactly/],
    [400, 'ExpiredTokenException', 'Token expired: 2 must be before 1', 'aws-refused', /clock/],
    [
      403,
      'AccessDenied',
      'Not authorized to perform sts:AssumeRoleWithWebIdentity',
      'aws-refused',
      /"app.gitpod.io:sub" admits "organization_id:0191e223/,
    ],
    [
      400,
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
      'aws-refused',
      /7200 s[^]*3600/,
    ],
    [400, 'IDPCommunicationError', 'x', 'aws-refused', /https:\/\/app.gitpod.io\/.well-known/],
    [403, 'IDPRejectedClaim', 'x', 'aws-refused', /claim/],
    [403, 'RegionDisabledException', 'x', 'aws-refused', /--region/],
    [400, 'Unheard', 'x', 'aws-refused', /Look the code up/],
    [400, 'Throttling', 'Rate exceeded', 'unavailable', /Try again/],
    [503, 'ServiceUnavailable', 'x', 'unavailable', /Try again/],
  ])('%i %s', async (status, awsCode, message, code, hint) => {
    await using home = await directory();
    await using sts = await serve(() => refused(status, awsCode, message));
    const failure = await failureOf(() => loginAws(LOGIN, ports(home.path, sts.url)));
    expect(failure.code).toBe(code);
    expect(failure.hint).toMatch(hint);
    expect(failure.message).toContain(`AWS said ${awsCode}`);
    expect(failure.message).toContain(message);
    for (const value of [CLAIMS.iss, CLAIMS.sub, CLAIMS.aud]) expect(failure.message).toContain(JSON.stringify(value));
    expect(failure.message + failure.hint).not.toContain(jwt.split('.')[2]);
    await expect(access(join(home.path, '.aws'))).rejects.toThrow();
  });

  it('hides a token that AWS echoes', async () => {
    await using home = await directory();
    await using sts = await serve(() => refused(400, 'InvalidIdentityToken', `bad token ${jwt}`));
    const failure = await failureOf(() => loginAws(LOGIN, ports(home.path, sts.url)));
    expect(failure.message).toContain('bad token [secret]');
  });

  it('tells a proxy page and a dead endpoint from STS', async () => {
    await using home = await directory();
    await using sts = await serve(() => ({
      status: 200,
      body: '<html>log in</html>',
      headers: { 'content-type': 'text/html' },
    }));
    expect((await failureOf(() => loginAws(LOGIN, ports(home.path, sts.url)))).code).toBe('reply-invalid');
    await using broken = await serve(() => ({ status: 407, body: 'proxy says no' }));
    expect((await failureOf(() => loginAws(LOGIN, ports(home.path, broken.url)))).code).toBe('reply-invalid');
    const dead = await failureOf(async () => loginAws(LOGIN, ports(home.path, `http://127.0.0.1:${await freePort()}`)));
    expect(dead.message).toContain('ECONNREFUSED');
    expect((await failureOf(() => loginAws(LOGIN, ports(home.path, 'http://sts.example')))).code).toBe('bad-input');
  });

  it('asks nobody when the token cannot do', async () => {
    await using home = await directory();
    await using sts = await serve(() => granted());
    const env = { CI_JOB_JWT: jwt, AWS_ENDPOINT_URL_STS: sts.url };
    const failure = await failureOf(() => loginAws(LOGIN, { env, http: createHttp(env), homedir: home.path }));
    expect(failure).toMatchObject({ code: 'audience-unavailable' });
    expect(failure.hint).toContain('id_tokens');
    expect(sts.received).toHaveLength(0);
  });
});
