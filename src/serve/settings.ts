/** From the document of the configuration to settings. */

import { resolve } from 'node:path';
import { type Result, accept, refuse } from '../claims/problem.ts';
import { offeredProfiles } from '../issuer/profile.ts';
import { organizationSettings } from '../issuer/organization-issuer.ts';
import { type IssuerSettings, defaultJwksPath } from '../issuer/settings.ts';
import { type AdminIssuer } from '../issuer/administrator.ts';
import { type TrustedIssuer, type Upstream } from '../issuer/upstream/upstream.ts';
import { readShape } from '../issuer/shape.ts';
import { type RingSettings } from '../keys/ring.ts';
import { leastTimings } from '../keys/timings.ts';
import { adminIssuerOf } from './admin/issuers.ts';
import { type CustodyConfig, custodyOf } from './custody/shape.ts';
import { readKnown } from './known.ts';
import { checkRules } from './rules.ts';
import { CONFIGURATION, type ConfigDocument, type IssuerDocument, configSchema } from './schema.ts';
import { type StoreConfig, storeOf } from './store/shape.ts';
import { LEEWAY_SECONDS, SPREAD_SECONDS } from './times.ts';
import { type TracesConfig, tracesOf } from './traces/shape.ts';
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

export interface UpstreamEntry<U extends TrustedIssuer = Upstream> {
  readonly upstream: U;
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

/** Whose word is taken for the address of a client: `X-Forwarded-For`. */
export interface ProxiedListenerConfig extends ListenerConfig {
  readonly trustedProxies: readonly string[];
}

export interface AdminConfig extends ProxiedListenerConfig {
  /** Undefined where there is none. */
  readonly token: { readonly sha256: string } | { readonly file: string } | undefined;
  /** Whose tokens are taken beside it. */
  readonly issuers: readonly UpstreamEntry<AdminIssuer>[];
}

/** Files are absolute. */
export interface ServerConfig {
  readonly listen: ProxiedListenerConfig;
  readonly admin: AdminConfig;
  readonly store: StoreConfig;
  readonly custody: CustodyConfig;
  /** How long the entries of the audit are kept; null: for ever. */
  readonly auditSeconds: number | null;
  readonly limits: Limits;
  /** Where metrics are served; undefined: nowhere. */
  readonly metrics: ListenerConfig | undefined;
  /** Where traces are sent; undefined: there are none. */
  readonly traces: TracesConfig | undefined;
  readonly issuers: readonly IssuerEntry[];
}

/** @param directory that the files are relative to */
export function buildConfig(document: unknown, directory: string): Result<ServerConfig> {
  const read = readShape(configSchema, document, CONFIGURATION);
  const problems = [...(read.ok ? [] : read.problems), ...checkRules(readKnown(document))];
  return read.ok && problems.length === 0 ? accept(settingsOf(read.value, directory)) : refuse(...problems);
}

function settingsOf(document: ConfigDocument, directory: string): ServerConfig {
  const settings = Object.entries(document.issuers).map(([name, entry]) => issuerSettings(name, entry, document));
  return {
    listen: buildProxied(document.listen, directory),
    admin: adminConfig(document.admin, directory),
    store: storeOf(document.store, (file) => resolve(directory, file)),
    custody: custodyOf(document.custody, (file) => resolve(directory, file)),
    auditSeconds: document.audit.keep_days === null ? null : document.audit.keep_days * 86_400,
    limits: {
      tokensPerMinute: document.limits.tokens_per_minute,
      refusalsPerMinute: document.limits.refusals_per_minute,
      concurrentRequests: document.limits.concurrent_requests,
    },
    metrics: document.metrics === undefined ? undefined : buildListener(document.metrics, directory),
    traces: document.traces === undefined ? undefined : tracesOf(document.traces),
    issuers: settings.map((one) => ({
      settings: one,
      ring: ringSettings(one, document),
      upstreams: upstreamEntries(one, document, directory),
    })),
  };
}

function adminConfig(document: ConfigDocument['admin'], directory: string): AdminConfig {
  const { token_sha256: sha256, token_file: tokenFile, oidc } = document;
  const file = tokenFile === undefined ? undefined : { file: resolve(directory, tokenFile) };
  return {
    ...buildProxied(document, directory),
    token: sha256 === undefined ? file : { sha256 },
    issuers: Object.entries(oidc).map(([name, entry]) => upstreamEntry(adminIssuerOf(name, entry), entry, directory)),
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
    ...(entry.per_organization ? { perOrganization: true } : {}),
  };
}

function upstreamEntries(settings: IssuerSettings, document: ConfigDocument, directory: string): UpstreamEntry[] {
  return Object.entries(document.issuers[settings.name]?.upstreams ?? {}).map(([upstream, entry]) => {
    const { url } = organizationSettings(settings, entry.organization);
    return upstreamEntry(upstreamOf(upstream, entry, url), entry, directory);
  });
}

interface Reach {
  readonly allow_addresses: readonly string[];
  readonly ca_file?: string | undefined;
}

function upstreamEntry<U extends TrustedIssuer>(
  upstream: U,
  { allow_addresses: allowAddresses, ca_file: caFile }: Reach,
  directory: string,
): UpstreamEntry<U> {
  return { upstream, allowAddresses, ...(caFile === undefined ? {} : { caFile: resolve(directory, caFile) }) };
}

function ringSettings(settings: IssuerSettings, { issuers, keys }: ConfigDocument): RingSettings {
  const { name } = settings;
  const { algorithm = 'RS256', algorithms = [], kid = 'thumbprint', publication = 'served' } = issuers[name] ?? {};
  const longest = Math.max(...offeredProfiles(settings).map(({ life }) => life.max));
  const { keepSeconds } = leastTimings({
    tokenLife: longest,
    cacheAge: keys.cache_seconds,
    leeway: LEEWAY_SECONDS,
    spread: SPREAD_SECONDS,
  });
  return {
    issuer: name,
    algorithms: [algorithm, ...new Set(algorithms.filter((other) => other !== algorithm))],
    kid,
    publication,
    timings: {
      publishSeconds: keys.publish_seconds,
      keepSeconds,
      rotateSeconds: keys.rotate_days === null ? null : keys.rotate_days * 86_400,
    },
  };
}

function buildProxied(listener: ConfigDocument['listen'], directory: string): ProxiedListenerConfig {
  return { ...buildListener(listener, directory), trustedProxies: listener.trusted_proxies };
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
