/** What a violation says: the finding, a token that shows it, what to do, and which component made the resource. */

import { type Finding, type ShownToken } from '../src/lint/rule.ts';

/** @param makers components above the resource, from the nearest, each with its type and name */
export function messageOf({ message, path, witness, reason, fix }: Finding, makers: readonly string[]): string {
  const lines = [
    message.includes(path) ? message : `${path}: ${message}`,
    ...(witness === undefined ? [] : [tokenLine(witness)]),
    `why: ${reason}`,
    `fix: ${fix}`,
    ...madeBy(makers),
  ];
  return lines.map(printable).join('\n');
}

export const madeBy = (makers: readonly string[]): readonly string[] =>
  makers.length === 0 ? [] : [`made by: ${makers.join(', in ')}`];

function tokenLine({ claims, admitted, given }: ShownToken): string {
  const condition = given.length === 0 ? '' : `, given that ${given.join(' and ')}`;
  return `${admitted ? 'lets in' : 'refuses'}${condition}: ${JSON.stringify(claims)}`;
}

/** Control characters of a resource must not reach the terminal. */
export const printable = (text: string): string => text.replace(/\p{C}/gu, '?');
