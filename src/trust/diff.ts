/** Who gains access between two versions, and who loses it: each with a token that the issuer could mint. */

import { type TokenSpace } from './tokens/space.ts';
import { type SolveOptions, type Witness, solve } from './tokens/solve.ts';
import { type TokenSet, all, minus } from './tokens/token-set.ts';

/** `unknown` blocks like `widens`: something could not be decided. */
export type DiffVerdict = 'equal' | 'narrows' | 'widens' | 'unknown';

/** What one version admits, of the tokens that its issuer can mint. */
export interface Version {
  readonly space: TokenSpace;
  readonly tokens: TokenSet;
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
  const undecided = [...gained.undecided, ...lost.undecided];
  return { verdict: verdictOf(gained, lost), gained: gained.witnesses, lost: lost.witnesses, undecided };
}

interface OnlyOne {
  readonly witnesses: readonly Witness[];
  readonly undecided: readonly string[];
}

function verdictOf(gained: OnlyOne, lost: OnlyOne): DiffVerdict {
  if (gained.witnesses.length > 0) return 'widens';
  if (gained.undecided.length > 0) return 'unknown';
  if (lost.witnesses.length > 0) return 'narrows';
  return lost.undecided.length > 0 ? 'unknown' : 'equal';
}

/** Tokens of the one version that the other one does not admit. */
function only(one: Version | undefined, other: Version | undefined, options?: SolveOptions): OnlyOne {
  if (one === undefined) return { witnesses: [], undecided: [] };
  const set = other === undefined ? one.tokens : minus(one.tokens, other.tokens);
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

/** Is there a token that both versions admit, or may there be one? */
export function overlap(before: Version, after: Version, options?: SolveOptions): boolean {
  return solve(after.space, all(before.tokens, after.tokens), options).kind !== 'empty';
}

/** What is different for the tokens that both versions admit. */
export interface Change {
  readonly what: string;
  readonly before: unknown;
  readonly after: unknown;
  /** `narrows` only where it is certain that less is handed out. */
  readonly effect: 'widens' | 'narrows';
}

/** Compares what is handed out, member by member. */
export function changesOf(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): readonly Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names
    .filter((name) => key(before[name]) !== key(after[name]))
    .map((what) => {
      const [left, right] = [before[what], after[what]];
      return { what, before: left, after: right, effect: isLess(what, left, right) ? 'narrows' : 'widens' };
    });
}

const key = (value: unknown): string => JSON.stringify([value]);

/** What limits a role: with one that had none it hands out less. */
const LIMITS = ['boundary'];

/** Shorter times, and lists and maps from which something was only taken away. */
function isLess(what: string, before: unknown, after: unknown): boolean {
  if (LIMITS.includes(what)) return before === undefined;
  if (typeof before === 'number' && typeof after === 'number') return after < before;
  if (Array.isArray(before)) {
    const kept = new Set(before.map(key));
    return after === undefined || (Array.isArray(after) && after.every((one) => kept.has(key(one))));
  }
  if (!isMap(before)) return false;
  return (
    after === undefined || (isMap(after) && Object.keys(after).every((name) => key(after[name]) === key(before[name])))
  );
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
