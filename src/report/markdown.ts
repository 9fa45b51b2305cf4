/** Texts of documents in Markdown, for comments at GitHub and GitLab. */

import { escapeHtml } from './html.ts';

/** What is not printed, line feeds included, and marks that turn the direction of a text. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

const shown = (text: string): string => text.replaceAll(INVISIBLE, '?');

/** A name is cut where it would push everything else out of sight. */
export const clipped = (text: string, longest = 200): string =>
  text.length > longest ? `${text.slice(0, longest).replace(/[\uD800-\uDBFF]$/, '')}…` : text;

/**
 * A text that somebody else wrote, on one line. A code span is the one place where the hosts make no markup, no link,
 * no mention and no command of it: they look for @names, #numbers and addresses when backslashes are gone already.
 * Its fence is longer than any run of backticks within (CommonMark, code spans).
 */
export function code(text: string): string {
  const line = shown(text);
  if (line.trim() === '') return '``` ```';
  const fence = '`'.repeat(longestRun(line) + 1);
  const pad = /^[` ]|[` ]$/.test(line) ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

/**
 * The same in a table, where a pipe is escaped even in a code span (GFM, tables). Behind a backslash it cannot be: GitHub
 * would take the first of the two backslashes to escape the second, and end the cell.
 */
export const cell = (text: string): string => code(text).replaceAll('\\|', '\\¦').replaceAll('|', '\\|');

/** Texts of the kit itself, which may hold what Markdown would read. */
export const escaped = (text: string): string =>
  shown(text).replaceAll(/[\\`*_{}[\]<>()#+!|~@&]/g, (character) => `\\${character}`);

/** A fence is longer than any run of backticks within (CommonMark, fenced code blocks). */
export function fenced(text: string, language = ''): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}${language}\n${text}\n${fence}`;
}

/** A value as JSON; what is invisible in its texts is written as an escape. */
export function fencedJson(value: unknown): string {
  const escapes = (found: string) =>
    Array.from({ length: found.length }, (_, at) => `\\u${found.charCodeAt(at).toString(16).padStart(4, '0')}`).join(
      '',
    );
  const text = JSON.stringify(value, undefined, 2);
  return fenced(
    text.replaceAll(INVISIBLE, (found) => (found === '\n' ? found : escapes(found))),
    'json',
  );
}

const longestRun = (text: string): number => Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));

/** @param title somebody else's text: the line is HTML, in which Markdown's escapes do nothing (CommonMark, HTML blocks) */
export const folded = (title: string, ...parts: readonly string[]): string =>
  [`<details><summary><code>${escapeHtml(shown(title))}</code></summary>`, ...parts, '</details>'].join('\n\n');

/** @param title the kit's own words */
export const foldedWords = (title: string, ...parts: readonly string[]): string =>
  [`<details><summary>${escapeHtml(title)}</summary>`, ...parts, '</details>'].join('\n\n');
