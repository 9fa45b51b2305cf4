/** A decision, as people read it in a terminal: the checks that failed first, one line each, what to change below. */

import { type Check, type Decision, type Verdict } from '../trust/decision.ts';
import { type VaultGranted } from '../trust/vault/granted.ts';

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

/** A decision, and what the token would get where it is admitted. */
export interface Explanation extends Decision {
  readonly granted?: VaultGranted;
  /** What was not looked at, since it was not given. */
  readonly notes?: readonly string[];
}

export function describeDecision({ admitted, checks, granted, notes = [] }: Explanation): string {
  const ordered = [...checks].sort((left, right) => rank(left) - rank(right));
  const gets = granted === undefined || admitted === false ? [] : describeGranted(granted);
  return [of(HEADLINES, admitted), ...ordered.map(describeCheck), ...gets, ...notes, ''].join('\n');
}

function describeGranted({ policies, metadata, groups, paths }: VaultGranted): string[] {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['policies', policies],
    ['metadata', Object.entries(metadata).map(([key, value]) => `${key}=${value}`)],
    ['groups', groups],
    ...(paths ?? []).map(({ path, capabilities }) => [capabilities.join(', '), [path]] as const),
  ];
  return [
    'its Vault token would have',
    ...rows.flatMap(([name, values]) => (values.length > 0 ? [`    ${name}: ${shown(values.join(', '))}`] : [])),
    paths === undefined
      ? '    a path that none of the policies names stays refused: vault policy read NAME'
      : '    a path that is not named here, nor by one of the policies, stays refused',
  ];
}
