/** Who gains access between two versions, and who loses it: each with a token that the issuer could mint. */

import { type TokenSpace } from './tokens/space.ts';
import { type SolveOptions, type Witness, solve } from './tokens/solve.ts';
import { type TokenSet, all, minus } from './tokens/token-set.ts';

/** `unknown` blocks like `widens`: something could not be decided. */
export type DiffVerdict = 'equal' | 'narrows' | 'widens' | 'unknown';

/** What one version admits, of the tokens that its issuer can mint. */
export interface Version {
  readonly space: TokenSpace;
  /** Those that are admitted for certain. */
  readonly tokens: TokenSet;
  /** Those that may be, where something of the version is not known. Default: no others. */
  readonly atMost?: TokenSet;
  /** What is not known of it. */
  readonly gaps?: readonly string[];
}

export interface TokenDiff {
  readonly verdict: DiffVerdict;
  /** For each variant that gains, a shortest token that is admitted now and was not before. */
  readonly gained: readonly Witness[];
  /** For each variant that loses, a shortest token that was admitted and is not any more. */
  readonly lost: readonly Witness[];
  /** Why something is not decided. */
  readonly undecided: readonly string[];
}

/** A version that is not there admits nothing. */
export function diffTokens(before: Version | undefined, after: Version | undefined, options?: SolveOptions): TokenDiff {
  const gained = only(after, before, options);
  const lost = only(before, after, options);
  const gaps = [...(before?.gaps ?? []), ...(after?.gaps ?? [])];
  const undecided = [...new Set([...gained.undecided, ...lost.undecided, ...gaps])];
  const verdict = verdictOf(gained, lost, gaps.length > 0);
  return { verdict, gained: gained.witnesses, lost: lost.witnesses, undecided };
}

interface OnlyOne {
  readonly witnesses: readonly Witness[];
  readonly undecided: readonly string[];
}

function verdictOf(gained: OnlyOne, lost: OnlyOne, hasGaps: boolean): DiffVerdict {
  if (gained.witnesses.length > 0) return 'widens';
  if (gained.undecided.length > 0 || hasGaps) return 'unknown';
  if (lost.witnesses.length > 0) return 'narrows';
  return lost.undecided.length > 0 ? 'unknown' : 'equal';
}

/** Tokens that the one version admits and the other one does not, both for certain. */
function only(one: Version | undefined, other: Version | undefined, options?: SolveOptions): OnlyOne {
  if (one === undefined) return { witnesses: [], undecided: [] };
  const set = other === undefined ? one.tokens : minus(one.tokens, atMostOf(other));
  const variants = [...new Set(one.space.map(({ variant }) => variant))];
  const answers = variants.map((variant) =>
    solve(
      one.space.filter((made) => made.variant === variant),
      set,
      options,
    ),
  );
  return {
    witnesses: answers.flatMap((answer) => (answer.kind === 'witness' ? [answer.witness] : [])),
    undecided: answers.flatMap((answer) => (answer.kind === 'unknown' ? [answer.why] : [])),
  };
}

const atMostOf = ({ tokens, atMost = tokens }: Version): TokenSet => atMost;

/** Is there a token that both versions admit, or may there be one? */
export function overlap(before: Version, after: Version, options?: SolveOptions): boolean {
  return solve(after.space, all(atMostOf(before), atMostOf(after)), options).kind !== 'empty';
}
