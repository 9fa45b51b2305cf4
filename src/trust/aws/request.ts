/** What AWS makes of a web identity token: the values of the condition keys of its request. */

import { type Claims } from '../../claims/claims.ts';
import { readSession } from './session.ts';

export interface AwsRequest {
  readonly claims: Claims;
  /** Header of the token; absent where only claims are known. */
  readonly header?: { readonly alg?: string; readonly kid?: string };
  /** Claims that AWS sees for this issuer beside `aud` and `sub`. Default: none. */
  readonly visible?: readonly string[];
  /** The account's IAM OIDC provider for `iss`; null where there is none, absent where that is not known. */
  readonly provider?: OidcProvider | null;
  /** ARN of the role that is asked for; absent where that is not known. */
  readonly roleArn?: string;
  /** Seconds since 1970; absent where times are not to be judged. */
  readonly now?: number;
  /** What is known of the request besides, by condition key in lower case, e.g. `aws:sourceip`. */
  readonly context?: ReadonlyMap<string, readonly string[]>;
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
  const party = authorizedParty(claims);
  if (party !== undefined) return [party];
  const audiences = audiencesOf(claims);
  return audiences.length > 0 ? audiences : undefined;
}

/** `azp`, where it says something (OpenID Connect Core 1.0, section 2). */
export function authorizedParty({ azp }: Claims): string | undefined {
  return typeof azp === 'string' && azp !== '' ? azp : undefined;
}

/** Is the key one of this issuer's, which have one name behind the prefix? They are compared without regard to case. */
export function isOfIssuer(key: string, prefix: string): boolean {
  return key.lastIndexOf(':') === prefix.length && key.slice(0, prefix.length).toLowerCase() === prefix.toLowerCase();
}

/** Is the key about the request or the session, and not one of an issuer's? */
export function isGlobal(key: string): boolean {
  return /^(?:aws|sts):/i.test(key);
}

/** The last part of a condition key, in lower case. */
export function claimOfKey(key: string): string {
  return key.slice(key.lastIndexOf(':') + 1).toLowerCase();
}

/** Does AWS have such a key for the issuer? Whether it has `email` is reported both ways. */
export function isVisible(claim: string, visible?: readonly string[]): boolean | 'unknown' {
  if (claim === 'aud' || claim === 'oaud' || ALWAYS_VISIBLE.includes(claim)) return true;
  if (visible?.includes(claim) === true) return true;
  return claim === 'email' ? 'unknown' : false;
}

/** Values of a key: undefined where it is absent, `unknown` where the token does not tell. */
export type KeyValues = readonly string[] | undefined | 'unknown';

/** Values of a condition key in this request. */
export function keyValues(key: string, request: AwsRequest): KeyValues {
  const known = request.context?.get(key.toLowerCase());
  if (known !== undefined) return known;
  if (isGlobal(key)) return globalValues(key, request);
  const { claims, visible } = request;
  if (!isOfIssuer(key, issuerPrefix(claims))) return undefined;
  const claim = claimOfKey(key);
  const seen = isVisible(claim, visible);
  if (seen !== true) return seen === false ? undefined : 'unknown';
  if (claim === 'aud') return audienceKey(claims);
  if (claim === 'oaud') return authorizedParty(claims) !== undefined ? audiencesOf(claims).slice(0, 1) : undefined;
  return textsOf(claims[claim]);
}

/** Of a claim that is a list, its elements; what is no scalar has no text. */
function textsOf(value: unknown): readonly string[] | undefined {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = list.flatMap((one) =>
    typeof one === 'string' || typeof one === 'number' || typeof one === 'boolean' ? [String(one)] : [],
  );
  return texts.length > 0 ? texts : undefined;
}

/** Session tags and source identity come from the token; of the rest only the time is known (IAM and STS context keys). */
function globalValues(key: string, { claims, now }: AwsRequest): KeyValues {
  const name = key.toLowerCase();
  const session = readSession(claims);
  const tag = 'aws:requesttag/';
  if (name.startsWith(tag)) {
    const found = Object.entries(session.tags).find(([one]) => one.toLowerCase() === name.slice(tag.length));
    return found === undefined ? undefined : [found[1]];
  }
  if (name === 'aws:tagkeys') return orAbsent(Object.keys(session.tags));
  if (name === 'sts:transitivetagkeys') return orAbsent(session.transitiveTagKeys);
  if (name === 'sts:sourceidentity') return session.sourceIdentity === undefined ? undefined : [session.sourceIdentity];
  if (name === 'sts:roleauthorizedbyidp') return [String(session.roles !== undefined)];
  if (name === 'aws:securetransport') return ['true'];
  if (now === undefined) return 'unknown';
  if (name === 'aws:currenttime') return [new Date(now * 1000).toISOString()];
  return name === 'aws:epochtime' ? [String(now)] : 'unknown';
}

const orAbsent = (values: readonly string[]): readonly string[] | undefined => (values.length > 0 ? values : undefined);
