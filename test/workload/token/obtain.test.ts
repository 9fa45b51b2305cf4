import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createHttp } from '../../../src/workload/http.ts';
import { obtainToken } from '../../../src/workload/token/obtain.ts';
import type { TokenRequest } from '../../../src/workload/token/source.ts';
import { failureOf } from '../support/failures.ts';
import { directory } from '../support/files.ts';
import { json, serve } from '../support/server.ts';
import { CLAIMS, createIssuer, type TestIssuer } from '../support/tokens.ts';

let issuer: TestIssuer;
beforeAll(async () => {
  issuer = await createIssuer();
});

const ANY: TokenRequest = { audiences: [], acceptsNoAudience: false };
const forAudience = (...audiences: string[]): TokenRequest => ({ audiences, acceptsNoAudience: false });
const obtain = (request: TokenRequest, env: Record<string, string>) =>
  obtainToken(request, { env, http: createHttp(env) });

it('names every source when there is none', async () => {
  const failure = await failureOf(() => obtain(ANY, { IDP_TOKEN: '  ' }));
  expect(failure.code).toBe('no-token-source');
  for (const name of ['IDP_TOKEN_FILE', 'IDP_TOKEN', 'IDP_ISSUER_URL', 'ACTIONS_ID_TOKEN_REQUEST_URL', 'CI_JOB_JWT']) {
    expect(failure.hint).toContain(name);
  }
});

it('takes the first source that is set, and never the next one when it fails', async () => {
  await using files = await directory();
  const path = join(files.path, 'token');
  const first = await issuer.sign(CLAIMS);
  const second = await issuer.sign({ ...CLAIMS, sub: 'other' });
  await writeFile(path, `${first}\n`);
  expect(await obtain(ANY, { IDP_TOKEN_FILE: path, IDP_TOKEN: second })).toMatchObject({
    jwt: first,
    source: 'token-file',
  });
  expect(await obtain(ANY, { IDP_TOKEN: second, CI_JOB_JWT: first })).toMatchObject({
    jwt: second,
    source: 'token-variable',
  });
  const failure = await failureOf(() => obtain(ANY, { IDP_TOKEN_FILE: join(files.path, 'none'), IDP_TOKEN: second }));
  expect(failure).toMatchObject({ code: 'token-source-misconfigured' });
  expect(failure.message).toContain('ENOENT');
});

it.each(['a string', 'an array'])('demands every audience of a ready token whose aud is %s', async (kind) => {
  const token = await issuer.sign({ ...CLAIMS, aud: kind === 'a string' ? 'a' : ['a', 'b'] });
  expect(await obtain(forAudience('a'), { IDP_TOKEN: token })).toMatchObject({ jwt: token });
  const failure = await failureOf(() => obtain(forAudience('a', 'c'), { IDP_TOKEN: token }));
  expect(failure.code).toBe('audience-unavailable');
  expect(failure.message).toContain('not for "c"');
});

it.each(['hunter2', 'Bearer a.b.c', '{"token":"hunter2"}', 'a.b.c', 'e30.e30'])(
  'refuses %j as a token without quoting it',
  async (text) => {
    const failure = await failureOf(() => obtain(ANY, { IDP_TOKEN: text }));
    expect(failure.code).toBe('malformed-token');
    expect(failure.message + failure.hint).not.toContain('hunter2');
  },
);

describe('CI_JOB_JWT', () => {
  it('does for a request that needs no audience', async () => {
    const token = await issuer.sign({ ...CLAIMS, aud: undefined });
    expect(await obtain(ANY, { CI_JOB_JWT: token })).toMatchObject({ source: 'gitlab-job' });
    const relaxed = { audiences: ['vault.hashicorp.com'], acceptsNoAudience: true };
    expect(await obtain(relaxed, { CI_JOB_JWT: token })).toMatchObject({ source: 'gitlab-job' });
    expect(await failureOf(() => obtain(forAudience('x'), { CI_JOB_JWT: token }))).toMatchObject({
      code: 'audience-unavailable',
    });
  });
});

describe('GitHub Actions', () => {
  it('asks the runner for one audience', async () => {
    const token = await issuer.sign({ ...CLAIMS, aud: 'a b&c' });
    await using runner = await serve(() => json({ value: token, count: 1 }));
    const env = {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${runner.url}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'bearer',
    };
    expect(await obtain(forAudience('a b&c'), env)).toMatchObject({ jwt: token, source: 'github-actions' });
    expect(runner.received[0]?.headers.authorization).toBe('Bearer bearer');
    expect([...(runner.received[0]?.url.searchParams ?? [])]).toEqual([
      ['api-version', '2.0'],
      ['audience', 'a b&c'],
    ]);
    await obtain(ANY, env);
    expect(runner.received[1]?.url.search).toBe('?api-version=2.0');
    expect(await failureOf(() => obtain(forAudience('a', 'b'), env))).toMatchObject({ code: 'audience-unavailable' });
  });

  it('names the permission that is missing', async () => {
    for (const env of [{ GITHUB_ACTIONS: 'true' }, { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://x.example' }]) {
      const failure = await failureOf(() => obtain(ANY, env));
      expect(failure.hint).toContain('id-token: write');
    }
    await using runner = await serve(() => ({ status: 403 }));
    const env = { ACTIONS_ID_TOKEN_REQUEST_URL: runner.url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'bearer' };
    expect(await failureOf(() => obtain(ANY, env))).toMatchObject({ code: 'issuer-refused' });
  });

  it('does not send its bearer in the clear', async () => {
    const env = { ACTIONS_ID_TOKEN_REQUEST_URL: 'http://runner.example', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'bearer' };
    expect(await failureOf(() => obtain(ANY, env))).toMatchObject({ code: 'bad-input' });
  });
});
