/** What can be checked of the store that a configuration names, and changes nothing. */

import { type Path, type Problem } from '../../claims/problem.ts';
import { type StoreKeys } from '../../store/store.ts';
import { attempt, problemsOf } from '../attempt.ts';
import { demandDirectoryOf, isThere } from '../files.ts';
import { openStoreKeys, readCa, readUrl } from './open.ts';
import { type KnownPostgres, type KnownStore, type StoreConfig } from './shape.ts';

type CheckKeys = (store: StoreKeys) => Promise<Problem[]>;

/**
 * @param file a path relative to the configuration, as an absolute one
 * @param checkKeys what else is wrong with the keys, where there are any
 */
export async function checkStore(
  store: KnownStore | undefined,
  file: (name: string) => string,
  checkKeys: CheckKeys,
): Promise<Problem[]> {
  const { sqlite, postgres } = store ?? {};
  return [
    ...(sqlite === undefined ? [] : await checkSqlite(file(sqlite), checkKeys)),
    ...(postgres === undefined ? [] : await checkPostgres(postgres, file, checkKeys)),
  ];
}

async function checkSqlite(file: string, checkKeys: CheckKeys): Promise<Problem[]> {
  const path = ['store', 'sqlite'];
  if (!(await isThere(file))) return problemsOf(await attempt(path, () => demandDirectoryOf(file)));
  return checkOpened(path, { sqlite: file }, checkKeys);
}

async function checkPostgres(
  { url_file, ca_file }: KnownPostgres,
  file: (name: string) => string,
  checkKeys: CheckKeys,
): Promise<Problem[]> {
  const path = ['store', 'postgres'];
  const caFile = ca_file === undefined ? {} : { caFile: file(ca_file) };
  const ca = await attempt([...path, 'ca_file'], () => readCa(caFile.caFile));
  if (url_file === undefined) return problemsOf(ca);
  const urlFile = file(url_file);
  // Whether the URL is right can be said without the authority, too.
  const url = await attempt([...path, 'url_file'], () => readUrl(urlFile, ca.ok ? ca.value !== undefined : true));
  if (!ca.ok || !url.ok) return problemsOf(ca, url);
  return checkOpened(path, { postgres: { urlFile, ...caFile, pool: 1 } }, checkKeys);
}

async function checkOpened(path: Path, config: StoreConfig, checkKeys: CheckKeys): Promise<Problem[]> {
  const store = await attempt(path, () => openStoreKeys(config));
  if (!store.ok || store.value === undefined) return problemsOf(store);
  const { value } = store;
  try {
    const checked = await attempt(path, () => checkKeys(value));
    return checked.ok ? checked.value : problemsOf(checked);
  } finally {
    await value.close();
  }
}
