import { beforeAll, expect, it } from 'vitest';
import { CLAIMS, createIssuer } from '../workload/support/tokens.ts';
import { json, serve } from '../workload/support/server.ts';
import { run } from './run.ts';

let jwt: string;
beforeAll(async () => {
  jwt = await (await createIssuer()).sign({ ...CLAIMS, aud: ['a', 'b'] });
});

it('prints the token and nothing else', async () => {
  expect(await run(['token'], { env: { IDP_TOKEN: jwt }, terminal: true })).toEqual({
    status: 0,
    stdout: `${jwt}\n`,
    stderr: '',
  });
});

it('takes --audience several times', async () => {
  expect((await run(['token', '--audience', 'a', '--audience', 'b'], { env: { IDP_TOKEN: jwt } })).stdout).toBe(
    `${jwt}\n`,
  );
  expect(await run(['token', '--audience', 'a', '--audience', 'c'], { env: { IDP_TOKEN: jwt } })).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringContaining('not for "c"') as string,
  });
});

it('decodes it, and tells a person how long it lives', async () => {
  const env = { IDP_TOKEN: jwt };
  const now = (CLAIMS.exp - 95 * 60) * 1000;
  const decoded = await run(['token', '--decode'], { env, terminal: true, now });
  expect(JSON.parse(decoded.stdout)).toEqual({
    header: { alg: 'RS256', kid: 'k0' },
    payload: { ...CLAIMS, aud: ['a', 'b'] },
  });
  expect(decoded.stderr).toBe('The token is valid for another 95 min.\n');
  expect((await run(['token', '--decode'], { env, terminal: true, now: (CLAIMS.exp + 30) * 1000 })).stderr).toContain(
    'expired 30 s ago',
  );
  expect((await run(['token', '--decode'], { env })).stderr).toBe('');
});

it('prints JSON, and errors as JSON on stderr', async () => {
  const { stdout } = await run(['token', '--json'], { env: { IDP_TOKEN: jwt } });
  expect(JSON.parse(stdout)).toEqual({
    token: jwt,
    source: 'token-variable',
    iss: CLAIMS.iss,
    sub: CLAIMS.sub,
    aud: ['a', 'b'],
    exp: CLAIMS.exp,
  });
  const failed = await run(['token', '--json']);
  expect(failed).toMatchObject({ status: 2, stdout: '' });
  expect(JSON.parse(failed.stderr)).toMatchObject({ error: { code: 'no-token-source' } });
});

it('ends with 1 when the issuer refuses and 3 when it is away', async () => {
  await using issuer = await serve((request) =>
    request.method === 'GET'
      ? json({
          issuer: `http://${request.headers.host ?? ''}`,
          token_endpoint: `http://${request.headers.host ?? ''}/token`,
        })
      : json({ error: 'invalid_target' }, 400),
  );
  const env = { IDP_ISSUER_URL: issuer.url, IDP_CREDENTIAL: 'c' };
  expect(await run(['token'], { env })).toMatchObject({ status: 1, stdout: '' });
  expect(await run(['token'], { env: { ...env, IDP_ISSUER_URL: 'http://127.0.0.1:1' } })).toMatchObject({
    status: 3,
    stdout: '',
  });
});
