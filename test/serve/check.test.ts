/** What the check says of the files that a configuration names. */
import { createPrivateKey, randomBytes } from 'node:crypto';
import { chmod, cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DatabaseSync } from 'node:sqlite';
import { checkConfigFile } from '../../src/serve/check.ts';
import { describePlaced } from '../../src/serve/config.ts';
import { createAuthority } from '../sandbox/net/authority.ts';
import { temporaryDirectory } from './directory.ts';
import { CONFIG, runIssuer, writeFiles } from './running.ts';

async function problemsOf(directory: string, config = CONFIG): Promise<string[]> {
  const file = join(directory, 'issuer.yaml');
  await writeFile(file, config);
  const checked = await checkConfigFile(file);
  return checked.ok ? [] : checked.problems.map((found) => describePlaced('issuer.yaml', found));
}

const withTls = CONFIG.replace('port: 0 }', 'port: 0, tls: { cert_file: tls.pem, key_file: tls-key.pem } }');
const withToken = CONFIG.replace(/token_sha256: \S+/, 'token_file: admin.token');

interface Case {
  readonly config?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly arrange?: (directory: string) => Promise<unknown>;
  readonly problems: readonly RegExp[];
}

const LONG = 'a-long-admin-token-of-the-tests\n';

/** A pair that Node and OpenSSL take, made once. */
const authority = await createAuthority({ now: () => new Date() });
const one = await authority.issue(['app.gitpod.io']);
const other = await authority.issue(['app.gitpod.io']);

/** The same key with a passphrase. */
function locked(keyPem: string): string {
  const options = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' } as const;
  return createPrivateKey(keyPem).export(options).toString();
}

/** A store with keys, and the secret that opens them. */
async function started(directory: string): Promise<void> {
  await (await runIssuer({ directory })).stop();
}

const CASES: Readonly<Record<string, Case>> = {
  'nothing that is created at the first start': { problems: [] },
  'an admin token that is not there': {
    config: withToken,
    problems: [/^issuer.yaml:3:\d+: admin.token_file: .*cannot be read: there is no such.*umask 077; openssl rand/],
  },
  'an admin token that is too short': {
    config: withToken,
    files: { 'admin.token': 'short' },
    problems: [/admin.token_file: .*at least 20 characters \(.*openssl rand -hex 32/],
  },
  'an admin token for everybody': {
    config: withToken,
    files: { 'admin.token': LONG },
    arrange: (directory) => chmod(join(directory, 'admin.token'), 0o644),
    problems: [/admin.token_file: .*open to everybody \(mode 644\) \(Run: chmod 600 /],
  },
  'a certificate that is none, and a key that is none': {
    config: withTls,
    files: { 'tls.pem': 'hello', 'tls-key.pem': 'hello' },
    problems: [
      /^issuer.yaml:2:\d+: listen.tls.cert_file: .*tls.pem is no PEM certificate/,
      /^issuer.yaml:2:\d+: listen.tls.key_file: .*tls-key.pem is no PEM private key/,
    ],
  },
  'a certificate and a key that were swapped': {
    config: withTls,
    files: { 'tls.pem': one.keyPem, 'tls-key.pem': one.certPem },
    problems: [/cert_file: .*is no PEM certificate/, /key_file: .*is no PEM private key/],
  },
  'a key of another certificate': {
    config: withTls,
    files: { 'tls.pem': one.certPem, 'tls-key.pem': other.keyPem },
    problems: [/^issuer.yaml:2:\d+: listen.tls.key_file: .*tls-key.pem does not fit the certificate .*tls.pem \(/],
  },
  'a key with a passphrase': {
    config: withTls,
    files: { 'tls.pem': one.certPem, 'tls-key.pem': locked(one.keyPem) },
    problems: [/listen.tls.key_file: .*has a passphrase, which idp cannot ask for \(.*openssl pkey/],
  },
  'a certificate and a key that are not there': {
    config: withTls,
    problems: [/cert_file: the certificate .*there is no such/, /key_file: the key .*there is no such/],
  },
  'a fitting pair': {
    config: withTls,
    files: { 'tls.pem': one.certPem, 'tls-key.pem': one.keyPem },
    problems: [],
  },
  'the pair of one listener although the other has a mistake': {
    config: withTls.replace('admin: { host: 127.0.0.1, port: 0', 'admin: { host: 127.0.0.1, port: x'),
    files: { 'tls.pem': 'hello', 'tls-key.pem': one.keyPem },
    problems: [/^issuer.yaml:2:\d+: listen.tls.cert_file: /, /^issuer.yaml:3:\d+: admin.port: /],
  },
  'a store and a sealing secret in no directory': {
    config: CONFIG.replace('issuer.db', 'absent/issuer.db').replace('sealing.key', 'missing/sealing.key'),
    problems: [
      /^issuer.yaml:4:\d+: store.sqlite: the directory .*absent is not there \(.*mkdir/,
      /^issuer.yaml:5:\d+: custody.0.secret_file: the directory .*missing is not there \(.*mkdir/,
    ],
  },
  'a store below a file': {
    config: CONFIG.replace('issuer.db', 'file/issuer.db'),
    files: { file: '' },
    problems: [/store.sqlite: .*file is no directory/],
  },
  'a store that is no database': {
    files: {
      'issuer.db': 'this is a text, and long enough to be read as a header, which has a hundred bytes and more',
    },
    problems: [/^issuer.yaml:4:\d+: store.sqlite: the store .* cannot be opened: it is no SQLite database/],
  },
  'a store that is a directory': {
    arrange: (directory) => mkdir(join(directory, 'issuer.db')),
    problems: [/store.sqlite: .*it is a directory/],
  },
  'an empty store, which is as good as none': { files: { 'issuer.db': '' }, problems: [] },
  'a store of a newer program': {
    arrange: async (directory) => {
      await started(directory);
      const database = new DatabaseSync(join(directory, 'issuer.db'));
      database.exec('update schema_version set version = 99, least = 99');
      database.close();
    },
    problems: [/store.sqlite: the store has schema version 99/],
  },
  'a sealing secret that is too short': {
    files: { 'sealing.key': 'short\n' },
    problems: [/^issuer.yaml:5:\d+: custody.0.secret_file: the sealing secret .* has 5 bytes.*umask 077; openssl rand/],
  },
  'a sealing secret that is a directory': {
    arrange: (directory) => mkdir(join(directory, 'sealing.key')),
    problems: [/custody.0.secret_file: .*it is a directory/],
  },
  'a sealing secret that does not open the keys': {
    arrange: async (directory) => {
      await started(directory);
      await writeFile(join(directory, 'sealing.key'), randomBytes(32).toString('base64'));
    },
    problems: [/^issuer.yaml:5:\d+: custody: the key k0 of the issuer ona does not open with anything/],
  },
  'a sealing secret that is gone': {
    arrange: async (directory) => {
      await started(directory);
      await rm(join(directory, 'sealing.key'));
    },
    problems: [/custody.0.secret_file: .*is not there, and the store may have keys that it sealed \(Put it back/],
  },
  'a store and a secret of an issuer that ran': { arrange: started, problems: [] },
};

describe('of the files', () => {
  it.each(Object.entries(CASES))('%s', async (_name, { config, files = {}, arrange, problems }) => {
    const directory = await temporaryDirectory();
    await writeFiles(directory, files);
    await Promise.all(
      Object.keys(files)
        .filter((name) => name !== 'file')
        .map((name) => chmod(join(directory, name), 0o600)),
    );
    await arrange?.(directory);
    const before = await readdir(directory);
    const found = await problemsOf(directory, config);
    expect(found).toEqual(problems.map((expected) => expect.stringMatching(expected) as unknown));
    expect(await readdir(directory)).toEqual([...before, 'issuer.yaml'].sort());
  });
});

it('checks beside an issuer that runs, and sees what that has just written', async () => {
  const { directory } = await runIssuer();
  const before = await readdir(directory);
  expect(before).toContain('issuer.db-wal');
  expect(await problemsOf(directory)).toEqual([]);
  await writeFile(join(directory, 'sealing.key'), randomBytes(32).toString('base64'));
  expect(await problemsOf(directory)).toEqual([expect.stringMatching(/custody: the key k0/)]);
  expect(await readdir(directory)).toEqual([...before, 'issuer.yaml'].sort());
});

it('leaves the files of an issuer that crashed as they are', async () => {
  const { directory } = await runIssuer();
  const crashed = await temporaryDirectory();
  await cp(directory, crashed, { recursive: true });
  await rm(join(crashed, 'issuer.db-shm'));
  const before = await readFile(join(crashed, 'issuer.db'));
  expect(await problemsOf(crashed)).toEqual([]);
  expect(await readdir(crashed)).toEqual(['issuer.db', 'issuer.db-wal', 'issuer.yaml', 'sealing.key']);
  expect(await readFile(join(crashed, 'issuer.db'))).toEqual(before);
});
