import { fastify } from 'fastify';
import { request } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { shedLoad } from '../../src/http/limits.ts';
import { ENVIRONMENT } from '../issuer/issuer.ts';
import { CONFIG, HOSTS, type Running, exchangeForm, registerOver, runIssuer } from '../serve/running.ts';

const withLimits = (limits: string) => runIssuer({ config: `${CONFIG}limits: { ${limits} }\n` });

it('limits what one workload gets in a minute, and no other', async () => {
  const running = await withLimits('tokens_per_minute: 2');
  const one = await registerOver(running, 'ona', { profile: 'ona-v3' }, ENVIRONMENT);
  const other = await registerOver(running, 'ona', { profile: 'ona-v3' }, ENVIRONMENT);
  const ask = ({ credential }: typeof one) => running.post(HOSTS.ona, '/token', exchangeForm(credential, 'a'));
  expect([(await ask(one)).status, (await ask(one)).status]).toEqual([200, 200]);
  const third = await ask(one);
  expect(third).toMatchObject({ status: 429, json: { error: 'slow_down' } });
  expect(Number(third.headers['retry-after'])).toBeGreaterThanOrEqual(1);
  expect(Number(third.headers['retry-after'])).toBeLessThanOrEqual(60);
  const bearer = { authorization: `Bearer ${one.credential}` };
  expect(await running.get(HOSTS.ona, '/id-token?audience=a', bearer)).toMatchObject({ status: 429 });
  expect(await ask(other)).toMatchObject({ status: 200 });
});

it('makes guessing slow, and leaves the documents alone', async () => {
  const running = await withLimits('refusals_per_minute: 3');
  const { credential } = await registerOver(running, 'ona', { profile: 'ona-v3' }, ENVIRONMENT);
  const guess = () => running.post(HOSTS.ona, '/token', exchangeForm('idpk_guess', 'a'));
  expect([(await guess()).status, (await guess()).status, (await guess()).status]).toEqual([400, 400, 400]);
  const refused = await running.post(HOSTS.ona, '/token', exchangeForm(credential, 'a'));
  expect(refused).toMatchObject({ status: 429 });
  expect(refused.headers).toHaveProperty('retry-after');
  expect(await running.get(HOSTS.ona, '/.well-known/jwks.json')).toMatchObject({ status: 200 });
});

it('tells addresses apart behind a proxy that it trusts', async () => {
  const config = CONFIG.replace('port: 0 }', 'port: 0, trusted_proxies: [127.0.0.0/8] }');
  const running = await runIssuer({ config: `${config}limits: { refusals_per_minute: 1 }\n` });
  const guess = (address: string) =>
    running.post(HOSTS.ona, '/token', exchangeForm('idpk_guess', 'a'), { 'x-forwarded-for': address });
  expect([(await guess('192.0.2.1')).status, (await guess('192.0.2.1')).status]).toEqual([400, 429]);
  expect(await guess('192.0.2.2')).toMatchObject({ status: 400 });
});

describe('at the admin API', () => {
  const AUDIT = '/admin/audit';
  const guess = ({ admin }: Running, headers: Record<string, string> = {}) =>
    admin('GET', AUDIT, undefined, { authorization: 'Bearer guess', ...headers });
  const statuses = async (running: Running, times: number) => {
    const found: number[] = [];
    for (let time = 0; time < times; time += 1) found.push((await guess(running)).status);
    return found;
  };

  it('guessing is slow too, whichever operation it is tried at', async () => {
    const running = await withLimits('refusals_per_minute: 3');
    expect(await statuses(running, 3)).toEqual([401, 401, 401]);
    const right = await running.admin('GET', AUDIT);
    expect(right).toMatchObject({ status: 429, json: { detail: 'too many requests of this address were refused' } });
    expect(Number(right.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(Number(right.headers['retry-after'])).toBeLessThanOrEqual(60);
    expect(await running.admin('POST', '/admin/issuers/ona/keys/rotate')).toMatchObject({ status: 429 });
    const health = await request(`${running.adminUrl}/healthz`);
    await health.body.dump();
    expect(health.statusCode).toBe(200);
  });

  it('who may use it is not limited, whatever else is refused', async () => {
    const running = await withLimits('refusals_per_minute: 1');
    for (let time = 0; time < 3; time += 1) {
      expect(await running.admin('GET', '/admin/registrations/none')).toMatchObject({ status: 404 });
    }
    await running.post(HOSTS.ona, '/token', exchangeForm('idpk_guess', 'a'));
    expect(await running.admin('GET', AUDIT)).toMatchObject({ status: 200 });
  });

  it('what is refused there leaves the public listener alone', async () => {
    const running = await withLimits('refusals_per_minute: 2');
    const { credential } = await registerOver(running, 'ona', { profile: 'ona-v3' }, ENVIRONMENT);
    expect(await statuses(running, 3)).toEqual([401, 401, 429]);
    expect(await running.post(HOSTS.ona, '/token', exchangeForm(credential, 'a'))).toMatchObject({ status: 200 });
  });

  it('tells addresses apart behind a proxy that it trusts', async () => {
    const config = CONFIG.replace(/(admin: .*) }/, '$1, trusted_proxies: [127.0.0.0/8] }');
    const running = await runIssuer({ config: `${config}limits: { refusals_per_minute: 1 }\n` });
    const from = async (address: string) => (await guess(running, { 'x-forwarded-for': address })).status;
    expect([await from('192.0.2.1'), await from('192.0.2.1'), await from('192.0.2.2')]).toEqual([401, 429, 401]);
  });

  it('takes no address of a client for granted without one', async () => {
    const running = await withLimits('refusals_per_minute: 1');
    const from = async (address: string) => (await guess(running, { 'x-forwarded-for': address })).status;
    expect([await from('192.0.2.1'), await from('192.0.2.2')]).toEqual([401, 429]);
  });
});

it('lets so many requests in at once, and asks the others to come back', async () => {
  const server = fastify();
  onTestFinished(() => server.close());
  const waiting: (() => void)[] = [];
  const handler = async () =>
    new Promise<object>((resolve) =>
      waiting.push(() => {
        resolve({});
      }),
    );
  server.get('/slow', { onRequest: shedLoad(2) }, handler);
  const url = `${await server.listen({ host: '127.0.0.1', port: 0 })}/slow`;
  const inside = [request(url), request(url)];
  await expect.poll(() => waiting.length).toBe(2);
  const third = await request(url);
  expect([third.statusCode, third.headers['retry-after']]).toEqual([503, '1']);
  await third.body.dump();
  for (const answer of waiting.splice(0)) answer();
  const answered = await Promise.all(inside);
  expect(answered.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
  await Promise.all(answered.map(({ body }) => body.dump()));
  const again = request(url);
  await expect.poll(() => waiting.length).toBe(1);
  for (const answer of waiting) answer();
  expect((await again).statusCode).toBe(200);
});

it('has that limit for tokens, and none for documents', async () => {
  const running = await withLimits('concurrent_requests: 1');
  const { credential } = await registerOver(running, 'ona', { profile: 'ona-v3' }, ENVIRONMENT);
  expect(await running.post(HOSTS.ona, '/token', exchangeForm(credential, 'a'))).toMatchObject({ status: 200 });
  const replies = await Promise.all(Array.from({ length: 20 }, () => running.get(HOSTS.ona, '/.well-known/jwks.json')));
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
});
