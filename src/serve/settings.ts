/** From the document of the configuration to settings. */

import { resolve } from 'node:path';
import { type Result, accept, refuse } from '../claims/problem.ts';
import { offeredProfiles } from '../issuer/profile.ts';
import { type IssuerSettings } from '../issuer/settings.ts';
import { type Upstream } from '../issuer/upstream/upstream.ts';
import { readShape } from '../issuer/shape.ts';
import { type RingSettings } from '../keys/ring.ts';
import { type CustodyConfig, custodyOf } from './custody/shape.ts';
import { readKnown } from './known.ts';
import { checkRules, defaultJwksPath } from './rules.ts';
import { CONFIGURATION, type ConfigDocument, type IssuerDocument, configSchema } from './schema.ts';
import { type StoreConfig, storeOf } from './store/shape.ts';
import { upstreamOf } from './upstreams.ts';

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

export interface UpstreamEntry {
  readonly upstream: Upstream;
  /** Networks beside the public Internet, as `address/prefix`. */
  readonly allowAddresses: readonly string[];
  /** Authorities instead of the system's, PEM. */
  readonly caFile?: string;
}

export interface IssuerEntry {
  readonly settings: IssuerSettings;
  readonly ring: RingSettings;
  readonly upstreams: readonly UpstreamEntry[];
}

export interface Limits {
  /** For each workload. */
  readonly tokensPerMinute: number;
  /** For each address. */
  readonly refusalsPerMinute: number;
  /** At the public listener; what is more is told to come back. */
  readonly concurrentRequests: number;
}

/** Files are absolute. */
export interface ServerConfig {
  /** Whose word is taken for the address of a client: `X-Forwarded-For`. */
  readonly listen: ListenerConfig & { readonly trustedProxies: readonly string[] };
  readonly admin: ListenerConfig & { readonly token: { readonly sha256: string } | { readonly file: string } };
  readonly store: StoreConfig;
  readonly custody: CustodyConfig;
  readonly limits: Limits;
  /** Where metrics are served; undefined: nowhere. */
  readonly metrics: ListenerConfig | undefined;
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
    listen: { ...buildListener(document.listen, directory), trustedProxies: document.listen.trusted_proxies },
    admin: {
      ...buildListener(document.admin, directory),
      token: sha256 === undefined ? { file: resolve(directory, tokenFile) } : { sha256 },
    },
    store: storeOf(document.store, (file) => resolve(directory, file)),
    custody: custodyOf(document.custody, (file) => resolve(directory, file)),
    limits: {
      tokensPerMinute: document.limits.tokens_per_minute,
      refusalsPerMinute: document.limits.refusals_per_minute,
      concurrentRequests: document.limits.concurrent_requests,
    },
    metrics: document.metrics === undefined ? undefined : buildListener(document.metrics, directory),
    issuers: settings.map((one) => ({
      settings: one,
      ring: ringSettings(one, document),
      upstreams: upstreamEntries(one, document, directory),
    })),
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

function upstreamEntries({ name, url }: IssuerSettings, document: ConfigDocument, directory: string): UpstreamEntry[] {
  return Object.entries(document.issuers[name]?.upstreams ?? {}).map(([upstream, entry]) => ({
    upstream: upstreamOf(upstream, entry, url),
    allowAddresses: entry.allow_addresses,
    ...(entry.ca_file === undefined ? {} : { caFile: resolve(directory, entry.ca_file) }),
  }));
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
