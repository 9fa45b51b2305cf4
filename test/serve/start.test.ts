import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type Socket, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { decodeProtectedHeader } from 'jose';
import { Agent, request } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { signJws } from '../../src/issuer/jws.ts';
import { openIssuers } from '../../src/serve/open.ts';
import { ENVIRONMENT } from '../issuer/issuer.ts';
import { createAuthority } from '../sandbox/net/authority.ts';
import { temporaryDirectory } from './directory.ts';
import {
  ADMIN_TOKEN,
  CONFIG,
  HOSTS,
  configOf,
  exchangeForm,
  registerOver,
  runIssuer,
  tokenOver,
  writeFiles,
} from './running.ts';

const JWKS = '/.well-known/jwks.json';

async function free(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

it('has its keys and registrations after a restart', async () => {
  const directory = await temporaryDirectory();
  const first = await runIssuer({ directory });
  const { credential } = await registerOver(first, 'ona', { profile: 'ona-v3' }, ENVIRONMENT);
  const { text } = await first.get(HOSTS.ona, JWKS);
  await first.stop();
  const second = await runIssuer({ directory });
  expect((await second.get(HOSTS.ona, JWKS)).text).toBe(text);
  expect(await tokenOver(second, HOSTS.ona, '/token', exchangeForm(credential, 'a'))).toMatch(/^ey/);
});

it('makes its secrets for their owner alone', async () => {
  const { directory } = await runIssuer();
  const modes = await Promise.all(
    ['sealing.key', 'issuer.db'].map(async (name) => (await stat(join(directory, name))).mode & 0o777),
  );
  expect(modes).toEqual([0o600, 0o600]);
});

it('signs with a rotated key once it was published long enough, and verifies the old one on', async () => {
  let now = 1_800_000_000;
  const running = await runIssuer({ now: () => now });
  const { credential } = await registerOver(running, 'ona', { profile: 'ona-v3' }, ENVIRONMENT);
  const kid = async () => {
    const token = await tokenOver(running, HOSTS.ona, '/token', exchangeForm(credential, 'a'));
    return decodeProtectedHeader(token).kid;
  };
  const published = async () => {
    const { json } = await running.get(HOSTS.ona, JWKS);
    return (json as { keys: { kid: string }[] }).keys.map((key) => key.kid);
  };
  await running.admin('POST', '/admin/issuers/ona/keys/rotate');
  expect([await kid(), await published()]).toEqual(['k0', ['k0', 'k1']]);
  now += 900;
  expect([await kid(), await published()]).toEqual(['k1', ['k0', 'k1']]);
  now += 3600 + 300 + 300 + 60;
  expect([await kid(), await published()]).toEqual(['k1', ['k1']]);
});

it('serves with TLS where it is told to', async () => {
  const authority = await createAuthority({ now: () => new Date() });
  const { certPem, keyPem } = await authority.issue(['app.gitpod.io']);
  const directory = await temporaryDirectory();
  await writeFiles(directory, { 'tls.pem': certPem, 'tls-key.pem': keyPem });
  const tls = 'port: 0, tls: { cert_file: tls.pem, key_file: tls-key.pem } }';
  const { publicUrl } = await runIssuer({ config: CONFIG.replace('port: 0 }', tls), directory });
  const dispatcher = new Agent({ connect: { ca: authority.caPem, servername: HOSTS.ona } });
  onTestFinished(() => dispatcher.close());
  const reply = await request(publicUrl + JWKS, { headers: { host: HOSTS.ona }, dispatcher });
  expect([new URL(publicUrl).protocol, reply.statusCode]).toEqual(['https:', 200]);
  await reply.body.dump();
});

it('lets another process sign with the same keys while it runs', async () => {
  const running = await runIssuer();
  const ports = { now: () => Math.floor(Date.now() / 1000), random: randomBytes };
  const opened = await openIssuers(configOf(CONFIG, running.directory), ports);
  onTestFinished(opened.close);
  const signer = opened.issuers.find(({ settings }) => settings.name === 'ona')?.ring.signer();
  if (signer === undefined) throw new Error('no signer');
  const token = await signJws({ iss: 'https://elsewhere.example' }, signer, { alg: 'none' });
  expect(decodeProtectedHeader(token)).toEqual({ alg: 'none', kid: 'k0', typ: 'JWT' });
  expect((await running.get(HOSTS.ona, JWKS)).text).toContain('"kid":"k0"');
});

it('logs nothing that is secret', async () => {
  const running = await runIssuer();
  const { credential } = await registerOver(running, 'ona', { profile: 'ona-v3' }, ENVIRONMENT);
  const token = await tokenOver(running, HOSTS.ona, '/token', exchangeForm(credential, 'a'));
  await running.get(HOSTS.ona, `/token?subject_token=${credential}`);
  await running.post(HOSTS.ona, '/token', `${credential}=${credential}&subject_token=${credential}`);
  await running.post(HOSTS.ona, '/token', JSON.stringify({ credential }), { 'content-type': 'application/json' });
  await running.admin('PUT', '/admin/issuers/ona/organizations/acme', `{"broken": "${credential}`);
  const sealing = (await readFile(join(running.directory, 'sealing.key'), 'utf8')).trim();
  await running.stop();
  const log = running.log();
  expect(log).toContain('"status":200');
  const [, secret = ''] = credential.split('.');
  const [, , signature = ''] = token.split('.');
  for (const hidden of [secret, signature, ADMIN_TOKEN, sealing]) expect(log).not.toContain(hidden);
});

describe('stops', () => {
  const opened = async (socket: Socket, event: string) => {
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once(event, resolve));
    onTestFinished(() => void socket.destroy());
    return socket;
  };
  const milliseconds = async (run: () => Promise<unknown>) => {
    const start = performance.now();
    await run();
    return performance.now() - start;
  };

  it.each(['127.0.0.1', 'localhost'])(
    'at once at %s, whoever is connected without asking for anything',
    async (host) => {
      const running = await runIssuer({ config: CONFIG.replaceAll('host: 127.0.0.1', `host: ${host}`) });
      const ports = [running.publicUrl, running.adminUrl].map((url) => Number(new URL(url).port));
      const addresses =
        host === 'localhost' ? (await lookup(host, { all: true })).map(({ address }) => address) : [host];
      for (const port of ports) {
        for (const address of addresses) await opened(connect(port, address), 'connect');
      }
      // One that has had its answer, too.
      await running.get(HOSTS.ona, JWKS);
      expect(await milliseconds(running.stop)).toBeLessThan(2000);
      expect(await Promise.all(ports.map(free))).toEqual([true, true]);
    },
  );

  it('at once with TLS too, before and after the handshake', async () => {
    const authority = await createAuthority({ now: () => new Date() });
    const { certPem, keyPem } = await authority.issue(['app.gitpod.io']);
    const directory = await temporaryDirectory();
    await writeFiles(directory, { 'tls.pem': certPem, 'tls-key.pem': keyPem });
    const tls = 'port: 0, tls: { cert_file: tls.pem, key_file: tls-key.pem } }';
    const running = await runIssuer({ config: CONFIG.replace('port: 0 }', tls), directory });
    const options: ConnectionOptions = { port: Number(new URL(running.publicUrl).port), host: '127.0.0.1' };
    await opened(connect(Number(options.port), '127.0.0.1'), 'connect');
    await opened(connectTls({ ...options, ca: authority.caPem, servername: HOSTS.ona }), 'secureConnect');
    expect(await milliseconds(running.stop)).toBeLessThan(2000);
  });

  it('when a request that has begun is answered', async () => {
    const running = await runIssuer();
    const client = await opened(connect(Number(new URL(running.publicUrl).port), '127.0.0.1'), 'connect');
    let answer = '';
    client.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    const body = 'grant_type=x';
    client.write(`POST /token HTTP/1.1\r\nhost: ${HOSTS.ona}\r\ncontent-type: application/x-www-form-urlencoded\r\n`);
    client.write(`content-length: ${body.length}\r\n\r\n`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const ended = new Promise((resolve) => client.once('end', resolve));
    const stopped = running.stop();
    await new Promise((resolve) => setTimeout(resolve, 100));
    client.write(body);
    expect(await milliseconds(() => stopped)).toBeLessThan(2000);
    await ended;
    expect(answer).toMatch(/^HTTP\/1.1 400 [^]*connection: close[^]*unsupported_grant_type/i);
  });
});

describe('does not start', () => {
  it('where the port is taken, and leaves nothing open', async () => {
    const running = await runIssuer();
    const port = Number(new URL(running.adminUrl).port);
    const config = CONFIG.replace('admin: { host: 127.0.0.1, port: 0', `admin: { host: 127.0.0.1, port: ${port}`);
    const directory = await temporaryDirectory();
    await expect(runIssuer({ config, directory })).rejects.toMatchObject({
      code: 'listener-unavailable',
      message: `\`admin\` cannot serve at 127.0.0.1:${port}: the port is taken`,
    });
    await running.stop();
    expect(await free(port)).toBe(true);
  });

  it('with another sealing secret', async () => {
    const directory = await temporaryDirectory();
    await (await runIssuer({ directory })).stop();
    await writeFile(join(directory, 'sealing.key'), randomBytes(32).toString('base64'));
    await expect(runIssuer({ directory })).rejects.toMatchObject({ code: 'wrong-sealing-secret' });
  });

  it('where the sealing secret of its keys is gone, and makes no new one', async () => {
    const directory = await temporaryDirectory();
    await (await runIssuer({ directory })).stop();
    await rm(join(directory, 'sealing.key'));
    await expect(runIssuer({ directory })).rejects.toMatchObject({ code: 'wrong-sealing-secret' });
    await expect(stat(join(directory, 'sealing.key'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('with a sealing secret that is too short', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'sealing.key'), 'short\n');
    await expect(runIssuer({ directory })).rejects.toMatchObject({ code: 'bad-configuration' });
  });

  it('without the file of the admin token', async () => {
    const config = CONFIG.replace(/token_sha256: \S+/, 'token_file: absent');
    await expect(runIssuer({ config })).rejects.toMatchObject({ code: 'file-unreadable' });
  });

  it('with a certificate that is none', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'tls.pem'), 'not a certificate');
    const config = CONFIG.replace('port: 0 }', 'port: 0, tls: { cert_file: tls.pem, key_file: tls.pem } }');
    await expect(runIssuer({ config, directory })).rejects.toMatchObject({ code: 'bad-configuration' });
  });
});
