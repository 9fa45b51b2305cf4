/** A decision is data: admitted or not, with every check that led there. */

/** `true` passed, `false` failed, `unknown` cannot be decided from what was given: never a guess. */
export type Verdict = true | false | 'unknown';

export interface Check {
  readonly verdict: Verdict;
  /** What was looked at: a claim, `time`, `algorithm`, … */
  readonly claim: string;
  /** How it was compared: the target's own word, e.g. `StringLike` or `bound_claims`. */
  readonly operator: string;
  readonly expected: string;
  readonly actual: string;
  /** Where the expectation stands, e.g. `Statement[0].Condition.StringLike`. */
  readonly place: string;
  /** What to change when it failed. */
  readonly advice?: string;
}

export interface Decision {
  readonly admitted: Verdict;
  readonly checks: readonly Check[];
}

/** Admitted when all checks passed; unknown only where nothing failed for certain. */
export function decide(checks: readonly Check[]): Decision {
  const verdicts = checks.map((check) => check.verdict);
  return { admitted: all(verdicts), checks };
}

export function all(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes(false)) return false;
  return verdicts.includes('unknown') ? 'unknown' : true;
}

export function any(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes(true)) return true;
  return verdicts.includes('unknown') ? 'unknown' : false;
}

export function not(verdict: Verdict): Verdict {
  return verdict === 'unknown' ? 'unknown' : !verdict;
}

/** The check that a reader wants to see first. */
export function firstFailure(decision: Decision): Check | undefined {
  return (
    decision.checks.find((check) => check.verdict === false) ??
    decision.checks.find((check) => check.verdict === 'unknown')
  );
}

/** How a value is shown in a check. */
export function show(value: unknown): string {
  if (value === undefined) return 'absent';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
