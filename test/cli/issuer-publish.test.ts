// `idp issuer publish` as it is run: a folder that a web server has over TLS, and the way of a relying party to it.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Authority, createAuthority } from '../sandbox/net/authority.ts';
import { startConnectProxy } from '../sandbox/net/connect-proxy.ts';
import { temporaryDirectory } from '../serve/directory.ts';
import { HOST, JWKS, STATIC_CONFIG, serveFolder, staticWorld } from '../serve/publish/world.ts';
import { writeFiles } from '../serve/running.ts';
import { run, type Ran } from './run.ts';

let authority: Authority;
beforeAll(async () => {
  authority = await createAuthority({ now: () => new Date() });
});

interface Published {
  readonly world: Awaited<ReturnType<typeof staticWorld>>;
  readonly folder: string;
  readonly publish: (...rest: readonly string[]) => Promise<Ran>;
  readonly headers: Record<string, string>;
  readonly cut: () => void;
}

/** What is served is the folder, unless it is another one. */
async function published(served?: string): Promise<Published> {
  const world = await staticWorld();
  const folder = await temporaryDirectory();
  const headers: Record<string, string> = {};
  const port = await serveFolder(served ?? folder, authority, () => headers);
  const proxy = await startConnectProxy({ routes: { [HOST]: { host: '127.0.0.1', port } } });
  onTestFinished(() => proxy.stop());
  const config = join(world.directory, 'issuer.yaml');
  await writeFiles(world.directory, { 'issuer.yaml': STATIC_CONFIG, 'ca.pem': authority.caPem });
  const caFile = join(world.directory, 'ca.pem');
  return {
    world,
    folder,
    headers,
    cut: () => {
      proxy.cut(HOST);
    },
    publish: async (...rest) => {
      const place = rest.includes('--dir') || rest.includes('--s3') ? [] : ['--dir', folder];
      const args = ['--config', config, '--issuer', 'ona', '--ca-file', caFile, ...place, ...rest];
      const env = { HTTPS_PROXY: proxy.url };
      const ran = await run(['issuer', 'publish', ...args], { env, now: world.now() * 1000 });
      await world.issuer.ring.refresh();
      return ran;
    },
  };
}

it('writes, looks, and says when a new key signs', async () => {
  const { world, folder, publish } = await published();
  expect(await publish()).toEqual({
    status: 0,
    stdout:
      `written   ${folder}${JWKS}\nwritten   ${folder}/idp/.well-known/openid-configuration\n` +
      'k0 active\nk1 active\n',
    stderr:
      `wrote ${JWKS}\nwrote /idp/.well-known/openid-configuration\n` +
      `looking at https://${HOST}${JWKS}\nlooking at https://${HOST}/idp/.well-known/openid-configuration\n`,
  });
  await world.issuer.ring.rotate();
  const second = await publish();
  expect(second.stdout).toMatch(
    /^written .*jwks.json\nunchanged .*\nk0 active\nk1 active\nk2 pending, signs in 15 min \(\S+Z\)\n/,
  );
  const third = await publish('--json');
  expect(JSON.parse(third.stdout)).toMatchObject({
    issuer: 'ona',
    target: folder,
    files: [{ path: JWKS, written: false }, { written: false }],
    seen: 'yes',
    problems: [],
    keys: [{}, {}, { kid: 'k2', state: 'pending', published_at: world.now(), signs_at: world.now() + 900 }, {}],
  });
});

it('leaves keys pending without a look', async () => {
  const { world, publish } = await published();
  const ran = await publish('--no-check');
  expect(ran).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('k0 pending, signs once it is seen') as unknown,
  });
  expect(world.states()).toEqual({ k0: 'pending', k1: 'pending' });
});

describe('what relying parties do not see', () => {
  it.each<[string, (at: Published) => unknown, RegExp]>([
    [
      'since nobody serves it',
      ({ cut }) => {
        cut();
      },
      /cannot reach https:..tokens.example.com.idp/,
    ],
    [
      'since it may be cached for too long',
      ({ headers }) => (headers['cache-control'] = 'public, max-age=3600'),
      /may be cached for 3600 s \(Cache-Control\), and keys.publish_seconds is 900/,
    ],
    [
      'since shared caches keep it for too long',
      ({ headers }) => (headers['cache-control'] = 's-maxage=900, max-age=1'),
      /may be cached for 900 s/,
    ],
  ])('%s ends with status 3, and no key signs', async (_why, change, message) => {
    const at = await published();
    change(at);
    const ran = await at.publish();
    expect(ran).toMatchObject({
      status: 3,
      stdout: expect.stringContaining('k0 pending, signs once it is seen') as unknown,
    });
    expect(ran.stderr).toMatch(message);
    expect(at.world.states()).toEqual({ k0: 'pending', k1: 'pending' });
  });

  it('since something else is served: each thing is said', async () => {
    const other = await temporaryDirectory();
    const { world, folder, publish } = await published(other);
    expect((await publish()).stderr).toMatch(/jwks.json answers HTTP 404\n.*openid-configuration answers HTTP 404/);
    const { cp } = await import('node:fs/promises');
    await cp(folder, other, { recursive: true });
    await writeFile(join(other, JWKS), '{"keys":[{"kid":"k0","kty":"EC"},{"kid":"old\\u001b"}]}');
    await writeFile(join(other, 'idp/.well-known/openid-configuration'), '{"issuer":"https://evil.example"}');
    const ran = await publish();
    expect(ran.status).toBe(3);
    for (const line of [
      `https://${HOST}${JWKS} has no key k0`,
      `https://${HOST}${JWKS} has no key k1`,
      'has issuer "https://evil.example" and not "https://tokens.example.com/idp"',
      'has jwks_uri nothing and not',
    ]) {
      expect(ran.stderr).toContain(line);
    }
    expect(ran.stdout).toContain(`has the key "old\\u001b" too`);
    expect(world.states()).toEqual({ k0: 'pending', k1: 'pending' });
  });
});

it.each<[string, readonly string[], RegExp]>([
  ['no place', ['--issuer', 'ona'], /--dir or --s3/],
  ['two places', ['--issuer', 'ona', '--dir', 'x', '--s3', 's3://bucket'], /one place/],
  ['no bucket', ['--issuer', 'ona', '--s3', 'bucket'], /--s3 names no bucket/],
  ['an issuer that is not there', ['--issuer', 'onna', '--dir', '.'], /no issuer onna: did you mean ona\?/],
])('refuses %s', async (_what, args, message) => {
  const directory = await temporaryDirectory();
  await writeFiles(directory, { 'issuer.yaml': STATIC_CONFIG });
  const ran = await run(['issuer', 'publish', '--config', join(directory, 'issuer.yaml'), ...args]);
  expect(ran).toMatchObject({ status: 2, stdout: '', stderr: expect.stringMatching(message) as unknown });
});
