/** What is said of a change: who gains access, what was found, which policies are violated. */

import { type Finding } from '../lint/rule.ts';
import { type DiffVerdict } from '../trust/diff.ts';
import { worst } from '../trust/target-diff.ts';
import { type DiffReport } from './diff.ts';
import { placeOf, type LintReport } from './findings.ts';

export interface ReviewReport {
  /** The catalog, by its path in the repository. */
  readonly catalog: string;
  /** Commits. */
  readonly base: string;
  readonly head: string;
  /** In the catalog, and in what Pulumi would do. */
  readonly comparisons: readonly Comparison[];
  readonly findings: FindingsDiff;
  /** Absent where none were given. */
  readonly policies?: PolicyResults;
  /** What was not looked at. */
  readonly notes: readonly string[];
}

export interface Comparison {
  /** What is compared, e.g. a path. */
  readonly where: string;
  readonly diff: DiffReport;
}

export interface FindingsDiff {
  readonly added: readonly Finding[];
  /** Found before the change and after it. */
  readonly kept: readonly Finding[];
  /** How many are there no more. */
  readonly mended: number;
  /** Accepted in the catalog by the change itself. */
  readonly accepted: readonly Finding[];
}

export interface PolicyViolation {
  readonly policy: string;
  readonly pack: string;
  /** `mandatory` ends an update; anything else is told. */
  readonly level: string;
  readonly resource: string;
  readonly message: string;
}

export interface PolicyResults {
  /** Names with versions. */
  readonly packs: readonly string[];
  readonly violations: readonly PolicyViolation[];
  /** Why they may not be all; absent where they are. */
  readonly incomplete?: string;
}

/** By what they say and where, not by line: the lines of a file move. */
const keyOf = ({ rule, place: { file, resource }, path, message }: Finding): string =>
  JSON.stringify([rule, placeOf({ file, resource }, path), message]);

export function findingsDiff(before: LintReport, after: LintReport): FindingsDiff {
  const old = new Set(before.findings.map(keyOf));
  const accepted = new Set(before.suppressed.map(keyOf));
  const now = new Set([...after.findings, ...after.suppressed].map(keyOf));
  return {
    added: after.findings.filter((finding) => !old.has(keyOf(finding))),
    kept: after.findings.filter((finding) => old.has(keyOf(finding))),
    mended: before.findings.filter((finding) => !now.has(keyOf(finding))).length,
    accepted: after.suppressed.filter((finding) => !accepted.has(keyOf(finding))),
  };
}

export const isMandatory = ({ level }: PolicyViolation): boolean => level === 'mandatory';

/** Of all comparisons; where policies are not decided, nothing is. */
export function verdictOf({ comparisons, policies }: ReviewReport): DiffVerdict {
  return worst([
    ...comparisons.map(({ diff }) => diff.verdict),
    ...(policies?.incomplete === undefined ? [] : (['unknown'] as const)),
  ]);
}

/** Is there something that a person must look at before it is merged? */
export function isBlocked(report: ReviewReport): boolean {
  return report.findings.added.length > 0 || (report.policies?.violations.some(isMandatory) ?? false);
}
