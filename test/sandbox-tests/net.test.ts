/** The authority and the proxy: real handshakes, real tunnels. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import process from 'node:process';
import { ProxyAgent, fetch } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuthority, type Authority } from '../sandbox/net/authority.ts';
import { startChild } from '../sandbox/net/child.ts';
import { startConnectProxy, type ConnectProxy } from '../sandbox/net/connect-proxy.ts';
import { close, listen, waitUntil } from '../sandbox/net/ports.ts';
import { PATH, run, workspace } from './support.ts';

const space = workspace();
let authority: Authority;
let server: Server;
let port: number;
let proxy: ConnectProxy;

beforeAll(async () => {
  authority = await createAuthority({ now: () => new Date() });
  const { certPem, keyPem } = await authority.issue(['app.gitpod.io', 'localhost', '127.0.0.1']);
  server = createServer({ cert: certPem, key: keyPem }, (request, response) => {
    response.end(request.headers.host);
  });
  port = await listen(server);
  proxy = await startConnectProxy({ routes: { 'app.gitpod.io': { host: '127.0.0.1', port } } });
});

afterAll(async () => {
  await proxy.stop();
  server.closeAllConnections();
  await close(server);
  space.remove();
});

/** A new agent each time, so that no tunnel is used twice. */
async function through(url: string, ca = authority.caPem): Promise<string> {
  const dispatcher = new ProxyAgent({ uri: proxy.url, requestTls: { ca } });
  try {
    return await (await fetch(url, { dispatcher, signal: AbortSignal.timeout(2000) })).text();
  } finally {
    await dispatcher.destroy();
  }
}

describe('the authority', () => {
  test('OpenSSL is content, strictly', async () => {
    const { certPem } = await authority.issue(['gitlab.example.com', '127.0.0.1']);
    const [ca, leaf] = [space.file('ca.pem', authority.caPem), space.file('leaf.pem', certPem)];
    const verify = [
      'verify',
      '-x509_strict',
      '-purpose',
      'sslserver',
      '-verify_hostname',
      'gitlab.example.com',
      '-CAfile',
      ca,
      leaf,
    ];
    expect(await run('openssl', verify, { env: { PATH } })).toMatchObject({ code: 0 });
    const wrong = verify.map((word) => (word === 'gitlab.example.com' ? 'evil.example.com' : word));
    expect((await run('openssl', wrong, { env: { PATH } })).code).not.toBe(0);
  });

  test("Python's strict verification is content", async () => {
    const code = `
import ssl, socket, sys
context = ssl.create_default_context(cafile=sys.argv[1])
context.verify_flags |= ssl.VERIFY_X509_STRICT
context.wrap_socket(socket.create_connection(('127.0.0.1', int(sys.argv[2]))), server_hostname=sys.argv[3])`;
    const args = ['-c', code, space.file('ca.pem', authority.caPem), String(port)];
    const handshakes = ['localhost', '127.0.0.1'].map((name) => run('python3', [...args, name], { env: { PATH } }));
    for (const result of await Promise.all(handshakes)) expect(result, result.stderr).toMatchObject({ code: 0 });
  });

  test('certificates are short-lived, and another authority is not trusted', async () => {
    const now = new Date('2030-01-01T00:00:00Z');
    const other = await createAuthority({ now: () => now, lifetimeSeconds: 600 });
    const file = space.file('other.pem', other.caPem);
    const { stdout } = await run('openssl', ['x509', '-in', file, '-noout', '-enddate'], { env: { PATH } });
    expect(stdout).toBe('notAfter=Jan  1 00:10:00 2030 GMT\n');
    await expect(through('https://app.gitpod.io/', other.caPem)).rejects.toThrow();
  });
});

describe('the proxy', () => {
  test('leads a name, without its port, to where it was told', async () => {
    expect(await through('https://app.gitpod.io/x')).toBe('app.gitpod.io');
    expect(proxy.events.at(-1)).toEqual({ target: 'app.gitpod.io:443', outcome: 'connected' });
  });

  test.each(['https://example.com/', 'https://app.gitpod.io:8443/', `https://127.0.0.1:1/`])(
    'refuses %s',
    async (url) => {
      await expect(through(url)).rejects.toThrow();
      expect(proxy.events.at(-1)?.outcome).toBe('refused');
    },
  );

  test('refuses plain requests', async () => {
    const { stdout } = await run(
      'curl',
      ['-s', '-o', '/dev/null', '-w', '%{http_code}', '-x', proxy.url, 'http://example.com/'],
      { env: { PATH } },
    );
    expect(stdout).toBe('403');
  });

  test('cuts a name off, with the tunnels that are open, and restores it', async () => {
    const open = new ProxyAgent({ uri: proxy.url, requestTls: { ca: authority.caPem } });
    const ask = () => fetch('https://app.gitpod.io/', { dispatcher: open }).then((response) => response.text());
    expect(await ask()).toBe('app.gitpod.io');
    proxy.cut('app.gitpod.io');
    await expect(ask()).rejects.toThrow();
    await open.destroy();
    await expect(through('https://app.gitpod.io/')).rejects.toThrow();
    proxy.restore('app.gitpod.io');
    expect(await through('https://app.gitpod.io/')).toBe('app.gitpod.io');
  });

  test('hangs, when told so, until the client gives up', async () => {
    proxy.cut('app.gitpod.io', 'hang');
    const dispatcher = new ProxyAgent({ uri: proxy.url, requestTls: { ca: authority.caPem } });
    const asked = fetch('https://app.gitpod.io/', { dispatcher, signal: AbortSignal.timeout(200) });
    await expect(asked).rejects.toMatchObject({ name: 'TimeoutError' });
    await dispatcher.destroy();
    proxy.restore('app.gitpod.io');
  });

  test('says 502 for an address where nobody listens', async () => {
    proxy.route('gone.example', { host: '127.0.0.1', port: 1 });
    await expect(through('https://gone.example/')).rejects.toThrow();
    expect(proxy.events.at(-1)?.outcome).toBe('failed');
  });
});

describe('children', () => {
  test('see only the environment they are given, and end by stop', async () => {
    const child = startChild({ command: 'env', args: [], env: { PATH, ONLY: 'this' } });
    await waitUntil(() => Promise.resolve(!child.running()), { what: 'env' });
    expect(child.output()).toMatch(/^ONLY=this$/m);
    expect(child.output()).not.toMatch(/^(HOME|AWS_CA_BUNDLE|SSL_CERT_FILE)=/m);
    const sleeper = startChild({ command: 'sleep', args: ['60'], env: { PATH } });
    await sleeper.stop();
    expect(sleeper.running()).toBe(false);
  });

  test('end with their parent, even when it is killed', async () => {
    const module = join(import.meta.dirname, '../sandbox/net/child.ts');
    const program = `
      const { startChild } = await import(${JSON.stringify(module)});
      const child = startChild({ command: 'sh', args: ['-c', 'echo $$; exec sleep 60'], env: { PATH: process.env.PATH } });
      setInterval(() => { if (child.output() !== '') { process.stdout.write(child.output()); process.kill(process.pid, 'SIGKILL'); } }, 10);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
      env: { PATH },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    parent.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await once(parent, 'close');
    const pid = Number(output);
    expect(pid).toBeGreaterThan(1);
    const gone = () => {
      try {
        process.kill(pid, 0);
        return false;
      } catch {
        return true;
      }
    };
    await waitUntil(() => Promise.resolve(gone()), { what: 'the end of the child', timeoutMs: 5000 });
  });
});
