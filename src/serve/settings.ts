/** From the parsed document to settings, by the rules that hold between its parts. */

import { resolve } from 'node:path';
import { type Problem, type Result, accept, problem, refuse, under } from '../claims/problem.ts';
import { checkIssuerUrl } from '../claims/url.ts';
import { checkOffered, offeredProfiles } from '../issuer/profile.ts';
import { type IssuerSettings, splitUrl } from '../issuer/settings.ts';
import { type RingSettings } from '../keys/ring.ts';
import { type ConfigDocument, type IssuerDocument, URL_PATH, configSchema, schemaProblems } from './schema.ts';

export interface ListenerConfig {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
}

export interface IssuerEntry {
  readonly settings: IssuerSettings;
  readonly ring: RingSettings;
}

/** Files are absolute. */
export interface ServerConfig {
  readonly listen: ListenerConfig;
  readonly admin: ListenerConfig & { readonly token: { readonly sha256: string } | { readonly file: string } };
  readonly store: { readonly sqlite: string };
  readonly sealingSecretFile: string;
  readonly issuers: readonly IssuerEntry[];
}

/** How far behind another replica's change of the keys this one may be. */
export const REFRESH_SECONDS = 5;

/** A pending key must be in every cache before it signs: cache age, the replicas' refresh, and clocks that differ. */
const PUBLISH_MARGIN_SECONDS = 60;

/** AWS accepts a token for 300 s past its `exp`. */
const LEEWAY_SECONDS = 300;

/** @param directory that the files are relative to */
export function buildConfig(document: unknown, directory: string): Result<ServerConfig> {
  const parsed = configSchema.safeParse(document);
  if (!parsed.success) return refuse(...schemaProblems(parsed.error));
  const { data } = parsed;
  const problems = [...checkAdmin(data), ...checkKeys(data), ...checkUrls(data)];
  if (problems.length > 0) return refuse(...problems);
  const settings = Object.entries(data.issuers).map(([name, entry]) => issuerSettings(name, entry, data));
  const later = [
    ...settings.flatMap((one) => under(['issuers', one.name, 'profiles'], checkOffered(one))),
    ...checkPaths(settings),
  ];
  if (later.length > 0) return refuse(...later);
  const { token_sha256: sha256, token_file: tokenFile = '' } = data.admin;
  return accept({
    listen: buildListener(data.listen, directory),
    admin: {
      ...buildListener(data.admin, directory),
      token: sha256 === undefined ? { file: resolve(directory, tokenFile) } : { sha256 },
    },
    store: { sqlite: resolve(directory, data.store.sqlite) },
    sealingSecretFile: resolve(directory, data.sealing_secret_file),
    issuers: settings.map((one) => ({ settings: one, ring: ringSettings(one, data) })),
  });
}

function checkAdmin({ admin }: ConfigDocument): Problem[] {
  const tokens = [admin.token_sha256, admin.token_file].filter((token) => token !== undefined);
  const hint = 'token_file names a file with the token, token_sha256 is its hash';
  return [
    ...(tokens.length === 1 ? [] : [problem(['admin'], 'needs either `token_sha256` or `token_file`', hint)]),
    ...(admin.tls !== undefined || isLoopback(admin.host)
      ? []
      : [problem(['admin', 'host'], 'beyond loopback the admin token would travel in the clear', 'give it `tls`')]),
  ];
}

function isLoopback(host: string): boolean {
  return /^127(?:\.[0-9]{1,3}){3}$/.test(host) || host === '::1' || host === 'localhost';
}

function checkKeys({ keys }: ConfigDocument): Problem[] {
  const least = keys.cache_seconds + PUBLISH_MARGIN_SECONDS;
  if (keys.publish_seconds >= least) return [];
  return [
    problem(
      ['keys', 'publish_seconds'],
      `a new key would sign before every cache has it: ${keys.publish_seconds} s is less than ${least} s`,
      `it is at least cache_seconds and ${PUBLISH_MARGIN_SECONDS} s`,
    ),
  ];
}

function checkUrls({ issuers }: ConfigDocument): Problem[] {
  if (Object.keys(issuers).length === 0) return [problem(['issuers'], 'there is no issuer')];
  return Object.entries(issuers).flatMap(([name, { url }]) => {
    const path = ['issuers', name, 'url'];
    const broken = checkIssuerUrl(url, path);
    if (broken.length > 0) return broken;
    const { path: at } = splitUrl(url);
    return at === '' || URL_PATH.test(at) ? [] : [problem(path, `the path ${at} has characters that are not served`)];
  });
}

/** Every path of every issuer leads to one thing. */
function checkPaths(issuers: readonly IssuerSettings[]): Problem[] {
  const taken = new Map<string, string>();
  const problems: Problem[] = [];
  for (const { name, url, jwksPaths } of issuers) {
    const { host, path } = splitUrl(url);
    const served = [`${path}/.well-known/openid-configuration`, `${path}/token`, ...jwksPaths];
    for (const at of served) {
      const before = at === '/healthz' || at === '/readyz' ? 'the health checks' : taken.get(host + at);
      taken.set(host + at, `the issuer ${name}`);
      if (before !== undefined)
        problems.push(problem(['issuers', name], `${host}${at} is already served for ${before}`));
    }
  }
  return problems;
}

function issuerSettings(name: string, entry: IssuerDocument, { keys }: ConfigDocument): IssuerSettings {
  const [first, ...rest] = entry.profiles.map(({ profile, iss }) => ({
    profile,
    ...(iss === undefined ? {} : { iss }),
  }));
  const [jwks = `${splitUrl(entry.url).path}/.well-known/jwks.json`, ...more] = entry.jwks_paths ?? [];
  if (first === undefined) throw new RangeError('the schema lets no issuer without a profile through');
  return {
    name,
    url: entry.url,
    profiles: [first, ...rest],
    jwksPaths: [jwks, ...more],
    cacheSeconds: keys.cache_seconds,
  };
}

function ringSettings(settings: IssuerSettings, { issuers, keys }: ConfigDocument): RingSettings {
  const { name } = settings;
  const { algorithm = 'RS256', algorithms = [], kid = 'thumbprint' } = issuers[name] ?? {};
  const longest = Math.max(...offeredProfiles(settings).map(({ life }) => life.max));
  return {
    issuer: name,
    algorithms: [algorithm, ...new Set(algorithms.filter((other) => other !== algorithm))],
    kid,
    timings: {
      publishSeconds: keys.publish_seconds,
      keepSeconds: longest + LEEWAY_SECONDS + keys.cache_seconds,
    },
  };
}

function buildListener(
  { host, port, tls }: Pick<ConfigDocument['listen'], 'host' | 'port' | 'tls'>,
  directory: string,
): ListenerConfig {
  if (tls === undefined) return { host, port };
  return {
    host,
    port,
    tls: { certFile: resolve(directory, tls.cert_file), keyFile: resolve(directory, tls.key_file) },
  };
}
