/** Findings as Markdown, for a comment on a pull request. */

import { type Finding } from '../lint/rule.ts';
import { type LintReport, placeOf } from './findings.ts';
import { cell, code, escaped, fencedJson, folded, foldedWords } from './markdown.ts';

export function findingsMarkdown({ findings, suppressed, notes }: LintReport): string {
  const noted = notes.map(({ place, message }) => `- ${code(placeOf(place))}: ${code(message)}`);
  return [
    `### ${findings.length === 0 ? 'No findings' : `Findings: ${findings.length}`}`,
    ...(findings.length === 0 ? [] : [table(findings), ...findings.map(details)]),
    ...section(`Accepted in the catalog: ${suppressed.length}`, suppressed.map(findingLine)),
    ...section(`Notes: ${notes.length}`, noted),
    '',
  ].join('\n\n');
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [foldedWords(title, lines.join('\n'))];

export const findingLine = ({ severity, rule, place, path }: Finding): string =>
  `- ${severity} ${code(rule)} ${code(placeOf(place, path))}`;

function table(findings: readonly Finding[]): string {
  const rows = findings.map(
    ({ severity, rule, message, place, path }) =>
      `| ${severity} | ${cell(rule)} | ${cell(placeOf(place, path))} | ${cell(message)} |`,
  );
  return ['| severity | rule | where | what |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

const details = (finding: Finding): string =>
  folded(`${finding.rule}: ${placeOf(finding.place, finding.path)}`, ...findingParts(finding));

/** Why it is one, what to do, and the token that shows it. */
export function findingParts({ reason, fix, witness }: Finding): string[] {
  const token = witness === undefined ? [] : [tokenBlock(witness)];
  return [escaped(reason), `Fix: ${escaped(fix)}`, ...token];
}

function tokenBlock({ claims, admitted, given }: NonNullable<Finding['witness']>): string {
  const condition = given.length === 0 ? '' : `, given that ${code(given.join(' and '))}`;
  const title = admitted ? 'A token that is let in' : 'A token that is refused, though it was meant';
  return `${title}${condition}:\n\n${fencedJson(claims)}`;
}
