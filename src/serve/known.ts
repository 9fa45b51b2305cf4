/** What of a configuration can be read although other parts of it are wrong, so that everything wrong is said at once. */

import { type ProfileName } from '../claims/profile.ts';
import { type Algorithm } from '../keys/algorithms.ts';
import { type FactSource } from '../issuer/upstream/upstream.ts';
import { type Item, type Known, partOf, readItems, readParts } from '../issuer/shape.ts';
import { type KnownAdminIssuer, knownAdminIssuer } from './admin/shape.ts';
import { type KnownWay, knownCustody } from './custody/shape.ts';
import { adminShape, issuerShape, jwksPath, keysShape, listenerShape, offeredShape } from './schema.ts';
import { tlsShape } from './schema.ts';
import { type KnownStore, knownStore } from './store/shape.ts';
import { sourcesOf, upstreamShape } from './upstreams.ts';

/** As they stand in the file: files are not resolved. */
export interface KnownTls {
  readonly cert_file: string | undefined;
  readonly key_file: string | undefined;
}

export interface KnownListener {
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** Undefined where there is none at all. */
  readonly tls: KnownTls | undefined;
}

export interface KnownAdmin extends KnownListener {
  readonly tokenFile: string | undefined;
  /** Which of the two settings for the token are there, right or wrong. */
  readonly tokens: readonly string[];
  readonly issuers: readonly KnownAdminIssuer[];
}

/** A profile, with its place in the list. */
export interface KnownOffer {
  readonly index: number;
  readonly profile: ProfileName | undefined;
  readonly iss: string | undefined;
}

export interface KnownUpstream {
  readonly name: string;
  readonly organization: string | undefined;
  readonly profile: ProfileName | undefined;
  readonly variant: string | undefined;
  /** Undefined where they are wrong by themselves. */
  readonly facts: Readonly<Record<string, FactSource>> | undefined;
  readonly caFile: string | undefined;
}

export interface KnownIssuer {
  readonly name: string;
  readonly url: string | undefined;
  readonly perOrganization: boolean;
  readonly profiles: readonly KnownOffer[];
  /** Undefined where there are none of its own. */
  readonly jwksPaths: readonly Item<string>[] | undefined;
  readonly algorithms: readonly Algorithm[];
  readonly upstreams: readonly KnownUpstream[];
}

/** Undefined is what is not there at all, or is no map. */
export interface KnownConfig {
  readonly listen: KnownListener | undefined;
  readonly admin: KnownAdmin | undefined;
  readonly store: KnownStore | undefined;
  readonly custody: readonly KnownWay[] | undefined;
  readonly keys: Known<{
    readonly cache_seconds: number;
    readonly publish_seconds: number;
    readonly rotate_days: number | null;
  }>;
  readonly issuers: readonly KnownIssuer[] | undefined;
}

export function readKnown(document: unknown): KnownConfig {
  return {
    listen: knownListener(partOf(document, 'listen')),
    admin: knownAdmin(partOf(document, 'admin')),
    store: knownStore(partOf(document, 'store')),
    custody: knownCustody(partOf(document, 'custody')),
    keys: readParts(keysShape, partOf(document, 'keys')),
    issuers: entriesOf(partOf(document, 'issuers'))?.map(([name, entry]) => knownIssuer(name, entry)),
  };
}

function knownListener(listener: unknown): KnownListener | undefined {
  if (entriesOf(listener) === undefined) return undefined;
  const { host, port } = readParts(listenerShape, listener);
  const tls = partOf(listener, 'tls');
  return { host, port, tls: tls === undefined ? undefined : readParts(tlsShape, tls) };
}

function knownAdmin(admin: unknown): KnownAdmin | undefined {
  const listener = knownListener(admin);
  if (listener === undefined) return undefined;
  const { token_file: tokenFile } = readParts(adminShape, admin);
  const tokens = ['token_sha256', 'token_file'].filter((name) => partOf(admin, name) !== undefined);
  const issuers = (entriesOf(partOf(admin, 'oidc')) ?? []).map(([name, entry]) => knownAdminIssuer(name, entry));
  return { ...listener, tokenFile, tokens, issuers };
}

function knownIssuer(name: string, entry: unknown): KnownIssuer {
  const profiles = partOf(entry, 'profiles');
  const jwksPaths = partOf(entry, 'jwks_paths');
  const { url, per_organization: perOrganization = false, algorithm, algorithms } = readParts(issuerShape, entry);
  return {
    name,
    url,
    perOrganization,
    profiles: itemsOf(profiles).map((offered, index) => ({ index, ...readParts(offeredShape, offered) })),
    jwksPaths: jwksPaths === undefined ? undefined : readItems(jwksPath, jwksPaths),
    algorithms: [...new Set([algorithm ?? [], algorithms ?? []].flat())],
    upstreams: (entriesOf(partOf(entry, 'upstreams')) ?? []).map(([upstream, value]) => knownUpstream(upstream, value)),
  };
}

function knownUpstream(name: string, upstream: unknown): KnownUpstream {
  const { organization, profile, variant, facts, ca_file: caFile } = readParts(upstreamShape, upstream);
  return { name, organization, profile, variant, facts: facts === undefined ? undefined : sourcesOf(facts), caFile };
}

function itemsOf(list: unknown): readonly unknown[] {
  return Array.isArray(list) ? list : [];
}

function entriesOf(map: unknown): [string, unknown][] | undefined {
  return typeof map === 'object' && map !== null && !Array.isArray(map) ? Object.entries(map) : undefined;
}
