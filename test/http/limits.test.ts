import { expect, it } from 'vitest';
import { ENVIRONMENT } from '../issuer/issuer.ts';
import { CONFIG, HOSTS, exchangeForm, registerOver, runIssuer } from '../serve/running.ts';

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

it('lets so many requests in at once, and asks the others to come back', async () => {
  const running = await withLimits('concurrent_requests: 2');
  const { credential } = await registerOver(running, 'ona', { profile: 'ona-v3' }, ENVIRONMENT);
  const ask = () => running.post(HOSTS.ona, '/token', exchangeForm(credential, 'a'));
  const replies = await Promise.all(Array.from({ length: 12 }, ask));
  const statuses = replies.map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([200, 503]));
  expect(replies.find(({ status }) => status === 503)?.headers['retry-after']).toBe('1');
  expect(await ask()).toMatchObject({ status: 200 });
});
