/** Findings as people read them in a terminal, and as JSON. */

import { type Finding, type Note } from '../lint/rule.ts';
import { type Location } from '../trust/resource.ts';

export interface LintReport {
  readonly findings: readonly Finding[];
  /** Findings that were accepted in the catalog. */
  readonly suppressed: readonly Finding[];
  readonly notes: readonly Note[];
}

/** `file:line:column: resource: path`, as far as each is known. */
export function placeOf({ file, line, column, resource }: Location, path = ''): string {
  const at = line === undefined ? file : `${file}:${line}${column === undefined ? '' : `:${column}`}`;
  return [at, resource, path].filter((part) => part !== '').join(': ');
}

/** Control characters of a document must not reach the terminal. */
const printable = (text: string): string => text.replace(/\p{C}/gu, '?');

export function findingsText({ findings, suppressed, notes }: LintReport): string {
  const lines = [
    ...findings.flatMap(describe),
    ...notes.map(({ place, message }) => `note ${placeOf(place)}\n    ${message}`),
    summary(findings, suppressed),
  ];
  return `${lines.map(printableLines).join('\n')}\n`;
}

const printableLines = (text: string): string => text.split('\n').map(printable).join('\n');

function describe({ rule, severity, message, reason, fix, witness, place, path }: Finding): string[] {
  const token = witness === undefined ? [] : [`    ${tokenLine(witness)}`];
  return [
    `${severity} ${rule}  ${placeOf(place, path)}`,
    `    ${message}`,
    ...token,
    `    why: ${reason}`,
    `    fix: ${fix}`,
  ];
}

function tokenLine({ claims, admitted, given }: NonNullable<Finding['witness']>): string {
  const condition = given.length === 0 ? '' : `, given that ${given.join(' and ')}`;
  return `${admitted ? 'lets in' : 'refuses'}${condition}: ${JSON.stringify(claims)}`;
}

function summary(findings: readonly Finding[], suppressed: readonly Finding[]): string {
  const accepted = suppressed.length === 0 ? '' : `, ${suppressed.length} accepted in the catalog`;
  return `${findings.length === 0 ? 'no findings' : `${findings.length} finding${findings.length === 1 ? '' : 's'}`}${accepted}`;
}

export function findingsJson({ findings, suppressed, notes }: LintReport): unknown {
  return {
    findings: findings.map(asJson),
    suppressed: suppressed.map(asJson),
    notes: notes.map(({ place, message }) => ({ place: placeOf(place), message })),
  };
}

function asJson({ rule, severity, message, witness, place, path, reason, fix }: Finding) {
  return {
    rule,
    severity,
    message,
    witness: witness?.claims ?? null,
    place: placeOf(place, path),
    ...(witness === undefined ? {} : { admitted: witness.admitted, given: witness.given }),
    reason,
    fix,
    ...place,
    path,
  };
}
