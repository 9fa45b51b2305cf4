/** What is caught of the threat table, and what is raised where nothing is wrong: both reviewers on the same files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RULES } from '../../src/lint/rules.ts';
import { CORRECT } from '../../test/lint/correct.ts';
import { ROWS, TABLE } from '../../test/lint/table.ts';
import { type Metric } from '../benchmark.ts';
import { documentOf } from './document.ts';
import { type Finding, type Reviewers, failedChecks, findingsIn } from './tools.ts';

interface Case {
  readonly file: string;
  readonly row: string;
  readonly rule: string;
  readonly text: string;
}

export async function accuracy(reviewers: Reviewers, directory: string): Promise<Metric[]> {
  const folder = (name: string) => join(directory, name);
  const [bad, fine, correct] = [casesOf('found'), casesOf('fine'), correctCases()];
  write(folder('bad'), bad);
  write(folder('fine'), fine);
  write(folder('correct'), correct);
  const named = bad.map((one) => ({ ...one, text: withNames(one.text) }));
  write(folder('named'), named);
  return [
    rowsCaught(bad, await lintAll(reviewers, folder('bad'), bad), await failedChecks(reviewers, folder('named'))),
    falseAlarms(
      { correct, found: await lintAll(reviewers, folder('correct'), correct) },
      { fine, found: await lintAll(reviewers, folder('fine'), fine) },
      await failedChecks(reviewers, folder('correct')),
    ),
  ];
}

type Findings = ReadonlyMap<string, readonly Finding[]>;
type Checks = ReadonlyMap<string, readonly string[]>;

function rowsCaught(bad: readonly Case[], found: Findings, failed: Checks): Metric {
  const rows = ROWS.map((row) => rowOf(row, bad, found, failed));
  const caught = rows.filter(({ cases, idp }) => idp === cases).length;
  const byCheckov = rows.filter(({ cases, checkov }) => checkov === cases).length;
  const all = [...found.values()].flat();
  const shown = all.filter(({ witness }) => witness !== null).length;
  const summary =
    `${bad.length} policies of ${rows.length} rows; idp caught ${caught} rows, and shows a token for ${shown} of ` +
    `${all.length} findings; Checkov caught ${byCheckov}`;
  return { name: 'rows-caught', ratio: caught / rows.length, detail: `${summary}\n${table(rows)}` };
}

function falseAlarms(
  { correct, found }: { readonly correct: readonly Case[]; readonly found: Findings },
  beside: { readonly fine: readonly Case[]; readonly found: Findings },
  failed: Checks,
): Metric {
  const ofRow = ({ file, rule }: Case) => (beside.found.get(file) ?? []).filter((one) => one.rule === rule);
  const alarms = [...[...found.values()].flat(), ...beside.fine.flatMap(ofRow)].length;
  return {
    name: 'false-alarms',
    ratio: alarms,
    detail:
      `idp ${alarms} on ${correct.length} correct policies and on ${beside.fine.length} more, each beside a row of the table; ` +
      `Checkov fails ${failed.size} of the ${correct.length}`,
  };
}

function casesOf(kind: 'found' | 'fine'): Case[] {
  const all = TABLE.flatMap(({ row, rule, ...lists }) =>
    Object.values(lists[kind]).flatMap((resources) => {
      const text = documentOf(resources);
      return text === undefined ? [] : [{ row, rule, text }];
    }),
  );
  return all.map((one, index) => ({ ...one, file: `${index}.json` }));
}

function correctCases(): Case[] {
  return Object.entries(CORRECT).map(([row, resources], index) => {
    const text = documentOf(resources);
    if (text === undefined) throw new Error(`${row}: no document says this`);
    return { row, rule: '', text, file: `${index}.json` };
  });
}

function write(folder: string, cases: readonly Case[]): void {
  mkdirSync(folder);
  for (const { file, text } of cases) writeFileSync(join(folder, file), text);
}

/**
 * GitHub's subjects as they were before they had ids. Checkov fails every one that has, right or wrong, which would tell nothing about
 * the row: so it is given the bad ones in the form that it knows.
 */
const withNames = (text: string): string => text.replaceAll(/@[0-9]+(?=[/:])/g, '');

async function lintAll({ lint }: Reviewers, folder: string, cases: readonly Case[]): Promise<Findings> {
  const found = new Map<string, readonly Finding[]>();
  for (const { file } of cases) found.set(file, findingsIn(await lint(join(folder, file))));
  return found;
}

interface RowSeen {
  readonly row: string;
  readonly severity: string;
  readonly cases: number;
  readonly idp: number;
  /** Of the findings of the row, those with a token. */
  readonly shown: string;
  readonly checkov: number;
}

function rowOf(row: string, bad: readonly Case[], found: Findings, failed: Checks): RowSeen {
  const cases = bad.filter((one) => one.row === row);
  if (cases.length === 0) throw new Error(`${row}: no document says this`);
  const own = cases.map(({ file, rule }) => (found.get(file) ?? []).filter((one) => one.rule === rule));
  const findings = own.flat();
  const severities = new Set(cases.map(({ rule }) => RULES.find(({ id }) => id === rule)?.severity ?? ''));
  return {
    row,
    severity: [...severities].join(', '),
    cases: cases.length,
    idp: own.filter((list) => list.length > 0).length,
    shown: findings.every(({ witness }) => witness !== null) ? 'yes' : 'some',
    checkov: cases.filter(({ file }) => failed.has(file)).length,
  };
}

function table(rows: readonly RowSeen[]): string {
  const share = (count: number, of: number) => (count === of ? 'caught' : count === 0 ? 'missed' : `${count} of ${of}`);
  const lines = rows.map(({ row, severity, cases, idp, shown, checkov }) => [
    row,
    severity,
    share(idp, cases),
    shown,
    share(checkov, cases),
  ]);
  const head = ['row', 'severity', 'idp', 'token shown', 'Checkov'];
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
