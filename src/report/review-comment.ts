/**
 * The comment on a pull request. All that stands in the change is somebody else's text, and may be meant to mislead: it
 * is in code spans and fences alone, and no part of the comment but its first line can look like the marker.
 */

import { type DiffVerdict } from '../trust/diff.ts';
import { type TargetDiff } from '../trust/target-diff.ts';
import { type Change } from '../trust/grants.ts';
import { changeLine, nameOf, staysValid } from './diff.ts';
import { placeOf } from './findings.ts';
import { type Section, fit } from './fit.ts';
import { TITLES, gainedToken, lostToken } from './markdown-diff.ts';
import { findingLine, findingParts } from './markdown-findings.ts';
import { cell, clipped, code, escaped, fenced, fencedJson, folded } from './markdown.ts';
import {
  type Comparison,
  type PolicyResults,
  type PolicyViolation,
  type ReviewReport,
  isMandatory,
  verdictOf,
} from './review.ts';

export interface CommentOptions {
  /** Characters. Default: no limit. */
  readonly limit?: number;
  /** Where the job is shown that made it. */
  readonly job?: string;
  /** Where the map is: an address, or the name of an artifact. */
  readonly map?: string;
}

/** What the comment begins with, by which it is found again. @param name tells several reviews of one change apart */
export const markerOf = (name: string): string =>
  `<!-- idp review: ${encodeURIComponent(name).replaceAll('-', '%2D')} -->`;

export function reviewComment(name: string, report: ReviewReport, options: CommentOptions = {}): string {
  const head = [`${markerOf(name)}\n## ${TITLES[verdictOf(report)]}`, summary(report, options)].join('\n\n');
  const sections = sectionsOf(report).filter(({ parts }) => parts.length > 0);
  return `${fit(head, sections, (options.limit ?? Infinity) - 1, leftOut(options))}\n`;
}

/** Where there is nothing to compare: what was said of an earlier version must not stay. */
export function failedComment(name: string, message: string, hint: string, options: CommentOptions = {}): string {
  const head = `${markerOf(name)}\n## This change cannot be reviewed\n\nNothing was compared. ${escaped(hint)}`;
  const section: Section = {
    heading: '### What is wrong',
    parts: [fenced(message.replaceAll(/[^\P{C}\n]/gu, '?'))],
    separator: '\n',
  };
  return `${fit(head, [section], (options.limit ?? Infinity) - 1, leftOut(options))}\n`;
}

const leftOut =
  ({ job }: CommentOptions) =>
  (count: number): string =>
    `**${count} more ${count === 1 ? 'part is' : 'parts are'} left out here:** a comment has no room for all. ` +
    (job === undefined ? 'Run the same command to see the rest.' : `The rest is ${link('with the job', job)}.`);

function summary(report: ReviewReport, { map }: CommentOptions): string {
  const { catalog, base, head, findings, policies } = report;
  const count = (has: (target: TargetDiff) => boolean) =>
    places(
      report.comparisons.reduce((sum, { diff }) => sum + diff.targets.filter(has).length, 0),
      verdictOf(report),
    );
  const mended = findings.mended === 0 ? '' : `, ${findings.mended} no longer there`;
  return [
    `${code(clipped(catalog))} from ${code(base.slice(0, 12))} to ${code(head.slice(0, 12))}`,
    [
      '| | |',
      '| --- | --- |',
      `| verdict | **${verdictOf(report)}** |`,
      `| who gains access | ${count(({ gained }) => gained.length > 0)} |`,
      `| who loses access | ${count(({ lost }) => lost.length > 0)} |`,
      `| the same tokens get something else | ${count(({ changed }) => changed.length > 0)} |`,
      `| findings | ${findings.added.length} new, ${findings.kept.length} that were there before${mended} |`,
      `| policies | ${policies === undefined ? 'no results were given' : policySummary(policies)} |`,
      ...(map === undefined ? [] : [`| who can reach what | ${mapCell(map)} |`]),
    ].join('\n'),
  ].join('\n\n');
}

function places(count: number, verdict: DiffVerdict): string {
  if (count === 0) return verdict === 'unknown' ? 'not decided' : 'nobody';
  return `at ${count} ${count === 1 ? 'place' : 'places'}`;
}

function policySummary({ packs, violations, incomplete }: PolicyResults): string {
  const mandatory = violations.filter(isMandatory).length;
  const by = packs.length === 0 ? 'no pack was run' : packs.map((pack) => cell(clipped(pack))).join(', ');
  const found = `${mandatory} mandatory and ${violations.length - mandatory} advisory violations`;
  return `${found} (${by})${incomplete === undefined ? '' : '; not all of them are known'}`;
}

const mapCell = (map: string): string =>
  map.startsWith('https://') ? link('the map', map) : `the artifact ${cell(clipped(map))}`;

/** An address of the pipeline's own; what would end the link early is encoded. */
const link = (text: string, address: string): string =>
  `[${text}](<${encodeURI(address).replaceAll(/[<>|\\]/g, encodeURIComponent)}>)`;

function sectionsOf(report: ReviewReport): readonly Section[] {
  const { comparisons, findings, policies, notes } = report;
  const each = (of: (target: TargetDiff, where: string) => readonly string[]) =>
    comparisons.flatMap(({ where, diff }) => diff.targets.flatMap((target) => of(target, where)));
  const undecided = [
    ...comparisons.flatMap(undecidedOf),
    ...(policies?.incomplete === undefined ? [] : [`- ${code(policies.incomplete)}`]),
  ];
  return [
    long(
      'Who gains access',
      each((found, where) => witnessed(found, where, 'gained')),
    ),
    long('What the same tokens get', each(changesAt)),
    lines('What is not decided', undecided),
    lines('Policy violations', [...(policies?.violations ?? [])].sort(mandatoryFirst).map(violationLine)),
    long(
      'New findings',
      findings.added.map((finding) =>
        folded(clipped(titleOf(finding)), code(finding.message), ...findingParts(finding)),
      ),
    ),
    lines('Findings that this change accepts', findings.accepted.map(findingLine)),
    long(
      'Who loses access',
      each((found, where) => witnessed(found, where, 'lost')),
    ),
    lines('Findings that were there before', findings.kept.map(findingLine)),
    lines(
      'Notes',
      [...notes, ...comparisons.flatMap(({ diff }) => diff.notes)].map((note) => `- ${code(note)}`),
    ),
  ];
}

const long = (heading: string, parts: readonly string[]): Section => ({
  heading: `### ${heading}`,
  parts,
  separator: '\n\n',
});
const lines = (heading: string, parts: readonly string[]): Section => ({
  heading: `### ${heading}`,
  parts,
  separator: '\n',
});

const titleOf = ({ severity, rule, place, path }: ReviewReport['findings']['added'][number]): string =>
  `${severity} ${rule}: ${placeOf(place, path)}`;

const headingOf = ({ target }: TargetDiff, where: string): string =>
  `**${code(clipped(nameOf(target)))}** in ${code(clipped(where))}`;

function witnessed(found: TargetDiff, where: string, side: 'gained' | 'lost'): string[] {
  if (found[side].length === 0) return [];
  const tokens = found[side].map(side === 'gained' ? gainedToken : lostToken);
  const rest =
    side === 'lost' && found.valid !== undefined ? [escaped(`${capital(staysValid(found.target, found.valid))}.`)] : [];
  return [[headingOf(found, where), ...tokens, ...rest].join('\n\n')];
}

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;

function changesAt(found: TargetDiff, where: string): string[] {
  const title = headingOf(found, where);
  return found.changed.map((change) => [title, changeText(change)].join('\n\n'));
}

/** What a person can compare at a glance; anything longer in full, since the end of it may be what counts. */
const GLANCE = 300;

function changeText(change: Change): string {
  const line = changeLine(change);
  if (line.length <= GLANCE) return `- ${code(line)}`;
  const side = (value: unknown) => (value === undefined ? 'nothing' : fencedJson(value));
  return [`${code(change.what)} (${change.effect}), before:`, side(change.before), 'after:', side(change.after)].join(
    '\n\n',
  );
}

function undecidedOf({ where, diff }: Comparison): string[] {
  return [
    ...diff.targets.flatMap(({ target, undecided }) =>
      undecided.map((why) => `- ${code(clipped(nameOf(target)))} in ${code(clipped(where))}: ${code(why)}`),
    ),
    ...diff.undecided.map((why) => `- ${code(why)}`),
  ];
}

const mandatoryFirst = (one: PolicyViolation, other: PolicyViolation): number =>
  Number(isMandatory(other)) - Number(isMandatory(one));

const violationLine = ({ policy, pack, level, resource, message }: PolicyViolation): string =>
  `- ${isMandatory({ policy, pack, level, resource, message }) ? '**mandatory**' : code(clipped(level))} ` +
  `${code(clipped(`${pack}/${policy}`))} at ${code(clipped(resource))}: ${code(clipped(message, 2000))}`;
