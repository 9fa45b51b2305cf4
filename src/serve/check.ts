/** What can be checked of a configuration and its files without creating or changing anything. */

import { dirname, resolve } from 'node:path';
import { type Path, type Problem, type Result, accept, problem, refuse } from '../claims/problem.ts';
import { sealedCustody } from '../keys/rings/sealed.ts';
import { loadRecords } from '../keys/rings/stored.ts';
import { IssuerFault } from '../store/fault.ts';
import { type StoreKeys, openSqliteKeys } from '../store/sqlite.ts';
import { type Placed, parseText } from './config.ts';
import { demandDirectoryOf, isThere, readTextFile } from './files.ts';
import { type KnownConfig, type KnownIssuer, readKnown } from './known.ts';
import { findSealingSecret, readAdminToken, sealingSecretGone } from './secrets.ts';
import { type ServerConfig, buildConfig } from './settings.ts';
import { checkPair, readCertificate, readKey } from './tls.ts';

/** Everything that is wrong with a configuration and the files it names. Throws `IssuerFault` where it cannot be read. */
export async function checkConfigFile(file: string): Promise<Placed<ServerConfig>> {
  const parsed = parseText(await readTextFile(file, 'the configuration'));
  if (!parsed.ok) return parsed;
  const { document, place } = parsed.value;
  const directory = dirname(resolve(file));
  const built = buildConfig(document, directory);
  const problems = [...(built.ok ? [] : built.problems), ...(await checkFiles(readKnown(document), directory))];
  return built.ok && problems.length === 0 ? built : { ok: false, problems: place(problems) };
}

/** Files that are created at the first start may be missing. */
async function checkFiles(known: KnownConfig, directory: string): Promise<Problem[]> {
  const file = (name: string | undefined) => (name === undefined ? undefined : resolve(directory, name));
  const { listen, admin, issuers = [] } = known;
  const secretFile = file(known.sealingSecretFile);
  const secret = secretFile === undefined ? undefined : await attempt(SECRET, () => findSealingSecret(secretFile));
  const checks = [
    checkTls('listen', file(listen?.tls?.cert_file), file(listen?.tls?.key_file)),
    checkTls('admin', file(admin?.tls?.cert_file), file(admin?.tls?.key_file)),
    checkToken(file(admin?.tokenFile)),
    checkSecret(secretFile, secret),
    checkStore(file(known.store), async (store) => {
      if (secretFile === undefined || secret?.ok !== true) return;
      await demandKeysOpen(store, secretFile, secret.value, issuers);
    }),
  ];
  return (await Promise.all(checks)).flat();
}

/** What a check yields, or its fault as a problem with the setting that it is about. */
async function attempt<T>(path: Path, check: () => T | Promise<T>): Promise<Result<T>> {
  try {
    return accept(await check());
  } catch (thrown) {
    if (!(thrown instanceof IssuerFault)) throw thrown;
    return refuse(problem(path, thrown.message, thrown.hint));
  }
}

function problemsOf(...results: readonly (Result<unknown> | undefined)[]): Problem[] {
  return results.flatMap((result) => (result?.ok === false ? result.problems : []));
}

async function checkToken(file: string | undefined): Promise<Problem[]> {
  if (file === undefined) return [];
  return problemsOf(await attempt(['admin', 'token_file'], () => readAdminToken({ token: { file } })));
}

async function checkTls(
  listener: string,
  certFile: string | undefined,
  keyFile: string | undefined,
): Promise<Problem[]> {
  const path = [listener, 'tls'];
  const cert =
    certFile === undefined ? undefined : await attempt([...path, 'cert_file'], () => readCertificate(certFile));
  const key = keyFile === undefined ? undefined : await attempt([...path, 'key_file'], () => readKey(keyFile));
  if (cert?.ok !== true || key?.ok !== true) return problemsOf(cert, key);
  return problemsOf(
    await attempt([...path, 'key_file'], () => {
      checkPair(cert.value, key.value);
    }),
  );
}

const SECRET: Path = ['sealing_secret_file'];

async function checkSecret(
  file: string | undefined,
  secret: Result<Uint8Array | undefined> | undefined,
): Promise<Problem[]> {
  if (file === undefined || secret?.ok !== true || secret.value !== undefined) return problemsOf(secret);
  return problemsOf(await attempt(SECRET, () => demandDirectoryOf(file)));
}

async function checkStore(
  file: string | undefined,
  checkKeys: (store: StoreKeys) => Promise<void>,
): Promise<Problem[]> {
  if (file === undefined) return [];
  const path = ['store', 'sqlite'];
  if (!(await isThere(file))) return problemsOf(await attempt(path, () => demandDirectoryOf(file)));
  const store = await attempt(path, () => openSqliteKeys(file));
  if (!store.ok || store.value === undefined) return problemsOf(store);
  const { value } = store;
  try {
    return problemsOf(await attempt(SECRET, () => checkKeys(value)));
  } finally {
    await value.close();
  }
}

/** Throws `IssuerFault` at the first key that does not open: the others hardly will. */
async function demandKeysOpen(
  store: StoreKeys,
  file: string,
  secret: Uint8Array | undefined,
  issuers: readonly KnownIssuer[],
): Promise<void> {
  const custody = secret === undefined ? undefined : sealedCustody(secret, () => new Uint8Array());
  for (const { name: issuer } of issuers) {
    const { records } = await loadRecords(store.keys, issuer);
    for (const { kid, algorithm, state, handle } of records) {
      if (handle === null || state === 'removed') continue;
      if (custody === undefined) throw sealingSecretGone(file);
      await custody.open({ issuer, kid, algorithm }, handle);
    }
  }
}
