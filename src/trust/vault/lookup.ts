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

/** The names that Go's JSON decoder takes for a registered claim, in the order in which it reads them. */
export function spellingsOf(claims: Claims, name: string): string[] {
  const same = (key: string) => key.length === name.length && key.toUpperCase() === name.toUpperCase();
  return Object.keys(claims).filter(same).sort();
}

/**
 * A registered claim as the validator reads it: `Sub` counts for `sub` too, and of several the last (cap/jwt,
 * validateAll; encoding/json, Unmarshal).
 */
export function registered(claims: Claims, name: string): JsonValue | undefined {
  return spellingsOf(claims, name)
    .map((key) => claims[key])
    .findLast((value) => value !== null && value !== undefined);
}
