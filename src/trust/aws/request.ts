/** What AWS makes of a web identity token: the values of its condition keys. */

import { type Claims } from '../../claims/claims.ts';
import { type Verdict } from '../decision.ts';

export interface AwsRequest {
  readonly claims: Claims;
  /** Header of the token; absent where only claims are known. */
  readonly header?: { readonly alg?: string; readonly kid?: string };
  /** Claims that AWS sees for this issuer beside `aud` and `sub`. Default: none. */
  readonly visible?: readonly string[];
  /** The account's IAM OIDC provider for `iss`; null where there is none, absent where that is not known. */
  readonly provider?: OidcProvider | null;
  /** Seconds since 1970; absent where times are not to be judged. */
  readonly now?: number;
}

export interface OidcProvider {
  /** The audiences that were registered (IAM: ClientIDList). */
  readonly clientIds: readonly string[];
}

/** Keys of every issuer (AWS global and IAM condition context keys). */
const ALWAYS_VISIBLE = ['sub', 'amr'];

/** What begins the condition keys: the issuer without `https://`, with its path. */
export function issuerPrefix({ iss }: Claims): string {
  return typeof iss === 'string' ? iss.replace(/^https:\/\//, '') : '';
}

export function audiencesOf({ aud }: Claims): string[] {
  if (typeof aud === 'string') return [aud];
  return Array.isArray(aud) ? aud.filter((value) => typeof value === 'string') : [];
}

/** `azp` alone becomes `:aud` where it is there. */
export function audienceKey(claims: Claims): string[] | undefined {
  if (typeof claims.azp === 'string') return [claims.azp];
  const audiences = audiencesOf(claims);
  return audiences.length > 0 ? audiences : undefined;
}

/** Is the key one of this issuer's? Names of keys are compared without regard to case. */
export function isOfIssuer(key: string, claims: Claims): boolean {
  return key.toLowerCase().startsWith(`${issuerPrefix(claims)}:`.toLowerCase());
}

/** The last part of a condition key, in lower case. */
export function claimOfKey(key: string): string {
  return key.slice(key.lastIndexOf(':') + 1).toLowerCase();
}

/** Does AWS have such a key for the issuer? Whether it has `email` is reported both ways. */
export function isVisible(claim: string, { visible = [] }: AwsRequest): Verdict {
  if (['aud', 'oaud', ...ALWAYS_VISIBLE, ...visible].includes(claim)) return true;
  return claim === 'email' ? 'unknown' : false;
}

/** Values of a condition key in this request; undefined where the key is absent. */
export function keyValues(key: string, request: AwsRequest): readonly string[] | undefined {
  const { claims } = request;
  const claim = claimOfKey(key);
  if (!isOfIssuer(key, claims) || isVisible(claim, request) !== true) return undefined;
  if (claim === 'aud') return audienceKey(claims);
  if (claim === 'oaud') return claims.azp === undefined ? undefined : audiencesOf(claims);
  const value = claims[claim];
  if (Array.isArray(value)) return value.map(String);
  return value === undefined || value === null || typeof value === 'object' ? undefined : [String(value)];
}
