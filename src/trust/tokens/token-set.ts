/** Sets of tokens, as conditions on claims: what policies, roles and admissions admit is written in these. */

import { type Language } from '../language/regular.ts';

/** JSON type of a value. A policy of AWS compares all of them as text, Vault only what has the same type. */
export type ScalarType = 'string' | 'boolean' | 'number';

export type TokenSet =
  | { readonly kind: 'all'; readonly of: readonly TokenSet[] }
  | { readonly kind: 'any'; readonly of: readonly TokenSet[] }
  | { readonly kind: 'not'; readonly of: TokenSet }
  | {
      /** The claim is there, and its text is in the language; of a claim that is a list, that of some element. */
      readonly kind: 'claim';
      /** Name, or JSON pointer (RFC 6901). */
      readonly claim: string;
      readonly language: Language;
      /** Only a value of this type. Absent: whatever the type. */
      readonly type?: ScalarType;
      /** Only a value by itself, and no list. Default: false. */
      readonly scalar?: boolean;
    }
  | { readonly kind: 'present'; readonly claim: string }
  | { readonly kind: 'variant'; readonly names: readonly string[] }
  | {
      /** What no token decides, such as the address that a request comes from. */
      readonly kind: 'outside';
      readonly what: string;
      /** What it is about: two statements about one thing may exclude each other. */
      readonly about: string;
    };

export const EVERY_TOKEN: TokenSet = { kind: 'all', of: [] };
export const NO_TOKEN: TokenSet = { kind: 'any', of: [] };

export const all = (...of: readonly TokenSet[]): TokenSet => ({ kind: 'all', of });
export const any = (...of: readonly TokenSet[]): TokenSet => ({ kind: 'any', of });
export const not = (of: TokenSet): TokenSet => ({ kind: 'not', of });
export const present = (claim: string): TokenSet => ({ kind: 'present', claim });
export const isVariant = (names: readonly string[]): TokenSet => ({ kind: 'variant', names });
export const outside = (what: string, about: string): TokenSet => ({ kind: 'outside', what, about });

export function claimIn(claim: string, language: Language, type?: ScalarType): TokenSet {
  return { kind: 'claim', claim, language, ...(type === undefined ? {} : { type }) };
}

/** The claim is a single value of the type, in the language. */
export function scalarIn(claim: string, language: Language, type: ScalarType): TokenSet {
  return { kind: 'claim', claim, language, type, scalar: true };
}

/** What the left set has and the right one has not. */
export const minus = (left: TokenSet, right: TokenSet): TokenSet => all(left, not(right));
