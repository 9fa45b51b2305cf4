import { chmod, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { type OrganizationRow, type RegistrationRow } from '../../src/store/schema.ts';
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

it.each([
  ['a file that is no database', 'issuer.db'],
  ['a directory that is not there', 'absent/issuer.db'],
])('refuses %s', async (_what, name) => {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'issuer.db'), 'this is a text, and long enough to be read as a header');
  await expect(openSqliteStore(join(directory, name))).rejects.toMatchObject({ code: 'store-unavailable' });
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
  const key = {
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
  const unknownRing = { ...key, issuer: 'nobody' };
  await expect(store.keys.commit('ona', 0, [key, unknownRing])).rejects.toThrow(/FOREIGN KEY/);
  expect(await store.keys.load('ona')).toEqual({ version: 0, keys: [] });
});
