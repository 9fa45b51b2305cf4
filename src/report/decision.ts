/** A decision, as people read it in a terminal: the checks that failed first, one line each, what to change below. */

import { type Check, type Decision, type Verdict } from '../trust/decision.ts';

const MARKS: Readonly<Record<string, string>> = { true: '✓', false: '✗', unknown: '?' };

const HEADLINES: Readonly<Record<string, string>> = {
  true: 'admitted',
  false: 'refused',
  unknown: 'unknown: not everything can be decided from what was given',
};

const RANK: Readonly<Record<string, number>> = { false: 0, unknown: 1, true: 2 };

const rank = ({ verdict }: Check): number => RANK[String(verdict)] ?? 0;

const of = (texts: Readonly<Record<string, string>>, verdict: Verdict): string => texts[String(verdict)] ?? '';

/** Longest value in a line; what is cut stands in the JSON form whole. */
const WIDTH = 120;

/** Control characters of a claim must not reach the terminal. */
function shown(text: string): string {
  const printable = text.replace(/\p{C}/gu, '?');
  return printable.length > WIDTH ? `${printable.slice(0, WIDTH)}…` : printable;
}

function describeCheck(check: Check): string {
  const { verdict, claim, operator, expected, actual, place, advice } = check;
  const line = `${of(MARKS, verdict)} ${shown(claim)}  ${operator}  expected ${shown(expected)}; is ${shown(actual)}  (${place})`;
  return advice === undefined ? line : `${line}\n    ${advice}`;
}

export function describeDecision({ admitted, checks }: Decision): string {
  const ordered = [...checks].sort((left, right) => rank(left) - rank(right));
  return [of(HEADLINES, admitted), ...ordered.map(describeCheck), ''].join('\n');
}
