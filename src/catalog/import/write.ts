/** What was imported, as the text of a catalog. */

import { Document, isCollection, visit } from 'yaml';
import { type Readable } from '../parse.ts';
import { type IssuerEntry } from '../schema.ts';
import { type Imported } from './found.ts';

const UNITS = [
  ['d', 86400],
  ['h', 3600],
  ['m', 60],
] as const;

/** In the largest unit that it is whole in. */
export function duration(seconds: number): string {
  const [unit, length] = UNITS.find(([, one]) => seconds % one === 0) ?? ['s', 1];
  return `${seconds / length}${unit}`;
}

/** One by itself, several as a list. */
export function listed(values: readonly string[]): string | string[] {
  const [only, ...more] = values;
  return only !== undefined && more.length === 0 ? only : [...values];
}

const HEAD = `# yaml-language-server: $schema=./access.schema.json
# Written by \`idp import\`. Each entry admits exactly the tokens that its role admits, by the algebra of \`idp diff\`; a role for which
# there is no such entry is a comment, with the reason. \`adopt\` has the next \`pulumi up\` import what is there; then take it away.
`;

/** @param issuers as they are to be written */
export function writeCatalog(issuers: Readable<IssuerEntry>, imported: readonly Imported[]): string {
  const { entries, comments } = Object.groupBy(imported, ({ reasons }) =>
    reasons.length === 0 ? 'entries' : 'comments',
  );
  const access = (entries ?? []).map(written);
  return [
    HEAD,
    yaml({ issuers }, 2),
    '\naccess:',
    access.length === 0 ? ' {}\n' : `\n${access.join('\n')}`,
    ...(comments ?? []).map((one) => `\n${commented(one)}`),
  ].join('');
}

/** Sections, entries and their parts on lines of their own, and what is in a part on one line where it fits. */
function yaml(value: unknown, depth: number): string {
  const document = new Document(value);
  visit(document, {
    Collection: (_, node, path) => {
      if (path.filter(isCollection).length >= depth) node.flow = true;
    },
  });
  return document.toString({ lineWidth: 120, flowCollectionPadding: true, singleQuote: true });
}

const indented = (text: string): string => text.replace(/^(?=.)/gm, '  ');

function written({ name, what, entry, changes }: Imported): string {
  const notes = [what, ...changes.map((change) => `  an update changes ${change}`)];
  return indented(`${notes.map((note) => `# ${note}\n`).join('')}${yaml({ [name]: entry }, 2)}`);
}

/** So that it can be mended and put in. */
function commented({ name, what, entry, reasons }: Imported): string {
  const lines = [`${what} is not imported:`, ...reasons.map((reason) => `  ${reason}`)];
  const nearest = entry === undefined ? '' : `what comes nearest:\n${yaml({ [name]: entry }, 2)}`;
  return indented(
    `${[...lines, ...nearest.split('\n')].filter((line) => line !== '').join('\n')}\n`
      .replace(/^/gm, '# ')
      .replace(/# $/, ''),
  );
}
