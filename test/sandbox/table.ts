/** How the demo shows what happened. */
import { type LineResult } from './scenario.ts';

const WIDTHS = { scenario: 52, token: 40, verdict: 8 } as const;
const DETAIL = 110;

const fit = (text: string, width: number): string =>
  text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);

/** One row: scenario, token, expected, what happened, time; the reason below a line that differs is never cut. */
export function tableRow({ line, ok, happened, detail, milliseconds }: LineResult): string {
  const cells = [
    ok ? 'ok  ' : 'DIFF',
    line.seed,
    fit(line.scenario, WIDTHS.scenario),
    fit(line.token, WIDTHS.token),
    fit(line.expected, WIDTHS.verdict),
    fit(happened, WIDTHS.verdict),
    `${milliseconds.toFixed(0).padStart(5)} ms`,
    ok ? fit(detail.replace(/\s+/g, ' '), DETAIL).trimEnd() : detail,
  ];
  const wanted = ok || line.because === undefined ? '' : `     wanted in it: ${line.because}\n`;
  return `${cells.join('  ')}\n${wanted}`;
}

export function tableHeader(): string {
  const { scenario, token, verdict } = WIDTHS;
  const cells = [
    '    ',
    'doc',
    fit('scenario', scenario),
    fit('token', token),
    fit('expected', verdict),
    fit('happened', verdict),
    '    time',
    'what was handed out, or the check that failed',
  ];
  return `${cells.join('  ')}\n`;
}

export function tableSummary(results: readonly LineResult[], milliseconds: number): string {
  const differ = results.filter(({ ok }) => !ok).length;
  const admitted = results.filter(({ happened }) => happened === 'admitted').length;
  const refused = results.filter(({ happened }) => happened === 'refused').length;
  const verdict = differ === 0 ? 'all as expected' : `${differ} NOT as expected`;
  return `\n${results.length} lines: ${admitted} admitted, ${refused} refused; ${verdict}; ${(milliseconds / 1000).toFixed(1)} s\n`;
}

export function jsonReport(results: readonly LineResult[]): string {
  const rows = results.map(({ line, ok, happened, detail, milliseconds }) => ({
    seed: line.seed,
    scenario: line.scenario,
    token: line.token,
    expected: line.expected,
    happened,
    ok,
    detail,
    milliseconds: Math.round(milliseconds),
  }));
  return `${JSON.stringify(rows, undefined, 2)}\n`;
}
