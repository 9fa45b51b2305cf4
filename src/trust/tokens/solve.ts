/** Is there a token in a set, and which is a shortest one? */

import { type Minted, type TokenCase, type TokenSpace, type Values } from './space.ts';
import { type TokenSet, all, minus } from './token-set.ts';
import { searchCase } from './search.ts';

/** States that one search may visit before it gives up. */
export const STATE_BOUND = 100_000;

export interface Witness extends Minted {
  readonly variant: string;
  readonly values: Values;
  /** What must hold of the request besides, e.g. of the address that it comes from. */
  readonly given: readonly string[];
}

export type Answer =
  | { readonly kind: 'empty' }
  /** `cost`: the cheaper of two tokens shows better what is let in. */
  | { readonly kind: 'witness'; readonly witness: Witness; readonly cost: number }
  | { readonly kind: 'unknown'; readonly why: string };

export interface SolveOptions {
  /** Default: 100,000. */
  readonly bound?: number;
}

/** A shortest token of the space that is in the set. `unknown` where that is not decided within the bound, never a guess. */
export function solve(space: TokenSpace, set: TokenSet, { bound = STATE_BOUND }: SolveOptions = {}): Answer {
  let best: { readonly witness: Witness; readonly cost: number } | undefined;
  let unknown: string | undefined;
  for (const one of space) {
    const found = searchCase(one, all(one.assume, set), bound);
    if (found.kind === 'unknown') unknown ??= found.why;
    if (found.kind !== 'found') continue;
    const cost = found.cost + found.given.length * GIVEN;
    if (best === undefined || cost < best.cost) best = { cost, witness: witnessOf(one, found.values, found.given) };
  }
  if (best !== undefined) return { kind: 'witness', ...best };
  return unknown === undefined ? { kind: 'empty' } : { kind: 'unknown', why: unknown };
}

/** A witness that stands by itself is better than any that needs more of the request. */
const GIVEN = 1e6;

function witnessOf(one: TokenCase, values: Values, given: readonly string[]): Witness {
  return { variant: one.variant, values, given, ...one.mint(values) };
}

/** How two sets of tokens compare: a token of each that the other has not. */
export interface Comparison {
  readonly onlyLeft: Answer;
  readonly onlyRight: Answer;
}

export function compare(space: TokenSpace, left: TokenSet, right: TokenSet, options?: SolveOptions): Comparison {
  return { onlyLeft: solve(space, minus(left, right), options), onlyRight: solve(space, minus(right, left), options) };
}
