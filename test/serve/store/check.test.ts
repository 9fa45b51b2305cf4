/** What the check says of a store in PostgreSQL. */
import { randomBytes } from 'node:crypto';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkConfigFile } from '../../../src/serve/check.ts';
import { describePlaced } from '../../../src/serve/config.ts';
import { usePostgres } from '../../store/postgres.ts';
import { temporaryDirectory } from '../directory.ts';
import { CONFIG, runIssuer, writeFiles } from '../running.ts';

const postgres = usePostgres();

const ON_POSTGRES = CONFIG.replace('{ sqlite: issuer.db }', '{ postgres: { url_file: postgres.url } }');
const WITH_CA = ON_POSTGRES.replace('postgres.url }', 'postgres.url, ca_file: ca.pem }');

async function directoryWith(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await temporaryDirectory();
  await writeFiles(directory, files);
  for (const name of Object.keys(files)) await chmod(join(directory, name), 0o600);
  return directory;
}

async function problemsOf(directory: string, config = ON_POSTGRES): Promise<string[]> {
  const file = join(directory, 'issuer.yaml');
  await writeFile(file, config);
  const checked = await checkConfigFile(file);
  return checked.ok ? [] : checked.problems.map((found) => describePlaced('issuer.yaml', found));
}

const matching = (...expected: readonly RegExp[]) =>
  expected.map((pattern) => expect.stringMatching(pattern) as unknown);

it('finds nothing wrong with a database in which no store was made yet, and makes none', async () => {
  const url = await postgres().database();
  const directory = await directoryWith({ 'postgres.url': `${url}\n` });
  expect(await problemsOf(directory)).toEqual([]);
  expect(
    await postgres().query(`select from pg_tables where schemaname = 'public'`, new URL(url).pathname.slice(1)),
  ).toEqual([]);
});

it('opens the keys of an issuer that runs', async () => {
  const directory = await directoryWith({ 'postgres.url': await postgres().database() });
  await runIssuer({ directory, config: ON_POSTGRES });
  expect(await problemsOf(directory)).toEqual([]);
  await writeFile(join(directory, 'sealing.key'), randomBytes(32).toString('base64'));
  expect(await problemsOf(directory)).toEqual(matching(/custody.*: .*key k0 of the issuer ona does not open/));
});

it('says everything that is wrong with the files, without the password', async () => {
  const url = await postgres().database();
  const cases: readonly (readonly [Readonly<Record<string, string>>, string, readonly RegExp[]])[] = [
    [{}, ON_POSTGRES, [/^issuer.yaml:4:\d+: store.postgres.url_file: .*no such file .*umask 077; cat > /]],
    [
      { 'postgres.url': url.replace('@', '/@') },
      ON_POSTGRES,
      [/url_file: the URL of the store in .* is wrong: there is no URL/],
    ],
    [{ 'postgres.url': url }, WITH_CA, [/store.postgres.ca_file: the certificate .*no such file/]],
    [
      { 'postgres.url': `${url}?sslmode=prefer`, 'ca.pem': 'hello' },
      WITH_CA,
      [/url_file: .*its sslmode is none/, /ca_file: .*ca.pem is no PEM certificate/],
    ],
    [
      { 'postgres.url': url.replace('/issuer_', '/nowhere_') },
      ON_POSTGRES,
      [/store.postgres: .*there is no database nowhere_/],
    ],
    [
      { 'postgres.url': url.replace('/issuer_', '/nowhere_') },
      ON_POSTGRES.replace('sealing.key', 'absent/sealing.key'),
      [/store.postgres: .*there is no database/, /custody.*absent is not there/],
    ],
  ];
  for (const [files, config, problems] of cases) {
    const found = await problemsOf(await directoryWith(files), config);
    expect(found).toEqual(matching(...problems));
    expect(found.join()).not.toContain(postgres().password);
  }
});

it('takes no URL that everybody can read', async () => {
  const directory = await directoryWith({ 'postgres.url': await postgres().database() });
  await chmod(join(directory, 'postgres.url'), 0o644);
  expect(await problemsOf(directory)).toEqual(matching(/url_file: .*open to everybody \(mode 644\) \(Run: chmod 600/));
});
