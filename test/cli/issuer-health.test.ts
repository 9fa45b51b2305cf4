// `idp issuer health`, which containers run: what it asks, and that its exit status says what the answer was.
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { demandHealth, healthUrl } from '../../src/cli/issuer-health.ts';
import type { Environment } from '../../src/workload/environment.ts';
import { createAuthority, type ServerCertificate } from '../sandbox/net/authority.ts';
import { temporaryDirectory } from '../serve/directory.ts';
import { CONFIG, writeFiles } from '../serve/running.ts';
import { run, type Ran } from './run.ts';

let certificate: ServerCertificate;
beforeAll(async () => {
  const authority = await createAuthority({ now: () => new Date() });
  certificate = await authority.issue(['tokens.example.com']);
});

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : 'no error');

/** Listens on loopback, ended after the test. */
async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise((resolve) =>
        server.close(() => {
          resolve();
        }),
      ),
  );
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  return address.port;
}

/** Answers every path with the status, and notes what was asked. */
function answering(status: number, body: string): { readonly server: Server; readonly asked: string[] } {
  const asked: string[] = [];
  const server = createServer((request, reply) => {
    asked.push(request.url ?? '');
    reply.writeHead(status).end(body);
  });
  return { server, asked };
}

async function health(port: number, ...args: string[]): Promise<Ran> {
  const directory = await temporaryDirectory();
  await writeFiles(directory, { 'issuer.yaml': CONFIG.replace('port: 0', `port: ${port}`) });
  return run(['issuer', 'health', '--config', join(directory, 'issuer.yaml'), ...args]);
}

describe('the exit status', () => {
  it('is 0 and nothing is said where the issuer lives', async () => {
    const { server, asked } = answering(200, '{"status":"ok"}');
    expect(await health(await listening(server))).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(asked).toEqual(['/healthz']);
  });

  it('is 1 where it says no, with the checks that failed', async () => {
    const checks = { 'issuer ona': 'ok', store: 'unavailable' };
    const { server, asked } = answering(503, JSON.stringify({ status: 'not ready', checks }));
    const { status, stderr } = await health(await listening(server), '--ready');
    expect(asked).toEqual(['/readyz']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^idp: http:\/\/127\.0\.0\.1:\d+\/readyz says 503: store: unavailable\n/);
  });

  it('is 1 where something else is there', async () => {
    const { server } = answering(404, 'not\u001b[2J here');
    const { status, stderr } = await health(await listening(server));
    expect([status, stderr]).toEqual([1, expect.stringMatching(/\/healthz says 404: not \[2J here\n/)]);
  });

  it.each([
    ['the port 0', 'listen: { port: 0 }'],
    ['no port', 'listen: {}'],
    ['a port that is none', 'listen: { port: 99999 }'],
    ['no listener', 'admin: { port: 8080 }'],
    ['nothing', ''],
    ['no YAML', 'listen: ['],
    ['aliases without end', 'listen: &a [*a]'],
  ])('is 2 for a configuration with %s', async (_what, config) => {
    const directory = await temporaryDirectory();
    await writeFiles(directory, { 'issuer.yaml': config });
    const { status, stderr } = await run(['issuer', 'health', '--config', join(directory, 'issuer.yaml')]);
    expect([status, stderr]).toEqual([2, expect.stringMatching(/^idp: .*issuer.yaml does not say at which port/)]);
  });

  it('is 2 where there is no configuration', async () => {
    expect(await run(['issuer', 'health'])).toMatchObject({ status: 2 });
    expect(await run(['issuer', 'health', '--config', '/nonexistent/x'])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(
        /^idp: the configuration \/nonexistent\/x cannot be read: there is no such/,
      ) as unknown,
    });
  });

  it('is 3 where nobody answers', async () => {
    const server = createServer();
    const port = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    const { status, stderr } = await health(port);
    expect([status, stderr]).toEqual([3, expect.stringMatching(/cannot be reached: nobody listens there\n/)]);
  });
});

it('takes the configuration that the environment names', async () => {
  const { server } = answering(200, '');
  const directory = await temporaryDirectory();
  await writeFiles(directory, { 'issuer.yaml': CONFIG.replace('port: 0', `port: ${await listening(server)}`) });
  const env = { IDP_ISSUER_CONFIG: join(directory, 'issuer.yaml') };
  expect(await run(['issuer', 'health'], { env })).toMatchObject({ status: 0 });
  expect(await run(['issuer', 'check'], { env })).toMatchObject({ status: 0 });
});

it.each<[string, string | undefined, (port: number) => Environment]>([
  ['a port instead of that in the file', CONFIG, (port) => ({ IDP_ISSUER__LISTEN__PORT: String(port) })],
  ['a listener', undefined, (port) => ({ IDP_ISSUER__LISTEN: `{ host: 0.0.0.0, port: ${port} }` })],
  [
    'each setting',
    undefined,
    (port) => ({
      IDP_ISSUER__LISTEN: '{ host: 127.0.0.2, port: 1 }',
      IDP_ISSUER__LISTEN__HOST: '127.0.0.1',
      IDP_ISSUER__LISTEN__PORT: String(port),
    }),
  ],
])('takes %s from the environment', async (_what, config, variables) => {
  const { server } = answering(200, '');
  const directory = await temporaryDirectory();
  await writeFiles(directory, { 'issuer.yaml': config ?? '' });
  const env = {
    ...variables(await listening(server)),
    ...(config === undefined ? {} : { IDP_ISSUER_CONFIG: join(directory, 'issuer.yaml') }),
  };
  expect(await run(['issuer', 'health'], { env })).toEqual({ status: 0, stdout: '', stderr: '' });
});

it.each([{ IDP_ISSUER__LISTEN__TLS: '{ cert_file: a, key_file: b }' }, { IDP_ISSUER__LISTEN__TLS__CERT_FILE: 'a' }])(
  'knows of TLS from the environment: %o',
  async (variables) => {
    const { certPem: cert, keyPem: key } = certificate;
    const server = createTlsServer({ cert, key }, (_request, reply) => reply.end('{}'));
    const env = { IDP_ISSUER__LISTEN__PORT: String(await listening(server)), ...variables };
    expect(await run(['issuer', 'health'], { env })).toMatchObject({ status: 0 });
  },
);

it('asks by TLS, whatever name the certificate is for', async () => {
  const { certPem: cert, keyPem: key } = certificate;
  const server = createTlsServer({ cert, key }, (_request, reply) => reply.end('{}'));
  const target = { host: '0.0.0.0', port: await listening(server), tls: {} };
  await expect(demandHealth(target, '/healthz', reasonOf)).resolves.toBeUndefined();
});

it('does not wait for ever', async () => {
  const server = createServer(() => undefined);
  onTestFinished(() => {
    server.closeAllConnections();
  });
  const target = { host: '127.0.0.1', port: await listening(server) };
  await expect(demandHealth(target, '/healthz', reasonOf, 200)).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringMatching(/no answer within 0.2 s$/) as unknown,
  });
});

it.each([
  ['0.0.0.0', 'http://127.0.0.1:8080/healthz'],
  ['::', 'http://[::1]:8080/healthz'],
  ['localhost', 'http://localhost:8080/healthz'],
  ['10.0.0.7', 'http://10.0.0.7:8080/healthz'],
])('asks an issuer that listens at %s at %s', (host, url) => {
  expect(healthUrl({ host, port: 8080 }, '/healthz')).toBe(url);
});
