// Publishing by itself: what is written, who wins, and when keys sign. In a folder and in a bucket (moto's S3).
import { execFile } from 'node:child_process';
import { mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { latestAudit } from '../../../src/issuer/audit.ts';
import { discoveryDocument, jwksDocument } from '../../../src/issuer/documents.ts';
import { putOrganization } from '../../../src/issuer/organization.ts';
import { openIssuers } from '../../../src/serve/open.ts';
import { folderTarget } from '../../../src/serve/publish/folder.ts';
import { publishFiles } from '../../../src/serve/publish/publish.ts';
import { publishIssuer } from '../../../src/serve/publish/run.ts';
import { conditionOf, readS3Url, s3Target } from '../../../src/serve/publish/s3.ts';
import { type FoundFile, type PublishTarget } from '../../../src/serve/publish/target.ts';
import { backUp } from '../../../src/serve/backup/backup.ts';
import { type Moto, startMoto } from '../../sandbox/aws/moto.ts';
import { configuration } from '../../issuer/issuer.ts';
import { temporaryDirectory } from '../directory.ts';
import { configOf, writeFiles } from '../running.ts';
import { DISCOVERY, HOST, JWKS, STATIC_CONFIG, URL_OF, kidsIn, staticWorld } from './world.ts';

let moto: Moto;
let home: string;
let client: S3Client;
const ended: (() => Promise<void>)[] = [];

beforeAll(async () => {
  home = await temporaryDirectory((end) => ended.push(end));
  moto = await startMoto({ path: process.env.PATH ?? '', home });
  client = new S3Client(settings());
});

afterAll(async () => {
  client.destroy();
  await moto.stop();
  for (const end of ended) await end();
});

function settings() {
  const credentials = { accessKeyId: 'x', secretAccessKey: 'y' };
  return { endpoint: moto.url, region: 'us-east-1', credentials, forcePathStyle: true };
}

let buckets = 0;

async function bucket(): Promise<string> {
  buckets += 1;
  await client.send(new CreateBucketCommand({ Bucket: `bucket-${buckets}` }));
  return `bucket-${buckets}`;
}

const PLACES: readonly [string, () => Promise<PublishTarget>][] = [
  ['a folder', async () => folderTarget(await temporaryDirectory())],
  ['a bucket', async () => s3Target({ bucket: await bucket(), prefix: '' }, settings())],
  ['a part of a bucket', async () => s3Target({ bucket: await bucket(), prefix: 'a/b' }, settings())],
];

const FILE = {
  kind: 'jwks',
  path: '/a/keys.json',
  url: 'https://x/a/keys.json',
  contentType: 'application/json',
} as const;
const file = (body: string) => ({ ...FILE, body, cacheControl: 'public, max-age=300' });

describe.each(PLACES)('%s', (_what, open) => {
  it('holds what is written, and writes only over what was read', async () => {
    const target = await open();
    expect(await target.read(FILE.path)).toBeUndefined();
    expect(await target.write(file('one'), undefined)).toBe(true);
    expect(await target.write(file('two'), undefined)).toBe(false);
    const one = await target.read(FILE.path);
    expect(one?.body).toBe('one');
    expect(await target.write(file('two'), one)).toBe(true);
    expect(await target.write(file('three'), one)).toBe(false);
    expect((await target.read(FILE.path))?.body).toBe('two');
  });

  it('has one winner of several that write at once', async () => {
    const target = await open();
    await target.write(file('old'), undefined);
    const before = await target.read(FILE.path);
    const names = ['a', 'b', 'c', 'd'];
    const won = await Promise.all(names.map((name) => target.write(file(name), before)));
    // moto checks the condition and writes in two steps, which S3 does in one: there several may win.
    if (target.name.startsWith('s3:')) expect(won.filter(Boolean).length).toBeGreaterThan(0);
    else expect(won.filter(Boolean)).toHaveLength(1);
    expect(names.filter((_name, index) => won[index])).toContain((await target.read(FILE.path))?.body);
  });

  it('gets what the server serves, once, and then is left alone', async () => {
    const world = await staticWorld();
    const target = await open();
    const first = await world.publish(target);
    expect(first.files.map(({ path, written }) => [path, written])).toEqual([
      [JWKS, true],
      [DISCOVERY, true],
    ]);
    expect((await target.read(JWKS))?.body).toBe(jwksDocument(world.issuer).body);
    expect((await target.read(DISCOVERY))?.body).toBe(discoveryDocument(world.issuer).body);
    const before = await world.issuer.store.keys.version('ona');
    expect((await world.publish(target)).files.map(({ written }) => written)).toEqual([false, false]);
    expect(await world.issuer.store.keys.version('ona')).toBe(before);
  });

  it('gets the newest keys, though a publisher with older ones was held up', async () => {
    const world = await staticWorld();
    const target = await open();
    await world.publish(target);
    let held = false;
    const slow: PublishTarget = {
      ...target,
      write: async (written, before) => {
        if (!held) {
          held = true;
          await world.issuer.ring.replace();
          await world.publish(target);
        }
        return target.write(written, before);
      },
    };
    await world.issuer.ring.rotate();
    const report = await world.publish(slow);
    expect(held).toBe(true);
    expect(kidsIn((await target.read(JWKS))?.body)).toEqual(['k4', 'k5']);
    expect(report.keys.map(({ kid }) => kid)).toEqual(['k4', 'k5']);
    expect(world.states()).toMatchObject({ k0: 'removed', k2: 'removed', k4: 'active' });
  });

  it('is refused to a store that is older than what is there, unless it is told so', async () => {
    const world = await staticWorld();
    const target = await open();
    await world.publish(target);
    const older = join(world.directory, 'older.db');
    await backUp({ sqlite: join(world.directory, 'issuer.db') }, older);
    await world.issuer.ring.rotate();
    await world.publish(target);
    const stale = { ...world.config, store: { sqlite: older } };
    const ports = { now: world.now, progress: () => undefined, fetchSeen: undefined };
    await expect(publishIssuer(stale, 'ona', target, ports)).rejects.toMatchObject({
      code: 'publish-refused',
      message: expect.stringMatching(
        /jwks.json in .* is not replaced: it has "k2", "k3", which this store does not know/,
      ) as unknown,
    });
    expect(kidsIn((await target.read(JWKS))?.body)).toEqual(['k0', 'k1', 'k2', 'k3']);
    await publishIssuer(stale, 'ona', target, ports, { dropUnknown: true });
    expect(kidsIn((await target.read(JWKS))?.body)).toEqual(['k0', 'k1']);
  });

  it.each([
    [
      'another issuer',
      DISCOVERY,
      '{"issuer":"https://other.example.com"}',
      /it is the discovery document of "https:..other/,
    ],
    ['no discovery document', DISCOVERY, '{}', /it is no discovery document/],
    ['no JSON', JWKS, '<html>', /it is no JWK Set/],
    ['keys of another', JWKS, '{"keys":[{"kid":"z"}]}', /it has "z", which this store does not know/],
  ])('is not taken from %s', async (_whose, path, body, message) => {
    const world = await staticWorld();
    const target = await open();
    await target.write({ ...file(body), path }, undefined);
    await expect(world.publish(target)).rejects.toMatchObject({ message: expect.stringMatching(message) as unknown });
    expect((await target.read(path))?.body).toBe(body);
  });
});

describe('a key that is new', () => {
  it('signs never before it was seen, and publish_seconds have passed since', async () => {
    const world = await staticWorld();
    const target = folderTarget(await temporaryDirectory());
    expect(world.states()).toEqual({ k0: 'pending', k1: 'pending' });
    world.wait(100_000);
    expect((await world.publish(target, 'unseen')).seen).toBe('no');
    expect(world.states()).toEqual({ k0: 'pending', k1: 'pending' });
    // Nobody has cached anything of this issuer yet.
    expect((await world.publish(target)).keys).toMatchObject([{ kid: 'k0', state: 'active', signsAt: null }, {}]);
    expect(world.issuer.ring.signer()?.kid).toBe('k0');
    await world.issuer.ring.rotate();
    world.wait(100_000);
    await world.publish(target, 'unseen');
    expect(world.issuer.ring.signer()?.kid).toBe('k0');
    const { keys } = await world.publish(target);
    expect(keys.find(({ kid }) => kid === 'k2')).toEqual({
      kid: 'k2',
      state: 'pending',
      publishedAt: world.now(),
      signsAt: world.now() + 900,
    });
    world.wait(899);
    expect(world.issuer.ring.signer()?.kid).toBe('k0');
    world.wait(1);
    expect(world.issuer.ring.signer()?.kid).toBe('k2');
  });

  it('is taken over by every replica', async () => {
    const world = await staticWorld();
    const other = await openIssuers(world.config, { now: world.now, random: (size) => new Uint8Array(size) });
    await world.publish(folderTarget(await temporaryDirectory()));
    await other.issuers[0]?.ring.refresh();
    expect(other.issuers[0]?.ring.signer()?.kid).toBe('k0');
    await other.close();
  });
});

it('is put on record once for each key, by whichever publisher was first', async () => {
  const world = await staticWorld();
  const target = folderTarget(await temporaryDirectory());
  const entries = async () =>
    (await latestAudit(world.issuer.store, 10, undefined, { kind: 'keys-published' })).map(
      ({ kind, issuer, kid, time, actor }) => [kind, issuer, kid, time, actor],
    );
  await world.publish(target, 'unseen');
  expect(await entries()).toEqual([]);
  const first = ['keys-published', 'ona', 'k0 k1', world.now(), null];
  await Promise.all([world.publish(target), world.publish(target), world.publish(target)]);
  expect(await entries()).toEqual([first]);
  await world.issuer.ring.rotate();
  world.wait(60);
  await world.publish(target);
  await world.publish(target);
  expect(await entries()).toEqual([['keys-published', 'ona', 'k2 k3', world.now(), null], first]);
});

it('lets many publishers at once end with the newest keys', async () => {
  const world = await staticWorld();
  const target = folderTarget(await temporaryDirectory());
  await world.publish(target);
  await world.issuer.ring.rotate();
  const publishers = Array.from({ length: 6 }, () => world.publish(target));
  const replaced = world.issuer.ring.replace();
  await Promise.all([...publishers, replaced]);
  await world.publish(target);
  expect(kidsIn((await target.read(JWKS))?.body)).toEqual(['k4', 'k5']);
});

it('gives up where others never let it write', async () => {
  const world = await staticWorld();
  const target = { ...folderTarget(await temporaryDirectory()), write: () => Promise.resolve(false) };
  await expect(world.publish(target)).rejects.toMatchObject({ code: 'publish-contended' });
});

it.each<[string, (text: string) => string, string, RegExp]>([
  [
    'an issuer that serves its keys',
    (text) => text.replace('publication: static', ''),
    'bad-configuration',
    /serves its keys itself/,
  ],
  ['a store without keys', (text) => text.replace('issuer.db', 'none.db'), 'publish-refused', /has no keys yet/],
])('refuses %s', async (_what, change, code, message) => {
  const world = await staticWorld();
  const config = configOf(change(STATIC_CONFIG), world.directory);
  const ports = { now: world.now, progress: () => undefined, fetchSeen: undefined };
  const folder = await temporaryDirectory();
  await expect(publishIssuer(config, 'ona', folderTarget(folder), ports)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message) as unknown,
  });
  expect(await readdir(folder)).toEqual([]);
  expect(await readdir(world.directory)).not.toContain('none.db');
});

describe('an issuer with `per_organization`', () => {
  const EACH = STATIC_CONFIG.replace('publication: static', 'publication: static\n    per_organization: true');
  const SUFFIXES = ['/.well-known/jwks.json', '/.well-known/openid-configuration'];
  const filesOf = (...ids: readonly string[]) => ids.flatMap((id) => SUFFIXES.map((suffix) => `/idp/${id}${suffix}`));

  it('has the files of each organization, also of one that comes later', async () => {
    const world = await staticWorld(EACH);
    const target = folderTarget(await temporaryDirectory());
    await putOrganization(world.issuer, 'acme', configuration());
    expect((await world.publish(target)).files.map(({ path }) => path)).toEqual(filesOf('acme'));
    await putOrganization(world.issuer, 'beta', configuration());
    const { files } = await world.publish(target);
    expect(files.map(({ path, written }) => (written ? path : ''))).toEqual(['', '', ...filesOf('beta')]);
    for (const id of ['acme', 'beta']) {
      const [keys = '', discovery = ''] = filesOf(id);
      expect(kidsIn((await target.read(keys))?.body)).toEqual(['k0', 'k1']);
      expect(JSON.parse((await target.read(discovery))?.body ?? '')).toMatchObject({
        issuer: `${URL_OF}/${id}`,
        jwks_uri: `https://${HOST}${keys}`,
      });
    }
  });

  it('has a key sign only when it was seen at every URL', async () => {
    const world = await staticWorld(EACH);
    const ids = Array.from({ length: 25 }, (_, index) => `o${index}`);
    for (const id of ids) await putOrganization(world.issuer, id, configuration());
    const target = folderTarget(await temporaryDirectory());
    const hidden: PublishTarget = {
      ...target,
      read: (path) => (path.startsWith('/idp/o24/') ? Promise.resolve(undefined) : target.read(path)),
    };
    const report = await world.publish(hidden);
    expect([report.seen, report.problems.length]).toEqual(['no', 2]);
    expect(world.states()).toEqual({ k0: 'pending', k1: 'pending' });
    expect((await world.publish(target)).seen).toBe('yes');
    expect(world.states()).toEqual({ k0: 'active', k1: 'active' });
  });

  it('is refused without an organization: a key would count as seen where nobody looked', async () => {
    const world = await staticWorld(EACH);
    await expect(world.publish(folderTarget(await temporaryDirectory()))).rejects.toMatchObject({
      code: 'publish-refused',
      message: 'the issuer ona has no organization yet, and each has its own files',
    });
    expect(world.states()).toEqual({ k0: 'pending', k1: 'pending' });
  });
});

describe('a folder', () => {
  it('has files for everybody, and neither drafts nor locks afterwards', async () => {
    const world = await staticWorld();
    const folder = await temporaryDirectory();
    await mkdir(join(folder, 'idp', '.well-known'), { recursive: true });
    await writeFile(join(folder, 'idp', '.well-known', '.jwks.json.idp-new'), 'of one that was killed');
    const umask = process.umask(0o077);
    await world.publish(folderTarget(folder));
    process.umask(umask);
    expect((await stat(join(folder, JWKS))).mode & 0o777).toBe(0o644);
    expect(await readdir(folder)).toEqual(['idp']);
    expect((await readdir(join(folder, 'idp', '.well-known'))).sort()).toEqual(['jwks.json', 'openid-configuration']);
  });

  it('takes over the lock of a publisher that was killed', async () => {
    const world = await staticWorld();
    const folder = await temporaryDirectory();
    const lock = join(folder, '.idp-publish.lock');
    await mkdir(lock);
    await utimes(lock, 0, 0);
    await world.publish(folderTarget(folder));
    expect(await readdir(folder)).toEqual(['idp']);
  });

  it('that is not there is not made', async () => {
    const world = await staticWorld();
    const folder = join(tmpdir(), 'idp-no-such-folder');
    await expect(world.publish(folderTarget(folder))).rejects.toMatchObject({
      code: 'target-unavailable',
      message: `nothing can be published in ${folder}: there is no such file or directory`,
    });
    await rm(folder, { recursive: true, force: true });
  });
});

describe('a bucket', () => {
  it('has the type and the time to be cached with each file, mended where they are others', async () => {
    const world = await staticWorld();
    const name = await bucket();
    const target = await s3Target({ bucket: name, prefix: '' }, settings());
    await world.publish(target);
    const at = { Bucket: name, Key: JWKS.slice(1) };
    const get = () => client.send(new GetObjectCommand(at));
    const headers = { ContentType: 'application/json; charset=utf-8', CacheControl: 'public, max-age=300' };
    expect(await get()).toMatchObject(headers);
    const body = (await (await get()).Body?.transformToString()) ?? '';
    await client.send(new PutObjectCommand({ ...at, Body: body }));
    await world.publish(target);
    expect(await get()).toMatchObject(headers);
  });

  it('is asked for with a condition each time', () => {
    const found: FoundFile = { body: '', tag: '"abc"' };
    expect([conditionOf(undefined), conditionOf(found)]).toEqual([{ IfNoneMatch: '*' }, { IfMatch: '"abc"' }]);
  });

  it('that is not there is said', async () => {
    const world = await staticWorld();
    const target = await s3Target({ bucket: 'no-such-bucket', prefix: '' }, settings());
    await expect(world.publish(target)).rejects.toMatchObject({
      code: 'target-unavailable',
      message: 'nothing can be published in s3://no-such-bucket: NoSuchBucket',
      hint: 'Make the bucket first.',
    });
  });

  it('is named on the command line, and found as every AWS SDK finds it', async () => {
    const world = await staticWorld();
    await writeFiles(world.directory, { 'issuer.yaml': STATIC_CONFIG });
    const name = await bucket();
    const config = join(world.directory, 'issuer.yaml');
    const args = ['issuer', 'publish', '--config', config, '--issuer', 'ona', '--no-check', '--s3', `s3://${name}/web`];
    const env = { AWS_ENDPOINT_URL_S3: moto.url, AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'y' };
    const launcher = join(import.meta.dirname, '..', '..', '..', 'bin', 'idp.js');
    const { stdout } = await promisify(execFile)(process.execPath, [launcher, ...args], { env });
    expect(stdout).toContain(`written   s3://${name}/web${JWKS}\n`);
    const target = await s3Target({ bucket: name, prefix: 'web' }, settings());
    expect((await target.read(JWKS))?.body).toBe(jwksDocument(world.issuer).body);
  });

  it.each<[string, ReturnType<typeof readS3Url>]>([
    ['s3://bucket', { bucket: 'bucket', prefix: '' }],
    ['s3://bucket/', { bucket: 'bucket', prefix: '' }],
    ['s3://my.bucket-1/a/b/', { bucket: 'my.bucket-1', prefix: 'a/b' }],
    ['s3://b', undefined],
    ['s3://Bucket', undefined],
    ['s3://bucket//a', undefined],
    ['s3://bucket/../a', undefined],
    ['s3://bucket/a?b', undefined],
    ['https://bucket', undefined],
  ])('named %s', (text, place) => {
    expect(readS3Url(text)).toEqual(place);
  });
});

it('begins with the keys, and stops at the first file that somebody else has changed', async () => {
  const world = await staticWorld();
  const order: string[] = [];
  const inner = folderTarget(await temporaryDirectory());
  const target: PublishTarget = {
    ...inner,
    write: (written, before) => {
      order.push(written.path);
      return order.length === 1 ? Promise.resolve(false) : inner.write(written, before);
    },
  };
  const entry = world.config.issuers[0];
  if (entry === undefined) throw new Error('there is no issuer');
  const load = () => Promise.resolve({ version: 1, records: world.issuer.ring.records() });
  await publishFiles(entry, target, { load, now: world.now });
  expect(order).toEqual([JWKS, JWKS, DISCOVERY]);
});
