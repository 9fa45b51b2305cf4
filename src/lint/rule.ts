/** What a rule is, and what it finds. */

import { type Location } from '../trust/resource.ts';

export const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What is said of a rule, whatever it finds. */
export interface RuleText {
  readonly id: string;
  readonly severity: Severity;
  /** What is wrong, in a few words. */
  readonly title: string;
  /** How it is exploited. */
  readonly reason: string;
  readonly fix: string;
}

export interface Rule<S> extends RuleText {
  readonly find: (subject: S) => readonly Found[];
}

/** A token that shows it. */
export interface ShownToken {
  readonly claims: Readonly<Record<string, unknown>>;
  /** Is it let in? The token that shows a dead condition is one that was meant, and is refused. */
  readonly admitted: boolean;
  /** What must hold of the request besides. */
  readonly given: readonly string[];
}

export interface Found {
  readonly message: string;
  /** Where in the resource, e.g. `Statement[0].Condition`. */
  readonly path: string;
  readonly witness?: ShownToken;
  /** Good to know, and nothing to mend. */
  readonly isNote?: true;
}

export interface Finding extends Omit<Found, 'isNote'> {
  readonly rule: string;
  readonly severity: Severity;
  readonly place: Location;
  readonly reason: string;
  readonly fix: string;
}

/** What was not judged, and what to give so that it is. */
export interface Note {
  readonly place: Location;
  readonly message: string;
}

export interface LintResult {
  readonly findings: readonly Finding[];
  readonly notes: readonly Note[];
  /** What AWS or Vault would not store, and so cannot be judged. */
  readonly unreadable: readonly Note[];
}

export const NOTHING: LintResult = { findings: [], notes: [], unreadable: [] };

export function joined(results: readonly LintResult[]): LintResult {
  return {
    findings: results.flatMap(({ findings }) => findings),
    notes: results.flatMap(({ notes }) => notes),
    unreadable: results.flatMap(({ unreadable }) => unreadable),
  };
}

export function findingOf(rule: RuleText, place: Location, found: Found): Finding {
  const { id, severity, reason, fix } = rule;
  return { rule: id, severity, ...found, place, reason, fix };
}
