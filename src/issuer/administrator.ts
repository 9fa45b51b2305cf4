/** Who may use the admin API: the holder of a static token, or whom an OIDC issuer vouches for. */

import { timingSafeEqual } from 'node:crypto';
import { sha256 } from './credential.ts';
import { type TrustedIssuer } from './upstream/upstream.ts';
import { type TrustedUpstream, verifyEach } from './upstream/verify.ts';

/** A reader changes nothing. */
export const ROLES = ['reader', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** An issuer whose tokens administrate. */
export interface AdminIssuer extends TrustedIssuer {
  readonly role: Role;
}

export interface Administrators {
  /** Of the static token, hexadecimal; undefined where there is none. */
  readonly tokenSha256: string | undefined;
  readonly issuers: readonly TrustedUpstream<AdminIssuer>[];
  /** Whole seconds since 1970. */
  readonly now: () => number;
}

export interface Administrator {
  readonly ok: true;
  /** For the audit: `token`, or the name of the issuer and `sub`. */
  readonly actor: string;
  readonly role: Role;
}

export type Authenticated =
  | Administrator
  /** `reason` is for the log. `unavailable`: the keys of the issuer cannot be had now. */
  | { readonly ok: false; readonly unavailable: boolean; readonly reason: string };

/** The static token is looked at first, so that it works whatever the issuers do. */
export async function authenticateAdministrator(
  { tokenSha256, issuers, now }: Administrators,
  bearer: string | undefined,
): Promise<Authenticated> {
  if (bearer === undefined) return refused('there is no bearer');
  if (tokenSha256 !== undefined && fits(bearer, tokenSha256)) return { ok: true, actor: 'token', role: 'admin' };
  if (issuers.length === 0 || !bearer.includes('.')) return refused('the admin token is wrong');
  const verified = await verifyEach(issuers, bearer, now());
  if (!verified.ok) return verified;
  // Of several that admit it the one that allows most: what one grants, another does not take back.
  const [first, ...others] = verified.tokens;
  const { upstream, claims } = others.find((token) => rank(token.upstream) > rank(first.upstream)) ?? first;
  if (typeof claims.sub !== 'string' || claims.sub === '') return refused('the token has no `sub` to put on record');
  return { ok: true, actor: `${upstream.name} ${claims.sub}`, role: upstream.role };
}

const rank = ({ role }: AdminIssuer): number => ROLES.indexOf(role);

const refused = (reason: string): Authenticated => ({ ok: false, unavailable: false, reason });

function fits(bearer: string, expected: string): boolean {
  return timingSafeEqual(Buffer.from(sha256(bearer), 'hex'), Buffer.from(expected, 'hex'));
}
