import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSqliteKeys, openSqliteStore } from '../../src/store/sqlite.ts';
import { type KeyRow, type OrganizationRow, type RegistrationRow } from '../../src/store/schema.ts';
import { type Store } from '../../src/store/store.ts';
import { temporaryDirectory } from '../serve/directory.ts';

const ORGANIZATION: OrganizationRow = {
  issuer: 'ona',
  id: 'acme',
  version: 1,
  profile: 'ona-v3',
  sub_fields: '[]',
  audiences: null,
  token_life_seconds: null,
  algorithm: null,
  created_at: 1,
  updated_at: 1,
};

const REGISTRATION: RegistrationRow = {
  id: 'r1',
  issuer: 'ona',
  organization: 'acme',
  profile: null,
  variant: 'environment',
  facts: '{}',
  token_life_seconds: null,
  expires_at: null,
  credential_sha256: '00',
  created_at: 1,
};

const KEY: KeyRow = {
  issuer: 'ona',
  kid: 'k0',
  algorithm: 'RS256',
  state: 'active',
  created_at: 1,
  active_at: 1,
  retiring_at: null,
  removed_at: null,
  public_jwk: '{}',
  handle: 'sealed',
};

async function open(path: string): Promise<Store> {
  const store = await openSqliteStore(path);
  onTestFinished(() => store.close());
  return store;
}

it('keeps what was written for the next process, in files for their owner alone', async () => {
  const path = join(await temporaryDirectory(), 'issuer.db');
  const first = await openSqliteStore(path);
  await first.organizations.insert(ORGANIZATION);
  const modes = await Promise.all([path, `${path}-wal`].map(async (file) => (await stat(file)).mode & 0o777));
  expect(modes).toEqual([0o600, 0o600]);
  await first.close();
  await chmod(path, 0o644);
  const second = await open(path);
  expect(await second.organizations.find('ona', 'acme')).toEqual(ORGANIZATION);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

it('refuses a schema that is newer than the program', async () => {
  const path = join(await temporaryDirectory(), 'issuer.db');
  await (await openSqliteStore(path)).close();
  const database = new DatabaseSync(path);
  database.exec('update schema_version set version = 99');
  database.close();
  await expect(openSqliteStore(path)).rejects.toMatchObject({ code: 'store-newer' });
});

describe.each([
  ['to write', openSqliteStore],
  ['to read', openSqliteKeys],
])('opened %s', (_how, openStore) => {
  it.each([
    ['a file that is no database', 'text.db', /cannot be opened: it is no SQLite database$/],
    ['a directory', 'folder.db', /cannot be opened: it is a directory$/],
    ['a directory that is not there', 'absent/issuer.db', /cannot be opened: there is no such file or directory$/],
    ['a directory that is a file', 'text.db/issuer.db', /cannot be opened: a part of the path is no directory$/],
  ])('refuses %s', async (_what, name, message) => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'folder.db'));
    await writeFile(join(directory, 'text.db'), 'this is a text, and long enough to be read as a header'.repeat(9));
    const opened = openStore(join(directory, name));
    await expect(opened).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringMatching(message) as unknown,
    });
  });
});

describe('to read the keys alone', () => {
  const read = async (path: string) => {
    const store = await openSqliteKeys(path);
    if (store === undefined) return undefined;
    const { keys } = await store.keys.load('ona');
    await store.close();
    return keys.map(({ kid }) => kid);
  };

  it('needs nobody else, and leaves nothing behind', async () => {
    const directory = await temporaryDirectory();
    const path = join(directory, 'a store?.db');
    const writer = await openSqliteStore(path);
    await writer.keys.commit('ona', 0, [KEY]);
    expect(await read(path)).toEqual(['k0']);
    await writer.close();
    expect(await read(path)).toEqual(['k0']);
    expect(await readdir(directory)).toEqual(['a store?.db']);
  });

  it('finds no store in an empty file, nor in a database of something else', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'empty.db'), '');
    new DatabaseSync(join(directory, 'other.db')).exec('create table t (x)');
    expect(await read(join(directory, 'empty.db'))).toBeUndefined();
    expect(await read(join(directory, 'other.db'))).toBeUndefined();
  });

  it('refuses a newer schema', async () => {
    const path = join(await temporaryDirectory(), 'issuer.db');
    await (await openSqliteStore(path)).close();
    new DatabaseSync(path).exec('update schema_version set version = 99');
    await expect(openSqliteKeys(path)).rejects.toMatchObject({ code: 'store-newer' });
  });
});

it('lets one of two changes of an organization win', async () => {
  const store = await open(':memory:');
  expect(await store.organizations.insert(ORGANIZATION)).toBe(true);
  expect(await store.organizations.insert(ORGANIZATION)).toBe(false);
  const changes = ['first', 'second'].map((id) => ({ ...ORGANIZATION, version: 2, profile: id }));
  expect(await Promise.all(changes.map((row) => store.organizations.update(1, row)))).toEqual([true, false]);
  expect(await store.organizations.find('ona', 'acme')).toMatchObject({ version: 2, profile: 'first' });
});

it('registers nobody in an organization that is not there', async () => {
  const store = await open(':memory:');
  await expect(store.registrations.insert(REGISTRATION)).rejects.toThrow(/FOREIGN KEY/);
});

it('lists the newest first, and as many as were asked for', async () => {
  const store = await open(':memory:');
  await store.organizations.insert(ORGANIZATION);
  for (const [index, id] of ['a', 'b', 'c'].entries()) {
    await store.registrations.insert({ ...REGISTRATION, id, created_at: index });
  }
  const listed = await store.registrations.list('ona', 'acme', 2);
  expect(listed.map(({ id }) => id)).toEqual(['c', 'b']);
});

it('rolls a key change back as a whole', async () => {
  const store = await open(':memory:');
  const unknownRing = { ...KEY, issuer: 'nobody' };
  await expect(store.keys.commit('ona', 0, [KEY, unknownRing])).rejects.toThrow(/FOREIGN KEY/);
  expect(await store.keys.load('ona')).toEqual({ version: 0, keys: [] });
});
