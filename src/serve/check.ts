/** What can be checked of a configuration and its files without creating or changing anything. */

import { resolve } from 'node:path';
import { type Path, type Problem } from '../claims/problem.ts';
import { awsKms } from '../keys/kms/aws.ts';
import { type Kms } from '../keys/kms/port.ts';
import { type StoreKeys } from '../store/store.ts';
import { attempt, problemsOf } from './attempt.ts';
import { type Placed, directoryOf, parseSources, readConfigText } from './config.ts';
import { checkCustodyWays, checkKeysOpen } from './custody/check.ts';
import { type Environment } from './environment/variables.ts';
import { PROXY_VARIABLE, readProxy } from './fetch/proxy.ts';
import { type KnownConfig, readKnown } from './known.ts';
import { readAdminToken } from './secrets.ts';
import { type ServerConfig, buildConfig } from './settings.ts';
import { checkStore } from './store/check.ts';
import { checkPair, readCertificate, readKey } from './tls.ts';

/** Everything that is wrong with a configuration and what it names. Throws `IssuerFault` where it cannot be read. */
export async function checkConfigFile(
  file: string | undefined,
  kms?: Kms,
  environment: Environment = {},
): Promise<Placed<ServerConfig>> {
  const parsed = parseSources({ text: await readConfigText(file), environment });
  if (!parsed.ok) return parsed;
  const { document, place } = parsed.value;
  const directory = directoryOf(file);
  const built = buildConfig(document, directory);
  const proxy = await attempt([], () => readProxy(environment));
  const reached = kms ?? awsKms({ proxy: proxy.ok ? proxy.value : undefined });
  const inFiles = await checkFiles(readKnown(document), directory, reached);
  const problems = [
    ...place([...(built.ok ? [] : built.problems), ...inFiles]),
    ...problemsOf(proxy).map((found) => ({ ...found, variable: PROXY_VARIABLE })),
  ];
  return built.ok && problems.length === 0 ? built : { ok: false, problems };
}

/** Files that are created at the first start may be missing. */
async function checkFiles(known: KnownConfig, directory: string, kms: Kms): Promise<Problem[]> {
  const file = (name: string | undefined) => (name === undefined ? undefined : resolve(directory, name));
  const { listen, admin, issuers = [] } = known;
  const algorithms = new Map(issuers.map((issuer) => [issuer.name, issuer.algorithms]));
  const custody = await checkCustodyWays(known.custody ?? [], algorithms, (name) => resolve(directory, name), kms);
  const names = issuers.map(({ name }) => name);
  const keysOpen = (store: StoreKeys) => checkKeysOpen(store.keys, custody, names);
  const checks = [
    checkTls('listen', file(listen?.tls?.cert_file), file(listen?.tls?.key_file)),
    checkTls('admin', file(admin?.tls?.cert_file), file(admin?.tls?.key_file)),
    checkToken(file(admin?.tokenFile)),
    ...(admin?.issuers ?? []).map(({ name, ca_file }) => checkAuthority(['admin', 'oidc', name], file(ca_file))),
    ...issuers.flatMap(({ name, upstreams }) =>
      upstreams.map((upstream) => checkAuthority(['issuers', name, 'upstreams', upstream.name], file(upstream.caFile))),
    ),
    checkStore(known.store, (name) => resolve(directory, name), keysOpen),
  ];
  return [...custody.problems, ...(await Promise.all(checks)).flat()];
}

async function checkToken(file: string | undefined): Promise<Problem[]> {
  if (file === undefined) return [];
  return problemsOf(await attempt(['admin', 'token_file'], () => readAdminToken({ file })));
}

async function checkAuthority(path: Path, file: string | undefined): Promise<Problem[]> {
  return file === undefined ? [] : problemsOf(await attempt([...path, 'ca_file'], () => readCertificate(file)));
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
