/** What of a configuration can be read although other parts of it are wrong, so that everything wrong is said at once. */

import { type ProfileName } from '../claims/profile.ts';
import { type Item, type Known, partOf, readItems, readParts } from '../issuer/shape.ts';
import { adminShape, configShape, issuerShape, jwksPath, keysShape, listenerShape, offeredShape } from './schema.ts';
import { storeShape, tlsShape } from './schema.ts';

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
}

/** A profile, with its place in the list. */
export interface KnownOffer {
  readonly index: number;
  readonly profile: ProfileName | undefined;
  readonly iss: string | undefined;
}

export interface KnownIssuer {
  readonly name: string;
  readonly url: string | undefined;
  readonly profiles: readonly KnownOffer[];
  /** Undefined where there are none of its own. */
  readonly jwksPaths: readonly Item<string>[] | undefined;
}

/** Undefined is what is not there at all, or is no map. */
export interface KnownConfig {
  readonly listen: KnownListener | undefined;
  readonly admin: KnownAdmin | undefined;
  readonly store: string | undefined;
  readonly sealingSecretFile: string | undefined;
  readonly keys: Known<{ readonly cache_seconds: number; readonly publish_seconds: number }>;
  readonly issuers: readonly KnownIssuer[] | undefined;
}

export function readKnown(document: unknown): KnownConfig {
  return {
    listen: knownListener(partOf(document, 'listen')),
    admin: knownAdmin(partOf(document, 'admin')),
    store: readParts(storeShape, partOf(document, 'store')).sqlite,
    sealingSecretFile: readParts(configShape, document).sealing_secret_file,
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
  return { ...listener, tokenFile, tokens };
}

function knownIssuer(name: string, entry: unknown): KnownIssuer {
  const profiles = partOf(entry, 'profiles');
  const jwksPaths = partOf(entry, 'jwks_paths');
  return {
    name,
    url: readParts(issuerShape, entry).url,
    profiles: itemsOf(profiles).map((offered, index) => ({ index, ...readParts(offeredShape, offered) })),
    jwksPaths: jwksPaths === undefined ? undefined : readItems(jwksPath, jwksPaths),
  };
}

function itemsOf(list: unknown): readonly unknown[] {
  return Array.isArray(list) ? list : [];
}

function entriesOf(map: unknown): [string, unknown][] | undefined {
  return typeof map === 'object' && map !== null && !Array.isArray(map) ? Object.entries(map) : undefined;
}
