/** Who gains access and who loses it, as Markdown for a comment on a pull request. */

import { shownToken } from '../lint/witness.ts';
import { type DiffVerdict } from '../trust/diff.ts';
import { type TargetDiff } from '../trust/target-diff.ts';
import { type Witness } from '../trust/tokens/solve.ts';
import { type DiffReport, changeLine, givenText, nameOf, staysValid } from './diff.ts';
import { cell, code, escaped, fencedJson, folded, foldedWords } from './markdown.ts';

export const TITLES: Readonly<Record<DiffVerdict, string>> = {
  equal: 'Access stays as it is',
  narrows: 'Nobody gains access',
  widens: 'Access is gained',
  unknown: 'Whether somebody gains access is not decided',
};

export function diffMarkdown({ verdict, targets, undecided, notes }: DiffReport): string {
  return [
    `### ${TITLES[verdict]}`,
    ...(targets.length === 0 ? [] : [table(targets), ...targets.map(details)]),
    ...(undecided.length === 0 ? [] : [`**Not decided**\n\n${list(undecided)}`]),
    ...(notes.length === 0 ? [] : [foldedWords(`Notes: ${notes.length}`, list(notes))]),
    '',
  ].join('\n\n');
}

export const list = (lines: readonly string[]): string => lines.map((line) => `- ${code(line)}`).join('\n');

function table(targets: readonly TargetDiff[]): string {
  const rows = targets.map(({ target, verdict, gained, lost, changed, valid }) => {
    const old = valid === undefined ? '' : staysValid(target, valid);
    const what = [
      ...(gained.length === 0 ? [] : ['admits more']),
      ...(lost.length === 0 ? [] : ['admits less']),
      ...changed.map((one) => `${one.what} ${one.effect}`),
    ];
    return `| ${cell(nameOf(target))} | ${verdict} | ${cell(what.join(', '))} | ${escaped(old)} |`;
  });
  return ['| where | verdict | what | what was handed out |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function details({ target, gained, lost, changed, undecided }: TargetDiff): string {
  const parts = [
    ...gained.map(gainedToken),
    ...lost.map(lostToken),
    ...(changed.length === 0 ? [] : [`For the same tokens:\n\n${list(changed.map(changeLine))}`]),
    ...(undecided.length === 0 ? [] : [`Not decided:\n\n${list(undecided)}`]),
  ];
  return folded(nameOf(target), ...parts);
}

export const gainedToken = (witness: Witness): string =>
  tokenBlock('This token is let in, and was not before', witness);
export const lostToken = (witness: Witness): string =>
  tokenBlock('This token was let in, and is not any more', witness);

function tokenBlock(title: string, witness: Witness): string {
  const { claims, given } = shownToken(witness);
  const condition = given.length === 0 ? '' : `, ${code(givenText(given).trim())}`;
  return `${title}${condition}:\n\n${fencedJson(claims)}`;
}
