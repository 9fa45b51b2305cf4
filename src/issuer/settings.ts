/** One issuer of this server: a host and a path, a key ring, and the profiles whose tokens it mints. */

import { type ProfileName } from '../claims/profile.ts';
import { type KeyRing } from '../keys/ring.ts';
import { type Store } from '../store/store.ts';

export interface OfferedProfile {
  readonly profile: ProfileName;
  /** For profiles whose `iss` is no URL. */
  readonly iss?: string;
}

export interface IssuerSettings {
  /** What the configuration and the admin API call it. */
  readonly name: string;
  /** Byte-identical in discovery and `iss`: `https://host` or `https://host/path`. */
  readonly url: string;
  readonly profiles: readonly [OfferedProfile, ...OfferedProfile[]];
  /** Absolute paths on the host; discovery names the first. */
  readonly jwksPaths: readonly [string, ...string[]];
  /** How long relying parties may cache JWKS and discovery, in seconds. */
  readonly cacheSeconds: number;
}

/** An issuer with what it works on. */
export interface Issuer {
  readonly settings: IssuerSettings;
  readonly ring: KeyRing;
  readonly store: Store;
  /** Whole seconds since 1970. */
  readonly now: () => number;
  readonly random: (bytes: number) => Uint8Array;
}

/** The host and path of an issuer URL; the path is empty or begins with a slash. */
export function splitUrl(url: string): { readonly host: string; readonly path: string } {
  const { hostname, pathname } = new URL(url);
  return { host: hostname, path: pathname === '/' ? '' : pathname };
}
