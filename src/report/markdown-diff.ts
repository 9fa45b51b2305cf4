/** Who gains access and who loses it, as Markdown for a comment on a pull request. */

import { shownToken } from '../lint/witness.ts';
import { type DiffVerdict } from '../trust/diff.ts';
import { type TargetDiff } from '../trust/target-diff.ts';
import { type Witness } from '../trust/tokens/solve.ts';
import { type DiffReport, changeLine, givenText, nameOf, staysValid } from './diff.ts';
import { escaped, fenced, folded } from './markdown.ts';

const TITLES: Readonly<Record<DiffVerdict, string>> = {
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
    ...(notes.length === 0 ? [] : [folded(`Notes: ${notes.length}`, list(notes))]),
    '',
  ].join('\n\n');
}

const list = (lines: readonly string[]): string => lines.map((line) => `- ${escaped(line)}`).join('\n');

function table(targets: readonly TargetDiff[]): string {
  const rows = targets.map(({ target, verdict, gained, lost, changed, valid }) => {
    const old = valid === undefined ? '' : staysValid(target, valid);
    const what = [
      ...(gained.length === 0 ? [] : ['admits more']),
      ...(lost.length === 0 ? [] : ['admits less']),
      ...changed.map((one) => `${one.what} ${one.effect}`),
    ];
    return `| ${escaped(nameOf(target))} | ${verdict} | ${escaped(what.join(', '))} | ${escaped(old)} |`;
  });
  return ['| where | verdict | what | what was handed out |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function details({ target, gained, lost, changed, undecided }: TargetDiff): string {
  const parts = [
    ...gained.map((witness) => tokenBlock('This token is let in, and was not before', witness)),
    ...lost.map((witness) => tokenBlock('This token was let in, and is not any more', witness)),
    ...(changed.length === 0 ? [] : [`For the same tokens:\n\n${list(changed.map(changeLine))}`]),
    ...(undecided.length === 0 ? [] : [`Not decided:\n\n${list(undecided)}`]),
  ];
  return folded(escaped(nameOf(target)), ...parts);
}

function tokenBlock(title: string, witness: Witness): string {
  const { claims, given } = shownToken(witness);
  return `${title}${escaped(givenText(given))}:\n\n${fenced(JSON.stringify(claims, undefined, 2), 'json')}`;
}
