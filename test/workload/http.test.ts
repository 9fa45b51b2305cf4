import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createHttp } from '../../src/workload/http.ts';
import { createAuthority } from './support/certificates.ts';
import { failureOf } from './support/failures.ts';
import { directory } from './support/files.ts';
import { proxyTo } from './support/proxy.ts';
import { freePort, serve } from './support/server.ts';

const post = (url: string) => ({ method: 'POST' as const, url: new URL(url), body: 'a=1' });

it.each([429, 502, 503])('sends a POST a second time, whole, after %i', async (status) => {
  await using server = await serve((_request, count) => (count === 1 ? { status } : { body: 'done' }));
  expect(await createHttp({})(post(server.url))).toMatchObject({ status: 200, body: 'done' });
  expect(server.received.map(({ body }) => body)).toEqual(['a=1', 'a=1']);
});

it('sends it again when the connection is cut, and not a third time', async () => {
  await using once = await serve((_request, count) => (count === 1 ? { cut: true } : { body: 'done' }));
  expect(await createHttp({})(post(once.url))).toMatchObject({ body: 'done' });
  await using always = await serve(() => ({ status: 503, body: 'busy' }));
  expect(await createHttp({})(post(always.url))).toMatchObject({ status: 503, body: 'busy' });
  expect(always.received).toHaveLength(2);
});

it('waits as long as Retry-After says', async () => {
  await using server = await serve((_request, count) =>
    count === 1 ? { status: 503, headers: { 'retry-after': '1' } } : { body: 'done' },
  );
  const start = performance.now();
  await createHttp({})(post(server.url));
  expect(performance.now() - start).toBeGreaterThan(900);
});

it.each([400, 401, 403, 404, 500])('does not repeat what was answered with %i', async (status) => {
  await using server = await serve(() => ({ status, body: 'no' }));
  expect(await createHttp({})(post(server.url))).toMatchObject({ status, body: 'no' });
  expect(server.received).toHaveLength(1);
});

it('does not follow redirects', async () => {
  await using server = await serve(() => ({ status: 307, headers: { location: 'https://elsewhere.example/' } }));
  expect(await createHttp({})(post(server.url))).toMatchObject({ status: 307, location: 'https://elsewhere.example/' });
});

it('refuses an endless reply', async () => {
  await using server = await serve(() => ({ body: 'x'.repeat(300 * 1024) }));
  const failure = await failureOf(() => createHttp({})(post(server.url)));
  expect(failure).toMatchObject({ code: 'unreachable' });
  expect(failure.message).toContain('larger');
});

it('names the address and the cause when nobody listens, without the query', async () => {
  const port = await freePort();
  const failure = await failureOf(() => createHttp({})(post(`http://127.0.0.1:${port}/token?secret=1`)));
  expect(failure.code).toBe('unreachable');
  expect(failure.message).toBe(
    `cannot reach http://127.0.0.1:${port}/token: the connection was refused (ECONNREFUSED)`,
  );
});

it('trusts a private authority in IDP_CA_FILE, or in the variable that replaces it, and says so when it does not', async () => {
  await using files = await directory();
  const authority = await createAuthority();
  const caFile = join(files.path, 'ca.pem');
  await writeFile(caFile, authority.caPem);
  await using server = await serve(() => ({ body: 'done' }), authority.server);
  const trust = [
    { variable: 'VAULT_CACERT', kind: 'file' },
    { variable: 'VAULT_CAPATH', kind: 'directory' },
  ] as const;
  expect(await createHttp({ IDP_CA_FILE: caFile })(post(server.url))).toMatchObject({ body: 'done' });
  expect(await createHttp({ VAULT_CACERT: caFile }, { trust })(post(server.url))).toMatchObject({ body: 'done' });
  expect(await createHttp({ VAULT_CAPATH: files.path }, { trust })(post(server.url))).toMatchObject({ body: 'done' });
  const failure = await failureOf(() => createHttp({ VAULT_CACERT: caFile })(post(server.url)));
  expect(failure.message).toContain('authority that is not trusted');
  expect(failure.hint).toContain('IDP_CA_FILE');
  await writeFile(caFile, 'not a certificate');
  expect(await failureOf(() => createHttp({ IDP_CA_FILE: caFile })(post(server.url)))).toMatchObject({
    code: 'bad-input',
  });
});

it('goes through HTTPS_PROXY, except to loopback and to NO_PROXY', async () => {
  await using files = await directory();
  const authority = await createAuthority();
  const caFile = join(files.path, 'ca.pem');
  await writeFile(caFile, authority.caPem);
  await using server = await serve(() => ({ body: 'done' }), authority.server);
  await using proxy = await proxyTo(server.url);
  const env = { HTTPS_PROXY: proxy.url, IDP_CA_FILE: caFile };
  expect(await createHttp(env)(post('https://issuer.example/token'))).toMatchObject({ body: 'done' });
  expect(proxy.tunnels()).toEqual(['issuer.example:443']);
  expect(await createHttp(env)(post(server.url))).toMatchObject({ body: 'done' });
  const direct = await failureOf(() =>
    createHttp({ ...env, NO_PROXY: '.example' })(post('https://issuer.example/token')),
  );
  expect(direct.code).toBe('unreachable');
  expect(proxy.tunnels()).toHaveLength(1);
});
