/** One issuer of this server: a host and a path, a key ring, and the profiles whose tokens it mints. */

import { type ProfileName } from '../claims/profile.ts';
import { type AuditEntry } from './audit-entry.ts';
import { type KeyRing } from '../keys/ring.ts';
import { type Store } from '../store/store.ts';
import { type TrustedUpstream } from './upstream/verify.ts';

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
  /** Each organization has an issuer URL of its own below `url`, which is none by itself. */
  readonly perOrganization?: true;
  /** Whose alone it is: nobody of another organization gets a token of it. */
  readonly organization?: string;
}

/** An issuer with what it works on. */
export interface Issuer {
  readonly settings: IssuerSettings;
  readonly ring: KeyRing;
  readonly store: Store;
  /** Whose tokens are exchanged for its own. */
  readonly upstreams: readonly TrustedUpstream[];
  /** Whole seconds since 1970. */
  readonly now: () => number;
  readonly random: (bytes: number) => Uint8Array;
  /**
   * Takes one token from what a workload may have in a while.
   * @returns seconds after which it may ask again; undefined where it gets the token
   */
  readonly takeToken: (workload: string) => Promise<number | undefined>;
  /** Told of each entry of the audit, once it is written. */
  readonly audited: (issuer: string, entry: AuditEntry) => void;
  /** On whose behalf it works, for the audit; absent where nobody of the admin API asks. */
  readonly actor?: string;
}

/** The host and path of an issuer URL; the path is empty or begins with a slash. */
export function splitUrl(url: string): { readonly host: string; readonly path: string } {
  const { hostname, pathname } = new URL(url);
  return { host: hostname, path: pathname === '/' ? '' : pathname };
}

/** Where the keys of an issuer are, if nothing else is said: absolute on its host. */
export function defaultJwksPath(url: string): string {
  return `${splitUrl(url).path}/.well-known/jwks.json`;
}
