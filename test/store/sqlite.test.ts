import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSqliteKeys, openSqliteStore } from '../../src/store/sqlite.ts';
import { type Store } from '../../src/store/store.ts';
import { temporaryDirectory } from '../serve/directory.ts';
import { ENTRY, KEY, ORGANIZATION } from './rows.ts';

async function open(path: string): Promise<Store> {
  const store = await openSqliteStore(path);
  onTestFinished(() => store.close());
  return store;
}

it('keeps what was written for the next process, in files for their owner alone', async () => {
  const path = join(await temporaryDirectory(), 'issuer.db');
  const first = await openSqliteStore(path);
  await first.organizations.insert(ORGANIZATION, ENTRY);
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
  database.exec('update schema_version set version = 99, least = 99');
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
    new DatabaseSync(path).exec('update schema_version set version = 99, least = 99');
    await expect(openSqliteKeys(path)).rejects.toMatchObject({ code: 'store-newer' });
  });
});

it('says that it cannot be used while another process does not let go of it, and goes on afterwards', async () => {
  const path = join(await temporaryDirectory(), 'issuer.db');
  const store = await open(path);
  const other = new DatabaseSync(path);
  other.exec('begin immediate');
  await expect(store.organizations.insert(ORGANIZATION, ENTRY)).rejects.toMatchObject({
    code: 'store-unavailable',
    message: `the store ${path} cannot be used: another process does not let go of it`,
  });
  other.exec('rollback');
  other.close();
  expect(await store.organizations.insert(ORGANIZATION, ENTRY)).toBe(true);
});
