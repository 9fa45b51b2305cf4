/** Findings that were accepted: for a reason, and until a day. */

import { type Location } from '../trust/resource.ts';
import { type Finding, type RuleText, findingOf } from './rule.ts';

export interface Suppression {
  readonly rule: string;
  /** The resource as findings name it. */
  readonly resource: string;
  readonly reason: string;
  /** The last day, as YYYY-MM-DD. */
  readonly until: string;
  /** Where it is written. */
  readonly place: Location;
}

export const suppressionText: RuleText = {
  id: 'suppression-expired',
  severity: 'medium',
  title: 'an accepted finding whose time is over',
  reason: 'what was accepted for a time is still there',
  fix: 'mend what was found, or give a new reason and a new day',
};

export interface Judged {
  readonly findings: readonly Finding[];
  readonly suppressed: readonly Finding[];
}

/** @param today as YYYY-MM-DD: such days compare as texts do */
export function applySuppressions(
  findings: readonly Finding[],
  suppressions: readonly Suppression[],
  today: string,
): Judged {
  const isOver = ({ until }: Suppression) => until < today;
  const covers = (finding: Finding) => (one: Suppression) =>
    one.rule === finding.rule && one.resource === finding.place.resource;
  const valid = suppressions.filter((one) => !isOver(one));
  const suppressed = findings.filter((finding) => valid.some(covers(finding)));
  const expired = suppressions.filter(isOver).map((one) => {
    const left = findings.find((finding) => covers(finding)(one));
    return findingOf(suppressionText, one.place, {
      message: `${one.rule} of ${one.resource} was accepted until ${one.until} (${one.reason})`,
      path: '',
      ...(left?.witness === undefined ? {} : { witness: left.witness }),
    });
  });
  return { findings: [...findings.filter((finding) => !suppressed.includes(finding)), ...expired], suppressed };
}
