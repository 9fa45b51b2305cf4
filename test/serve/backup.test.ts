// Backups of a store that is written to, and what a restored one is worth.
import { readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createLocalJWKSet } from 'jose/jwks/local';
import { jwtVerify } from 'jose/jwt/verify';
import { describe, expect, it } from 'vitest';
import { ENVIRONMENT } from '../issuer/issuer.ts';
import { run, type Ran } from '../cli/run.ts';
import { temporaryDirectory } from './directory.ts';
import {
  CONFIG,
  HOSTS,
  type Running,
  exchangeForm,
  registerOver,
  runIssuer,
  tokenOver,
  writeFiles,
} from './running.ts';

const JWKS = '/.well-known/jwks.json';

const backUp = (directory: string, to = 'backup.db', ...rest: string[]) =>
  run(['issuer', 'backup', '--config', join(directory, 'issuer.yaml'), '--to', join(directory, to), ...rest]);
const restore = (directory: string, ...rest: string[]) =>
  run([
    'issuer',
    'restore',
    '--config',
    join(directory, 'issuer.yaml'),
    '--from',
    join(directory, 'backup.db'),
    ...rest,
  ]);

async function running(config = CONFIG): Promise<Running> {
  const issuer = await runIssuer({ config });
  await writeFiles(issuer.directory, { 'issuer.yaml': config });
  return issuer;
}

async function verified(issuer: Running, token: string): Promise<string> {
  const { json } = await issuer.get(HOSTS.ona, JWKS);
  const keys = createLocalJWKSet(json as Parameters<typeof createLocalJWKSet>[0]);
  return jwtVerify(token, keys, { issuer: 'https://app.gitpod.io' }).then(
    () => 'verified',
    (refused: unknown) => (refused as { code: string }).code,
  );
}

const kidsOf = async (issuer: Running) =>
  ((await issuer.get(HOSTS.ona, JWKS)).json as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);

describe('a backup', () => {
  it('is whole while the store is written to, and restored its tokens verify and its registrations work', async () => {
    const issuer = await running();
    const { credential } = await registerOver(issuer, 'ona', { profile: 'ona-v3' }, ENVIRONMENT);
    const token = () => tokenOver(issuer, HOSTS.ona, '/token', exchangeForm(credential, 'a'));
    const before = await token();
    const writer = { writing: true, written: 0 };
    const ended = (async () => {
      while (writer.writing) {
        await registerOver(issuer, 'ona', { profile: 'ona-v3' }, ENVIRONMENT);
        await issuer.admin('POST', '/admin/issuers/ona/keys/reseal');
        writer.written += 1;
      }
    })();
    const names = ['backup.db', '2.db', '3.db', '4.db'];
    for (const name of names) expect(await backUp(issuer.directory, name)).toMatchObject({ status: 0 });
    writer.writing = false;
    await ended;
    expect(writer.written).toBeGreaterThan(0);
    for (const name of names) {
      const copy = new DatabaseSync(join(issuer.directory, name), { readOnly: true });
      expect(copy.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' });
      copy.close();
    }
    await issuer.stop();
    const elsewhere = await temporaryDirectory();
    const files = ['issuer.yaml', 'sealing.key', 'backup.db'];
    await Promise.all(
      files.map(async (name) =>
        writeFile(join(elsewhere, name), await readFile(join(issuer.directory, name)), { mode: 0o600 }),
      ),
    );
    const ran = await restore(elsewhere);
    expect(ran).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/is restored: 1 organizations, \d+ registr/) as unknown,
    });
    expect(ran.stderr).toMatch(
      /^warning: what was done since \d{4}-\S+Z is undone: workloads registered since then get no tokens/,
    );
    expect((await stat(join(elsewhere, 'issuer.db'))).mode & 0o777).toBe(0o600);
    const again = await runIssuer({ directory: elsewhere });
    expect(await verified(again, before)).toBe('verified');
    const after = await tokenOver(again, HOSTS.ona, '/token', exchangeForm(credential, 'a'));
    expect(await verified(again, after)).toBe('verified');
  });

  it('is for its owner alone, without drafts beside it and without a private key in the clear', async () => {
    const issuer = await running();
    const umask = process.umask(0);
    expect((await backUp(issuer.directory, 'backup.db', '--json')).stdout).toMatch(/"registrations": 0/);
    process.umask(umask);
    const file = join(issuer.directory, 'backup.db');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readdir(issuer.directory)).filter((name) => name.startsWith('.') || name.includes('backup'))).toEqual(
      ['backup.db'],
    );
    const bytes = (await readFile(file)).toString('latin1');
    expect(bytes).toContain('public_jwk');
    expect(bytes).not.toMatch(/PRIVATE KEY|"d":|"p":/);
    const sealing = (await readFile(join(issuer.directory, 'sealing.key'), 'utf8')).trim();
    expect(bytes).not.toContain(sealing);
  });

  it.each<[string, (directory: string) => Promise<Ran>, number, RegExp]>([
    [
      'over a file that is there',
      async (directory) => {
        await writeFile(join(directory, 'backup.db'), 'precious');
        const ran = await backUp(directory);
        expect(await readFile(join(directory, 'backup.db'), 'utf8')).toBe('precious');
        return ran;
      },
      2,
      /backup.db is there already, and is not overwritten/,
    ],
    [
      'into no directory',
      (directory) => backUp(directory, 'none/backup.db'),
      2,
      /cannot be written: there is no such file/,
    ],
    [
      'of no store',
      async (directory) => {
        await writeFiles(directory, { 'issuer.yaml': CONFIG.replace('issuer.db', 'other.db') });
        return backUp(directory);
      },
      2,
      /there is no store .*other.db yet/,
    ],
    [
      'of PostgreSQL, with the command',
      async (directory) => {
        const store = 'store: { postgres: { url_file: postgres.url, ca_file: ca.pem } }';
        await writeFiles(directory, { 'issuer.yaml': CONFIG.replace(/store: .*/, store), 'ca.pem': '' });
        await writeFile(join(directory, 'postgres.url'), 'postgresql://idp:hidden@db.example.com:5433/issuer', {
          mode: 0o600,
        });
        return backUp(directory);
      },
      2,
      /umask 077; PGSSLMODE=verify-full PGSSLROOTCERT=\S+ca.pem pg_dump --format=custom --file=\S+backup.db --host=db.example.com --port=5433 --username=idp issuer\)/,
    ],
  ])('is refused %s', async (_what, make, status, message) => {
    const issuer = await running();
    const ran = await make(issuer.directory);
    expect(ran).toMatchObject({ status, stdout: '', stderr: expect.stringMatching(message) as unknown });
    expect(ran.stderr).not.toContain('hidden');
  });
});

describe('a restored store', () => {
  it('takes the place of another one only when it is told so, and nobody has it open', async () => {
    const issuer = await running();
    await backUp(issuer.directory);
    expect(await restore(issuer.directory)).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/there is a store .* already\n.*--replace/) as unknown,
    });
    expect(await restore(issuer.directory, '--replace')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/is in use\nStop the issuer first/) as unknown,
    });
    expect(await kidsOf(issuer)).toEqual(['k0']);
    await issuer.stop();
    expect(await restore(issuer.directory, '--replace')).toMatchObject({ status: 0 });
    const names = await readdir(issuer.directory);
    expect(names.filter((name) => /^issuer\.db\.replaced-\d+$/.test(name))).toHaveLength(1);
  });

  it('says which keys are lost, and which are back', async () => {
    const issuer = await running();
    await backUp(issuer.directory);
    await issuer.admin('POST', '/admin/issuers/ona/keys/replace');
    await issuer.stop();
    const ran = await restore(issuer.directory, '--replace', '--json');
    expect(JSON.parse(ran.stdout)).toMatchObject({
      issuers: [{ issuer: 'ona', kids: ['k0'], lost: ['k1'], returned: ['k0'] }, {}, {}],
    });
    expect(ran.stderr).toContain('ona: k1 left the JWKS');
    expect(ran.stderr).toContain('ona: k0 had been removed and is in the JWKS again: if it leaked');
    expect(ran.stderr).toContain('new keys get the names of lost ones');
    expect(ran.stderr).not.toContain('if keys were replaced since then');
  });

  it('takes the place of a damaged one, and is not changed by what was beside it', async () => {
    const issuer = await running();
    await backUp(issuer.directory);
    await issuer.stop();
    await writeFiles(issuer.directory, { 'issuer.db': 'damaged', 'issuer.db-wal': 'of the damaged one' });
    const ran = await restore(issuer.directory, '--replace');
    expect(ran).toMatchObject({ status: 0 });
    expect(ran.stderr).toContain('if keys were replaced since then because they leaked');
    const again = await runIssuer({ directory: issuer.directory });
    expect(await kidsOf(again)).toEqual(['k0']);
  });

  it.each<[string, (directory: string) => Promise<unknown>, RegExp]>([
    ['what is no backup', (at) => writeFile(join(at, 'backup.db'), 'x'.repeat(5000)), /it is no SQLite database/],
    ['an empty file', (at) => writeFile(join(at, 'backup.db'), ''), /is no store of idp/],
    [
      'keys that do not open',
      (at) => writeFile(join(at, 'sealing.key'), 's'.repeat(40)),
      /does not open with anything/,
    ],
    [
      'keys whose secret is gone',
      (at) => writeFiles(at, { 'issuer.yaml': CONFIG.replace('sealing.key', 'no.key') }),
      /no.key is not there/,
    ],
    [
      'a schema of a newer program',
      (at) => edit(at, 'update schema_version set version = 99, least = 99'),
      /needs a program that knows 99/,
    ],
    ['what is not there', (at) => rm(join(at, 'backup.db')), /there is no backup/],
  ])('is none of %s: the old one stays', async (_what, change, message) => {
    const issuer = await running();
    await backUp(issuer.directory);
    await issuer.stop();
    await change(issuer.directory);
    const ran = await restore(issuer.directory, '--replace');
    expect(ran).toMatchObject({ status: 2, stdout: '', stderr: expect.stringMatching(message) as unknown });
    expect((await readdir(issuer.directory)).filter((name) => /replaced|idp-copy|no\.key/.test(name))).toEqual([]);
  });

  it('is that of PostgreSQL by its own tool', async () => {
    const directory = await temporaryDirectory();
    const store = 'store: { postgres: { url_file: postgres.url } }';
    await writeFiles(directory, { 'issuer.yaml': CONFIG.replace(/store: .*/, store) });
    await writeFile(join(directory, 'postgres.url'), 'postgresql://idp@127.0.0.1/issuer', { mode: 0o600 });
    expect((await restore(directory)).stderr).toMatch(
      /PGSSLMODE=disable pg_restore --clean --if-exists --no-owner --single-transaction --exit-on-error --host=127.0.0.1 --port=5432 --username=idp --dbname=issuer \S+backup.db\n/,
    );
  });
});

async function edit(directory: string, statement: string): Promise<void> {
  await Promise.resolve();
  const database = new DatabaseSync(join(directory, 'backup.db'));
  database.exec(statement);
  database.close();
}
