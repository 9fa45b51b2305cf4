/** The claims of a token, as they stand in its payload (RFC 7519, section 4). */

import { type ClaimTable } from './claim.ts';

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A token's payload. */
export type Claims = Readonly<Record<string, JsonValue | undefined>>;

/** Reads a JSON pointer (RFC 6901). */
export function atPointer(value: JsonValue | undefined, pointer: string): JsonValue | undefined {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<JsonValue | undefined>((at, token) => step(at, token), value);
}

function step(value: JsonValue | undefined, token: string): JsonValue | undefined {
  if (Array.isArray(value))
    return /^(?:0|[1-9][0-9]*)$/.test(token) ? (value as readonly JsonValue[])[Number(token)] : undefined;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, token)) return undefined;
  return (value as Readonly<Record<string, JsonValue>>)[token];
}

/** The value of a claim, at the top level or where the table's pointer says. */
export function claimValue(claims: Claims, claim: string, table: ClaimTable): JsonValue | undefined {
  const pointer = table[claim]?.pointer;
  if (pointer !== undefined) return atPointer(claims as JsonValue, pointer);
  return Object.hasOwn(claims, claim) ? claims[claim] : undefined;
}
