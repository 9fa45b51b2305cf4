/** How Vault finds a claim in a token: by name, by JSON pointer, and the registered ones without regard to case. */

import { type Claims, type JsonValue, atPointer } from '../../claims/claims.ts';

/** A claim by name, or by JSON pointer where the name begins with `/`; null is absent (auth-jwt, getClaim). */
export function lookUp(claims: Claims, name: string): JsonValue | undefined {
  const value = name.startsWith('/') ? atPointer(claims as JsonValue, name) : plain(claims, name);
  return value ?? undefined;
}

/** A claim by name alone. */
export function plain(claims: Claims, name: string): JsonValue | undefined {
  return (Object.hasOwn(claims, name) ? claims[name] : undefined) ?? undefined;
}

/** Go folds case as Unicode's simple case folding does: `ſub` is `sub`, `ıss` is not `iss`. */
const folded = (name: string) => new RegExp(`^${name}$`, 'iu');

const SPELLINGS = {
  iss: folded('iss'),
  sub: folded('sub'),
  aud: folded('aud'),
  jti: folded('jti'),
  exp: folded('exp'),
  nbf: folded('nbf'),
  iat: folded('iat'),
};

export type RegisteredClaim = keyof typeof SPELLINGS;

/**
 * The names that Go's JSON decoder takes for a registered claim, in the order in which it reads them: `Sub` counts for
 * `sub` too (cap/jwt, validateAll; encoding/json, Unmarshal).
 */
export function spellingsOf(claims: Claims, name: RegisteredClaim): string[] {
  const spelling = SPELLINGS[name];
  return Object.keys(claims)
    .filter((key) => spelling.test(key) && claims[key] !== undefined)
    .sort();
}

const valuesOf = (claims: Claims, name: RegisteredClaim) => spellingsOf(claims, name).map((key) => claims[key]);

/** A registered claim as the validator reads it: of several spellings the last; null changes nothing. */
export function registered(claims: Claims, name: RegisteredClaim): JsonValue | undefined {
  return valuesOf(claims, name).findLast((value) => value !== null);
}

/** The same for a time, which null takes away. */
export function registeredTime(claims: Claims, name: RegisteredClaim): JsonValue | undefined {
  return valuesOf(claims, name).at(-1);
}
