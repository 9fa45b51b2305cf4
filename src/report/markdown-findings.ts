/** Findings as Markdown, for a comment on a pull request. */

import { type Finding } from '../lint/rule.ts';
import { type LintReport, placeOf } from './findings.ts';
import { escaped, fenced, folded } from './markdown.ts';

export function findingsMarkdown({ findings, suppressed, notes }: LintReport): string {
  const accepted = suppressed.map(({ rule, place }) => `- ${escaped(rule)}: ${escaped(placeOf(place))}`);
  const noted = notes.map(({ place, message }) => `- ${escaped(placeOf(place))}: ${escaped(message)}`);
  return [
    `### ${findings.length === 0 ? 'No findings' : `Findings: ${findings.length}`}`,
    ...(findings.length === 0 ? [] : [table(findings), ...findings.map(details)]),
    ...section(`Accepted in the catalog: ${suppressed.length}`, accepted),
    ...section(`Notes: ${notes.length}`, noted),
    '',
  ].join('\n\n');
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [folded(title, lines.join('\n'))];

function table(findings: readonly Finding[]): string {
  const rows = findings.map(
    ({ severity, rule, message, place, path }) =>
      `| ${severity} | ${escaped(rule)} | ${escaped(placeOf(place, path))} | ${escaped(message)} |`,
  );
  return ['| severity | rule | where | what |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function details({ rule, place, path, witness, reason, fix }: Finding): string {
  const token = witness === undefined ? [] : [tokenBlock(witness)];
  const title = `${escaped(rule)}: ${escaped(placeOf(place, path))}`;
  return folded(title, escaped(reason), `Fix: ${escaped(fix)}`, ...token);
}

function tokenBlock({ claims, admitted, given }: NonNullable<Finding['witness']>): string {
  const condition = given.length === 0 ? '' : `, given that ${escaped(given.join(' and '))}`;
  const title = admitted ? 'A token that is let in' : 'A token that is refused, though it was meant';
  return `${title}${condition}:\n\n${fenced(JSON.stringify(claims, undefined, 2), 'json')}`;
}
