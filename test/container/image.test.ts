/** The image of the issuer, built by podman and run as in production. Skipped, and said why, where no container can run. */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:tls';
import { text as textOf } from 'node:stream/consumers';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { Agent, request } from 'undici';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { LIMITS } from '../../tools/lib/podman.mjs';
import { createAuthority } from '../sandbox/net/authority.ts';
import { exchangeForm } from '../serve/running.ts';
import {
  type Mounted,
  becomesHealthy,
  builtImage,
  evaluate,
  findContainers,
  freePorts,
  HARDENED,
  start,
  volume,
} from './containers.ts';

const HOST = 'tokens.example.com';
const FACTS = {
  organization_id: 'acme',
  project_id: 'prj-1',
  environment_id: 'env-1',
  runner_id: 'runner-1',
  runner_name: 'the runner',
  creator_principal: 'PRINCIPAL_USER',
  creator_id: 'user-1',
  creator_name: 'Ada',
};

const found = await findContainers();
if (!found.ok) console.warn(`The tests of the container image are skipped: ${found.reason}`);

describe.runIf(found.ok)('the image', () => {
  let image: Awaited<ReturnType<typeof builtImage>>;
  beforeAll(async () => {
    if (!found.ok) throw new Error(found.reason);
    image = await builtImage(found);
    return () => image[Symbol.asyncDispose]();
  }, 900_000);

  it('says what it is, and runs as nobody in particular', async () => {
    const { podman, name } = image;
    const { output } = await podman.run(['image', 'inspect', name]);
    const [{ Config: config, Healthcheck: health }] = JSON.parse(output) as [Record<string, unknown>];
    expect(health).toMatchObject({ Test: ['CMD', 'node', '/opt/idp/bin/idp.js', 'issuer', 'health'] });
    expect(config).toMatchObject({
      User: '65532:65532',
      WorkingDir: '/srv/idp',
      StopSignal: 'SIGTERM',
      Entrypoint: ['node', '/opt/idp/bin/idp.js'],
      Cmd: ['issuer', 'serve'],
      ExposedPorts: { '8080/tcp': {} },
      Labels: { 'org.opencontainers.image.title': 'idp-kit', 'org.opencontainers.image.licenses': 'Apache-2.0' },
    });
  });

  it('has no shell, and nothing that its user could write but its state', async () => {
    const { podman, name } = image;
    const shell = await podman.run(['run', '--rm', ...HARDENED, '--entrypoint', '/bin/sh', name, '-c', 'true']);
    expect(shell.code).toBe(127);
    const program = `
      const walk = (folder) => fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        const path = folder + '/' + entry.name;
        const writable = entry.isSymbolicLink() ? false : (() => { try { fs.accessSync(path, fs.constants.W_OK); return true; } catch { return false; } })();
        return [...(writable ? [path] : []), ...(entry.isDirectory() ? walk(path) : [])];
      });
      const status = fs.readFileSync('/proc/self/status', 'utf8');
      console.log(JSON.stringify({
        ids: [process.getuid(), process.getgid()],
        capabilities: /CapEff:\\s*(\\w+)/.exec(status)[1],
        writable: ['/opt', '/srv', '/usr', '/etc'].flatMap(walk),
        sources: fs.existsSync('/opt/idp/src'),
      }));`;
    const found = { ids: [65532, 65532], capabilities: '0000000000000000', sources: false };
    expect(await evaluate(image, program)).toEqual({ ...found, writable: [] });
    const writable = await evaluate(image, program, ['--cap-drop', 'all', ...LIMITS]);
    expect(writable).toEqual({ ...found, writable: ['/srv/idp/data'] });
  });

  it('has a bill of materials with exactly the packages that are in it', async () => {
    const program = `
      const found = [];
      const walk = (folder) => {
        for (const name of fs.readdirSync(folder).filter((name) => !name.startsWith('.'))) {
          if (name.startsWith('@') && !folder.includes('@', folder.lastIndexOf('/'))) { walk(folder + '/' + name); continue; }
          const { name: own, version } = JSON.parse(fs.readFileSync(folder + '/' + name + '/package.json', 'utf8'));
          found.push(own + '@' + version);
          const inner = folder + '/' + name + '/node_modules';
          if (fs.existsSync(inner)) walk(inner);
        }
      };
      walk('/opt/idp/node_modules');
      const bill = JSON.parse(fs.readFileSync('/opt/idp/sbom.cdx.json', 'utf8'));
      const named = bill.components.map(({ name, version }) => name + '@' + version);
      console.log(JSON.stringify({ found, named, format: bill.bomFormat, of: bill.metadata.component.name }));`;
    const { found: packages, named, ...bill } = (await evaluate(image, program)) as Bill;
    expect([...new Set(named)].sort()).toEqual([...new Set(packages)].sort());
    expect(bill).toEqual({ format: 'CycloneDX', of: 'idp-kit' });
    expect(packages.filter((name) => /^(?:@pulumi|typescript|vitest)/.test(name))).toEqual([]);
    expect(named).toEqual(expect.arrayContaining([expect.stringMatching(/^fastify@/), expect.stringMatching(/^pg@/)]));
  });

  it('has all that its modules import', async () => {
    const program = `
      const files = fs.readdirSync('/opt/idp/dist/src', { recursive: true }).filter((file) => file.endsWith('.js'));
      const failed = await Promise.all(files.map((file) => import('/opt/idp/dist/src/' + file).then(() => [], (error) => [file, error.message])));
      console.log(JSON.stringify({ count: files.length, failed: failed.flat()}));`;
    const { count, failed } = (await evaluate(image, program)) as { count: number; failed: string[] };
    expect(failed).toEqual([]);
    expect(count).toBeGreaterThan(150);
  });

  it.each([
    ['that is wrong', 'listen: { port: x }', /issuer\.yaml:1:\d+: listen\.port: [^]*idp issuer check/],
    [
      'whose files are not there',
      (ports: string) => ports,
      /the admin token \/run\/secrets\/admin\.token cannot be read/,
    ],
  ])('ends with status 2 and a reason for a configuration %s', async (_what, config, reason) => {
    const [port = 0, admin = 0] = await freePorts(2);
    const text = typeof config === 'string' ? config : config(plainConfig(port, admin));
    const container = await start(image, { config: text }, onTestFinished);
    expect((await container.ask('wait')).output.trim()).toBe('2');
    expect(await container.logs()).toMatch(reason);
  });

  it('issues tokens to the outside, ends what has begun, and goes on where it was', { timeout: 120_000 }, async () => {
    const authority = await createAuthority({ now: () => new Date() });
    const { certPem, keyPem } = await authority.issue([HOST]);
    const [port = 0, admin = 0] = await freePorts(2);
    const adminToken = randomBytes(32).toString('hex');
    const mounted: Mounted = {
      config: plainConfig(port, admin).replace(
        '} # tls',
        ', tls: { cert_file: /run/secrets/tls.pem, key_file: /run/secrets/tls-key.pem } }',
      ),
      secrets: { 'admin.token': adminToken, 'tls.pem': certPem, 'tls-key.pem': keyPem },
      volume: await volume(image, onTestFinished),
    };
    const agent = new Agent({ connect: { ca: authority.caPem, servername: HOST } });
    onTestFinished(() => agent.close());
    const client = { agent, port, admin, adminToken };

    const first = await start(image, mounted, onTestFinished);
    await becomesHealthy(first);
    const jwks = await keys(client);
    const credential = await register(client);
    const token = await exchange(client, credential);
    const { payload } = await jwtVerify(token, createLocalJWKSet(jwks), {
      issuer: `https://${HOST}`,
      audience: 'vault',
    });
    expect(payload.sub).toBe('organization_id:acme:project_id:prj-1');

    // A request that has begun is answered after the signal; a new one finds nobody.
    const slow = await beginExchange(client, authority.caPem, credential);
    expect((await first.ask('kill', '--signal', 'TERM')).code).toBe(0);
    await expect.poll(() => exchange(client, credential).catch(() => 'refused'), { timeout: 5000 }).toBe('refused');
    expect(await slow.finish()).toMatch(/^HTTP\/1\.1 200 [^]*"access_token":"ey/);
    expect((await first.ask('wait')).output.trim()).toBe('0');
    expectCleanLog(await first.logs(), [adminToken, credential, token, keyPem]);

    const second = await start(image, mounted, onTestFinished);
    await becomesHealthy(second);
    expect(await keys(client)).toEqual(jwks);
    await jwtVerify(await exchange(client, credential), createLocalJWKSet(jwks));
    const before = Date.now();
    await second.ask('stop', '--time', '15');
    expect(Date.now() - before).toBeLessThan(10_000);
    expect(await second.inspect('.State.ExitCode')).toBe('0');
  });
});

interface Bill {
  /** Packages as `name@version`: those in the image, and those on the bill. */
  readonly found: readonly string[];
  readonly named: readonly string[];
  readonly format: string;
  readonly of: string;
}

interface Client {
  readonly agent: Agent;
  readonly port: number;
  readonly admin: number;
  readonly adminToken: string;
}

function plainConfig(port: number, admin: number): string {
  return `
listen: { host: 127.0.0.1, port: ${port} } # tls
admin: { host: 127.0.0.1, port: ${admin}, token_file: /run/secrets/admin.token }
store: { sqlite: data/issuer.db }
custody: [{ secret_file: data/sealing.key }]
issuers: { ona: { url: "https://${HOST}", profiles: [{ profile: ona-v3 }] } }
`;
}

async function keys({ agent, port }: Client): Promise<JSONWebKeySet> {
  const headers = { host: HOST };
  const discovery = await request(`https://127.0.0.1:${port}/.well-known/openid-configuration`, {
    dispatcher: agent,
    headers,
  });
  expect(await discovery.body.json()).toMatchObject({ issuer: `https://${HOST}` });
  const reply = await request(`https://127.0.0.1:${port}/.well-known/jwks.json`, { dispatcher: agent, headers });
  return (await reply.body.json()) as JSONWebKeySet;
}

/** Puts the organization, and registers a workload in it. */
async function register({ admin, adminToken }: Client): Promise<string> {
  const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' };
  const at = `http://127.0.0.1:${admin}/admin/issuers/ona`;
  const put = await request(`${at}/organizations/acme`, { method: 'PUT', headers, body: '{"profile":"ona-v3"}' });
  expect(put.statusCode).toBe(200);
  await put.body.dump();
  const body = JSON.stringify({ organization: 'acme', facts: FACTS });
  const posted = await request(`${at}/registrations`, { method: 'POST', headers, body });
  expect(posted.statusCode).toBe(201);
  return ((await posted.body.json()) as { credential: string }).credential;
}

const formOf = (credential: string): string =>
  new URLSearchParams(
    exchangeForm(credential, 'vault').map(([name, value]): [string, string] => [name, value]),
  ).toString();

async function exchange({ agent, port }: Client, credential: string): Promise<string> {
  const { statusCode, body } = await request(`https://127.0.0.1:${port}/token`, {
    dispatcher: agent,
    method: 'POST',
    headers: { host: HOST, 'content-type': 'application/x-www-form-urlencoded' },
    body: formOf(credential),
  });
  const reply = (await body.json()) as { access_token?: string };
  if (statusCode !== 200 || reply.access_token === undefined) throw new Error(JSON.stringify(reply));
  return reply.access_token;
}

/** An exchange whose last byte is sent later. */
async function beginExchange({ port }: Client, ca: string, credential: string) {
  const socket = connect({ host: '127.0.0.1', port, ca, servername: HOST });
  onTestFinished(() => void socket.destroy());
  const form = formOf(credential);
  const head = [
    'POST /token HTTP/1.1',
    `host: ${HOST}`,
    'content-type: application/x-www-form-urlencoded',
    `content-length: ${form.length}`,
    'connection: close',
  ];
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.write(`${head.join('\r\n')}\r\nexpect: 100-continue\r\n\r\n`);
    // The issuer asks for the body: it has begun.
    socket.once('data', () => {
      resolve();
    });
  });
  socket.write(form.slice(0, -1));
  return {
    finish: async () => {
      socket.write(form.slice(-1));
      return textOf(socket);
    },
  };
}

function expectCleanLog(log: string, secrets: readonly string[]): void {
  const lines = log.trim().split('\n');
  expect(lines.length).toBeGreaterThan(2);
  for (const line of lines) expect(() => JSON.parse(line) as unknown, line).not.toThrow();
  for (const secret of secrets) expect(log).not.toContain(secret);
}
