// Traces as a collector gets them, by OTLP over real HTTP; and what becomes of the issuer where there is no collector.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { describePlaced, parseConfig } from '../../../src/serve/config.ts';
import { createLog } from '../../../src/serve/log.ts';
import { WAITING_SPANS, openProvider } from '../../../src/serve/traces/exporter.ts';
import { ENVIRONMENT } from '../../issuer/issuer.ts';
import { kmsDoor } from '../../keys/kms/door.ts';
import { motoOfFile } from '../../keys/kms/moto.ts';
import { freePort } from '../../workload/support/server.ts';
import { ADMIN_TOKEN, CONFIG, HOSTS, type Running, exchangeForm, registerOver, runIssuer } from '../running.ts';
import { type ReceivedSpan, startCollector } from './collector.ts';

const moto = motoOfFile();

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const traceparent = (sampled = '01') => ({ traceparent: `00-${TRACE}-${PARENT}-${sampled}` });

const tracedBy = (url: string, more = '') => `${CONFIG}traces: { otlp_url: "${url}"${more} }\n`;

async function exchangeOver(running: Running, headers: Record<string, string> = {}) {
  const { credential } = await registerOver(running, 'ona', { profile: 'ona-v3' }, ENVIRONMENT);
  const reply = await running.post(HOSTS.ona, '/token', exchangeForm(credential, 'secret-audience'), headers);
  expect(reply).toMatchObject({ status: 200 });
  return { credential, token: (reply.json as { access_token: string }).access_token };
}

/** Names below their parents, in the order in which they began. */
function tree(spans: readonly ReceivedSpan[], of: ReceivedSpan): unknown[] {
  const inside = spans.filter(({ parentSpanId }) => parentSpanId === of.spanId);
  inside.sort((one, other) => Number(one.startTimeUnixNano - other.startTimeUnixNano));
  return [of.name, ...inside.map((one) => tree(spans, one))];
}

const found = (spans: readonly ReceivedSpan[], name: string): ReceivedSpan => {
  const [only, ...others] = spans.filter((span) => span.name === name);
  if (only === undefined || others.length > 0) throw new Error(`${others.length + 1} spans of the name ${name}`);
  return only;
};

describe('the span of a request', () => {
  it('is a part of the trace of its caller, and has the store and the signature in it', async () => {
    const collector = await startCollector();
    const running = await runIssuer({ config: tracedBy(collector.url) });
    await exchangeOver(running, traceparent());
    await running.stop();
    const token = found(collector.spans, 'POST /token');
    expect(token).toMatchObject({
      traceId: TRACE,
      parentSpanId: PARENT,
      kind: 2,
      attributes: {
        'idp.listener': 'public',
        'http.request.method': 'POST',
        'http.route': '/token',
        'http.response.status_code': 200,
        'url.scheme': 'http',
        'url.path': '/token',
        'server.address': HOSTS.ona,
        'client.address': '127.0.0.1',
        'network.protocol.version': '1.1',
      },
      status: { code: 0 },
    });
    expect(token.endTimeUnixNano).toBeGreaterThan(token.startTimeUnixNano);
    const ours = collector.spans.filter(({ traceId }) => traceId === TRACE);
    expect(tree(ours, token)).toEqual([
      'POST /token',
      ['find registrations'],
      ['find organizations'],
      ['sign'],
      ['append audit'],
    ]);
    expect(found(ours, 'find registrations')).toMatchObject({
      kind: 1,
      attributes: { 'db.system.name': 'sqlite', 'db.collection.name': 'registrations', 'db.operation.name': 'find' },
    });
    expect(found(ours, 'sign').attributes).toEqual({
      'idp.issuer': 'ona',
      'idp.key.id': 'k0',
      'idp.key.algorithm': 'RS256',
    });
    const [
      {
        resourceSpans: [first],
      },
    ] = collector.bodies.map((body) => JSON.parse(body) as Sent) as [Sent];
    expect(first.resource.attributes).toContainEqual({ key: 'service.name', value: { stringValue: 'idp-issuer' } });
  });

  it('is one of the admin API, too, without what its path says', async () => {
    const collector = await startCollector();
    const running = await runIssuer({ config: tracedBy(collector.url) });
    const { credential } = await exchangeOver(running);
    expect(await running.admin('GET', `/admin/registrations/${credential}?token=${credential}`)).toMatchObject({
      status: 404,
    });
    await running.stop();
    const span = found(collector.spans, 'GET /admin/registrations/:id');
    expect(span.attributes).toMatchObject({ 'idp.listener': 'admin', 'http.response.status_code': 404 });
    expect(span.attributes).not.toHaveProperty('url.path');
    expect(span.status.code).toBe(0);
    const change = found(collector.spans, 'PUT /admin/issuers/:issuer/organizations/:id');
    // What comes after the body was read belongs to it as well.
    expect(tree(collector.spans, change)).toContainEqual(['insert organizations']);
  });

  it('has what comes after a body that was long under way in it', async () => {
    const collector = await startCollector();
    const running = await runIssuer({ config: tracedBy(collector.url) });
    const { credential } = await exchangeOver(running);
    const form = exchangeForm(credential, 'a').map(([name, text]): [string, string] => [name, text]);
    const body = new URLSearchParams(form).toString();
    const sent = httpRequest(`${running.publicUrl}/token`, {
      method: 'POST',
      headers: {
        host: HOSTS.ona,
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': body.length,
        expect: '100-continue',
        ...traceparent(),
      },
    });
    sent.flushHeaders();
    // The server has the request by then, and waits for the rest.
    await once(sent, 'continue');
    sent.end(body);
    const [reply] = (await once(sent, 'response')) as [IncomingMessage];
    expect(reply.statusCode).toBe(200);
    await text(reply);
    await running.stop();
    const ours = collector.spans.filter(({ traceId }) => traceId === TRACE);
    expect(tree(ours, found(ours, 'POST /token'))).toContainEqual(['sign']);
  });

  it('has nothing of credentials, tokens, audiences, queries and unknown paths in it', async () => {
    const collector = await startCollector();
    const running = await runIssuer({ config: tracedBy(collector.url) });
    const { credential, token } = await exchangeOver(running);
    const bearer = { authorization: `Bearer ${credential}`, 'user-agent': 'hunter2' };
    await running.get(HOSTS.ona, '/id-token?audience=secret-audience', bearer);
    await running.post(HOSTS.ona, '/token', exchangeForm('idpk_wrong.hunter2', 'secret-audience'));
    await running.get(HOSTS.ona, '/hunter2?hunter2');
    await running.stop();
    const sent = collector.bodies.join('\n');
    expect(collector.spans.map(({ name }) => name)).toEqual(expect.arrayContaining(['GET /id-token', 'GET']));
    for (const secret of [credential, token, token.split('.')[2], ADMIN_TOKEN, 'secret-audience', 'hunter2']) {
      expect(sent).not.toContain(secret);
    }
  });

  it('is not there for health checks, nor for what runs by itself', async () => {
    const collector = await startCollector();
    const running = await runIssuer({ config: tracedBy(collector.url) });
    await running.get('any.example', '/readyz');
    await running.get(HOSTS.ona, '/.well-known/jwks.json');
    await running.stop();
    expect(collector.spans.map(({ name }) => name)).toEqual(['GET /.well-known/jwks.json']);
  });

  it.each<[string, string, Record<string, string>, number]>([
    ['that the caller does not record', '', traceparent('00'), 0],
    ['that the caller records, whatever is recorded of others', ', sample_ratio: 0', traceparent(), 1],
    ['that begins here, where none is recorded', ', sample_ratio: 0', {}, 0],
    ['whose header cannot be read', '', { traceparent: 'hunter2' }, 1],
  ])('%s', async (_what, more, headers, count) => {
    const collector = await startCollector();
    const running = await runIssuer({ config: tracedBy(collector.url, more) });
    await running.get(HOSTS.ona, '/.well-known/jwks.json', headers);
    await running.stop();
    expect(collector.spans).toHaveLength(count);
    expect(collector.bodies.join()).not.toContain('hunter2');
  });

  it('has AWS KMS in it, and says what failed', async () => {
    const collector = await startCollector();
    const config = tracedBy(collector.url).replace(
      '[{ secret_file: sealing.key }]',
      '[{ kms_signing: { create: true } }]',
    );
    const door = await kmsDoor(moto.url());
    const running = await runIssuer({ config, kms: door.kms() });
    const { credential } = await exchangeOver(running, traceparent());
    await door.shut();
    const reply = await running.post(HOSTS.ona, '/token', exchangeForm(credential, 'a'));
    expect(reply).toMatchObject({ status: 503 });
    await running.stop();
    const [good, bad] = collector.spans.filter(({ name }) => name === 'KMS/Sign');
    expect(good).toMatchObject({
      traceId: TRACE,
      kind: 3,
      parentSpanId: collector.spans.find(({ name, traceId }) => name === 'sign' && traceId === TRACE)?.spanId,
      attributes: { 'rpc.system': 'aws-api', 'rpc.service': 'KMS', 'rpc.method': 'Sign' },
      status: { code: 0 },
    });
    const failed = { attributes: { 'error.type': 'kms-unavailable' }, events: [], status: { code: 2 } };
    expect(bad).toMatchObject(failed);
    expect(bad?.status).not.toHaveProperty('message');
    const request = collector.spans.find(({ traceId, name }) => traceId === bad?.traceId && name === 'POST /token');
    expect(request).toMatchObject({ attributes: { 'error.type': '503' }, status: { code: 2 } });
  });
});

describe('a collector', () => {
  it.each<[string, () => Promise<string>, RegExp]>([
    ['that is not there', async () => `http://127.0.0.1:${await freePort()}/v1/traces`, /nobody listens/],
    [
      'that refuses',
      async () => (await startCollector((reply) => reply.writeHead(401).end('hunter2'))).url,
      /answered HTTP 401/,
    ],
    ['that never answers', async () => (await startCollector(() => undefined)).url, /./],
  ])('%s disturbs nothing, and holds up the end for 3 s at most', async (_what, open, reason) => {
    const url = await open();
    const running = await runIssuer({ config: tracedBy(url) });
    await exchangeOver(running);
    await exchangeOver(running);
    const begun = performance.now();
    await running.stop();
    expect(performance.now() - begun).toBeLessThan(4_000);
    const lines = () =>
      running
        .log()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { msg: string; reason?: string })
        .filter(({ msg }) => msg.startsWith('traces'));
    await expect.poll(lines, { timeout: 5_000 }).toMatchObject([{ msg: 'traces cannot be sent, and are dropped' }]);
    expect(lines()[0]?.reason).toMatch(reason);
    expect(running.log()).not.toContain('hunter2');
  });

  it('that comes back gets what waited, which is so much and no more; each is said once', async () => {
    let open = false;
    const lines: string[] = [];
    const collector = await startCollector();
    const stuck = await startCollector((reply) => {
      if (!open) reply.writeHead(400).end();
      else reply.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
    const log = createLog({ write: (line) => void lines.push((JSON.parse(line) as { msg: string }).msg) });
    const provider = openProvider({ otlpUrl: stuck.url, sampleRatio: 1 }, log);
    const tracer = provider.getTracer('test');
    const make = (count: number) => {
      for (let index = 0; index < count; index += 1) tracer.startSpan('one').end();
    };
    make(600);
    await expect.poll(() => lines).toEqual(['traces cannot be sent, and are dropped']);
    make(600);
    await expect.poll(() => stuck.bodies.length).toBeGreaterThan(1);
    open = true;
    make(600);
    await provider.shutdown();
    expect(lines).toEqual(['traces cannot be sent, and are dropped', 'traces are sent again']);
    const full = openProvider({ otlpUrl: collector.url, sampleRatio: 1 }, log);
    const many = full.getTracer('test');
    // In one turn of the event loop, so that nothing can be sent meanwhile but the batch that went out first.
    for (let index = 0; index < 10_000; index += 1) many.startSpan('one').end();
    await full.shutdown();
    expect(collector.spans.length).toBeLessThanOrEqual(WAITING_SPANS + 512);
    expect(collector.spans.length).toBeGreaterThanOrEqual(WAITING_SPANS);
  });
});

describe('in the configuration', () => {
  it.each<[string, RegExp]>([
    ['{}', /traces\.otlp_url: `otlp_url` is missing \(e\.g\. http:\/\/127\.0\.0\.1:4318\/v1\/traces\)/],
    ['{ otlp_url: collector }', /otlp_url: this is no URL \(/],
    ['{ otlp_url: "grpc://collector:4317/x" }', /no URL of http or https/],
    ['{ otlp_url: "http://collector:4318" }', /has no path/],
    [
      '{ otlp_url: "http://u:hunter2@collector/v1/traces" }',
      /more than a host and a path .*OTEL_EXPORTER_OTLP_HEADERS/,
    ],
    ['{ otlp_url: "http://collector/v1/traces?key=hunter2" }', /more than a host and a path/],
    ['{ otlp_url: "http://collector/v1/traces", sample_ratio: 2 }', /sample_ratio: a part of all traces, from 0 to 1/],
  ])('%s is refused', (traces, message) => {
    const read = parseConfig(`${CONFIG}traces: ${traces}\n`, '/etc/idp');
    const problems = read.ok ? [] : read.problems.map((found) => describePlaced('issuer.yaml', found));
    expect(problems).toEqual([expect.stringMatching(message)]);
    expect(problems.join()).not.toContain('hunter2');
  });
});

it('loads nothing of OpenTelemetry where there are none', async () => {
  const root = join(import.meta.dirname, '..', '..', '..');
  const script = `
    const { registerHooks } = await import('node:module');
    const loaded = [];
    registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
    // The interface alone, which the metrics load.
    const traces = () => loaded.some((url) => /@opentelemetry\\/(?!api\\/)|serve\\/traces\\/open/.test(url));
    await import('./src/serve/start.ts');
    console.log(loaded.length > 100, traces());
    await import('./src/serve/traces/open.ts');
    console.log(traces());`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { cwd: root });
  expect(stdout).toBe('true false\ntrue\n');
});

interface Sent {
  readonly resourceSpans: readonly [{ readonly resource: { readonly attributes: readonly unknown[] } }];
}
