/** Which tokens there can be: an issuer's variants, each with the ways in which its claims hang together. */

import { type Language } from '../language/regular.ts';
import { type ScalarType, type TokenSet } from './token-set.ts';

/** Something that is chosen freely for a token; claims are made of these. */
export interface Variable {
  readonly name: string;
  readonly language: Language;
  /** `object`: no condition on its text holds. */
  readonly type: ScalarType | 'object';
  readonly presence: 'always' | 'sometimes';
  /** A list of values, one at least; `maybe` where a single value is as good. Absent: a single value. */
  readonly many?: 'list' | 'maybe';
  /** A value that reads well where no condition asks for another one. Default: a shortest one. */
  readonly example?: string;
}

/** A piece of a claim's text: itself, or the value of a variable with some characters percent-encoded. */
export type Part = string | { readonly variable: string; readonly encode: string };

/** What is said of the parts that are plain text. */
export const textOf = (parts: readonly Part[]): string =>
  parts.map((part) => (typeof part === 'string' ? part : '')).join('');

/** One way to make a token. */
export interface TokenCase {
  readonly variant: string;
  readonly variables: ReadonlyMap<string, Variable>;
  /** Name or JSON pointer of each claim, and what it is made of; there where all of its variables are. */
  readonly claims: ReadonlyMap<string, readonly Part[]>;
  /** What holds for every token that is made in this way. */
  readonly assume: TokenSet;
  /** Is a claim that is not named here free, or none that such a token has? */
  readonly isFree: (claim: string) => boolean;
  /** The claims of a token, from the values of its variables. */
  readonly mint: (values: Values) => Minted;
}

/** Values of variables, of those that are there. */
export type Values = ReadonlyMap<string, string | readonly string[]>;

/** A token that the issuer could mint. */
export interface Minted {
  readonly claims: Readonly<Record<string, unknown>>;
  /** What a registration of the workload would say of it. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** All tokens of an issuer: those of each of the cases. */
export type TokenSpace = readonly TokenCase[];
