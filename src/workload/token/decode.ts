// Reading a token without verifying it: the workload is its bearer, and AWS or Vault do the verifying.
import { decodeProtectedHeader } from 'jose/decode/protected_header';
import { decodeJwt } from 'jose/jwt/decode';
import { WorkloadFailure } from '../failure.ts';

export type Claims = Readonly<Record<string, unknown>>;

/** A compact JWS with what is written in it. */
export interface DecodedToken {
  readonly jwt: string;
  readonly header: Claims;
  readonly claims: Claims;
}

/** Decodes a token; `where` says in messages where it came from. */
export function decodeToken(jwt: string, where: string): DecodedToken {
  try {
    return { jwt, header: { ...decodeProtectedHeader(jwt) }, claims: { ...decodeJwt(jwt) } };
  } catch (cause) {
    throw new WorkloadFailure(
      'malformed-token',
      `${where} holds no JWT (three base64url parts joined by dots)`,
      'Check that it is the token itself: no quotes, no "Bearer ", no JSON around it.',
      { cause },
    );
  }
}

/** The audiences of a token: `aud` is a string or an array of them (RFC 7519, section 4.1.3). */
export function audiencesOf(claims: Claims): readonly string[] {
  const aud = claims.aud;
  if (typeof aud === 'string') return [aud];
  return Array.isArray(aud) ? aud.filter((value): value is string => typeof value === 'string') : [];
}

/** A claim by name, or by JSON pointer when the name begins with `/`, as Vault's bound_claims have it. */
export function claimAt(claims: Claims, name: string): unknown {
  if (!name.startsWith('/')) return claims[name];
  let value: unknown = claims;
  for (const part of name.slice(1).split('/')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = new Map(Object.entries(value)).get(part.replaceAll('~1', '/').replaceAll('~0', '~'));
  }
  return value;
}

/** A claim's value for a message: JSON on one line, cut at 200 characters. */
export function shownClaim(value: unknown): string {
  if (value === undefined) return '(absent)';
  const text = JSON.stringify(value).replace(/\p{C}/gu, '?');
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
