/** The store that the configuration names: SQLite, or PostgreSQL with a URL from a file, since it holds a password. */

import { IssuerFault } from '../../store/fault.ts';
import { openPostgresKeys, openPostgresStore } from '../../store/postgres.ts';
import { readAddress } from '../../store/postgres/address.ts';
import { openSqliteKeys, openSqliteStore } from '../../store/sqlite.ts';
import { type Store, type StoreKeys } from '../../store/store.ts';
import { isThere, readTextFile } from '../files.ts';
import { demandPrivate, makeWith } from '../secrets.ts';
import { readCertificate } from '../tls.ts';
import { type StoreConfig } from './shape.ts';

/** Opens it, making and migrating it as needed. Throws `IssuerFault`. */
export async function openStore(config: StoreConfig): Promise<Store> {
  if ('sqlite' in config) return openSqliteStore(config.sqlite);
  const { urlFile, caFile, pool } = config.postgres;
  const ca = await readCa(caFile);
  return openPostgresStore({ url: await readUrl(urlFile, ca !== undefined), ca, pool });
}

/** Opens it to read the keys alone, changing nothing. Undefined where there is none yet. Throws `IssuerFault`. */
export async function openStoreKeys(config: StoreConfig): Promise<StoreKeys | undefined> {
  if ('sqlite' in config) return (await isThere(config.sqlite)) ? openSqliteKeys(config.sqlite) : undefined;
  const { urlFile, caFile } = config.postgres;
  const ca = await readCa(caFile);
  return openPostgresKeys({ url: await readUrl(urlFile, ca !== undefined), ca });
}

/** Throws `IssuerFault`. */
export async function readCa(file: string | undefined): Promise<string | undefined> {
  return file === undefined ? undefined : (await readCertificate(file)).text;
}

/**
 * Reads the URL, and checks it. No fault quotes it, nor is one caused by an error that does.
 * @param authority whether there is a `ca_file`. Throws `IssuerFault`
 */
export async function readUrl(file: string, authority: boolean): Promise<string> {
  const url = (await readTextFile(file, 'the URL of the store', makeWith('cat', file))).trim();
  await demandPrivate(file, 'the URL of the store');
  const read = readAddress(url, authority);
  if (read.ok) return url;
  const hints = [...new Set(read.mistakes.map((mistake) => mistake.hint))];
  throw new IssuerFault(
    'bad-configuration',
    `the URL of the store in ${file} is wrong: ${read.mistakes.map(({ message }) => message).join('; ')}`,
    hints.join('; '),
  );
}
