import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { fastify } from 'fastify';
import { request } from 'undici';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { answerDocuments } from '../../src/http/documents.ts';
import { CONFIG, HOSTS, type Reply, runIssuer } from '../serve/running.ts';

const running = await runIssuer({ config: `${CONFIG}metrics: { port: 0 }\n`, cleanup: afterAll });

const PLACES = [
  [HOSTS.ona, '/.well-known/jwks.json'],
  [HOSTS.ona, '/.well-known/openid-configuration'],
  [HOSTS.gitlab, '/-/jwks'],
  [HOSTS.classic, '/idp/.well-known/openid-configuration'],
] as const;

/** Asked so that the route answers: nobody has this tag. */
const CONDITION = { 'if-none-match': '"nobody-has-this"' };

const said = ({ status, headers, text }: Reply) => ({ status, headers: { ...headers, date: '' }, text });

describe.each(PLACES)('the document at %s%s', (host, path) => {
  it('is answered in front of the framework as the route answers it', async () => {
    const [front, route] = [await running.get(host, path), await running.get(host, path, CONDITION)];
    expect(said(front)).toEqual(said(route));
    expect(front.status).toBe(200);
    expect(Object.keys(front.headers)).toEqual(Object.keys(route.headers));
  });

  it('is counted and logged alike', async () => {
    const before = running.log().length;
    await running.get(host, path);
    await running.get(host, path, CONDITION);
    const answered = () =>
      running
        .log()
        .slice(before)
        .split('\n')
        .filter((line) => line.includes('"answered"'))
        .map((line) => ({ ...(JSON.parse(line) as Record<string, unknown>), time: 0, milliseconds: 0 }));
    await expect.poll(() => answered().length).toBe(2);
    const [front, route] = answered();
    expect(front).toEqual(route);
    expect(front).toMatchObject({ method: 'GET', host, path, ip: '127.0.0.1', status: 200 });
  });
});

it('counts all of them as one route', async () => {
  const count = async () => {
    const { body } = await request(`${running.metricsUrl ?? ''}/metrics`);
    const line = /_seconds_count\{listener="public",method="GET",route="\/-\/jwks",status="200"\} (\d+)/;
    return Number(line.exec(await body.text())?.[1] ?? 0);
  };
  const before = await count();
  await running.get(HOSTS.gitlab, '/-/jwks');
  await running.get(HOSTS.gitlab, '/-/jwks', CONDITION);
  await expect.poll(count).toBe(before + 2);
});

it.each([
  ['a host of another issuer', HOSTS.classic, '/-/jwks', 404],
  ['a host with a port', `${HOSTS.gitlab}:443`, '/-/jwks', 200],
  ['a host in capitals', HOSTS.gitlab.toUpperCase(), '/-/jwks', 200],
  ['a query', HOSTS.gitlab, '/-/jwks?x=1', 200],
])('%s is answered as the routes answer it', async (_what, host, path, status) => {
  expect((await running.get(host, path)).status).toBe(status);
});

/** A framework without routes, so that it answers 404. */
function inFront() {
  const server = fastify();
  onTestFinished(() => server.close());
  const document = () => ({ body: 'in front', etag: '"front"' });
  answerDocuments(server, [{ host: 'a.example', path: '/document', document, headers: [], answered: () => undefined }]);
  return server;
}

const PLAIN = { method: 'GET', path: '/document', headers: { host: 'a.example' }, body: null } as const;

it.each([
  ['what is plain', PLAIN, 200],
  ['another method', { ...PLAIN, method: 'POST' }, 404],
  ['HEAD', { ...PLAIN, method: 'HEAD' }, 404],
  ['a query', { ...PLAIN, path: '/document?x=1' }, 404],
  ['another host', { ...PLAIN, headers: { host: 'b.example' } }, 404],
  ['a port', { ...PLAIN, headers: { host: 'a.example:443' } }, 404],
  ['a condition', { ...PLAIN, headers: { host: 'a.example', 'if-none-match': '"front"' } }, 404],
  ['a body in chunks', { ...PLAIN, body: Readable.from(['{}']) }, 404],
  ['a body', { ...PLAIN, body: '{}', headers: { host: 'a.example', 'content-type': 'application/json' } }, 404],
] as const)('answers %s, in front or not', async (_what, asked, status) => {
  const url = await inFront().listen({ host: '127.0.0.1', port: 0 });
  const { path, ...options } = asked;
  const reply = await request(url + path, options);
  await reply.body.text();
  expect(reply.statusCode).toBe(status);
});

it('leaves everything to the framework where a proxy says who the client is', async () => {
  const config = CONFIG.replace('listen: {', 'listen: { trusted_proxies: [127.0.0.1/32],');
  const behind = await runIssuer({ config });
  await behind.get(HOSTS.ona, '/.well-known/jwks.json', { 'x-forwarded-for': '192.0.2.7' });
  await expect.poll(behind.log).toContain('"ip":"192.0.2.7"');
});

it('leaves everything to the framework once the server accepts nobody', async () => {
  const server = inFront();
  const [held, entered] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  server.get('/held', () => {
    entered.resolve('entered');
    return held.promise;
  });
  const { port } = new URL(await server.listen({ host: '127.0.0.1', port: 0 }));
  const socket = connect(Number(port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  let received = '';
  socket.on('data', (data: Buffer) => (received += data.toString()));
  const ask = (path: string) => socket.write(`GET ${path} HTTP/1.1\r\nHost: a.example\r\n\r\n`);
  const statuses = () => received.match(/HTTP\/1\.1 \d+/g)?.map((line) => line.slice(-3));
  ask('/document');
  await expect.poll(statuses).toEqual(['200']);
  ask('/held');
  await entered.promise;
  const asked = once(server.server, 'request');
  server.server.close();
  ask('/document');
  await asked;
  held.resolve('held');
  // The framework has no such route.
  await expect.poll(statuses).toEqual(['200', '200', '404']);
});
