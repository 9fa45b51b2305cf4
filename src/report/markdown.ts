/** Texts of documents in Markdown. */

/** Values of a document must not become markup, links or mentions. */
export const escaped = (text: string): string =>
  text.replaceAll(/\p{C}/gu, '?').replaceAll(/[\\`*_{}[\]<>()#+!|~@]/g, (character) => `\\${character}`);

/** A fence is longer than any run of backticks within (CommonMark, fenced code blocks). */
export function fenced(text: string, language = ''): string {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

export const folded = (title: string, ...parts: readonly string[]): string =>
  [`<details><summary>${title}</summary>`, ...parts, '</details>'].join('\n\n');
