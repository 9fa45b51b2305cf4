/** From the document of the configuration to settings. */

import { resolve } from 'node:path';
import { type Result, accept, refuse } from '../claims/problem.ts';
import { offeredProfiles } from '../issuer/profile.ts';
import { type IssuerSettings } from '../issuer/settings.ts';
import { readShape } from '../issuer/shape.ts';
import { type RingSettings } from '../keys/ring.ts';
import { readKnown } from './known.ts';
import { checkRules, defaultJwksPath } from './rules.ts';
import { CONFIGURATION, type ConfigDocument, type IssuerDocument, configSchema } from './schema.ts';

export interface TlsConfig {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface ListenerConfig {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly tls?: TlsConfig;
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

/** AWS accepts a token for 300 s past its `exp`. */
const LEEWAY_SECONDS = 300;

/** @param directory that the files are relative to */
export function buildConfig(document: unknown, directory: string): Result<ServerConfig> {
  const read = readShape(configSchema, document, CONFIGURATION);
  const problems = [...(read.ok ? [] : read.problems), ...checkRules(readKnown(document))];
  return read.ok && problems.length === 0 ? accept(settingsOf(read.value, directory)) : refuse(...problems);
}

function settingsOf(document: ConfigDocument, directory: string): ServerConfig {
  const { token_sha256: sha256, token_file: tokenFile = '' } = document.admin;
  const settings = Object.entries(document.issuers).map(([name, entry]) => issuerSettings(name, entry, document));
  return {
    listen: buildListener(document.listen, directory),
    admin: {
      ...buildListener(document.admin, directory),
      token: sha256 === undefined ? { file: resolve(directory, tokenFile) } : { sha256 },
    },
    store: { sqlite: resolve(directory, document.store.sqlite) },
    sealingSecretFile: resolve(directory, document.sealing_secret_file),
    issuers: settings.map((one) => ({ settings: one, ring: ringSettings(one, document) })),
  };
}

function issuerSettings(name: string, entry: IssuerDocument, { keys }: ConfigDocument): IssuerSettings {
  const [first, ...rest] = entry.profiles.map(({ profile, iss }) => ({
    profile,
    ...(iss === undefined ? {} : { iss }),
  }));
  const [jwks = defaultJwksPath(entry.url), ...more] = entry.jwks_paths ?? [];
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
