/** JSON in which no name can mean two things: readers differ on which of two equal names counts (RFC 8259, section 4). */

import { visit } from 'jsonc-parser';
import { type Problem, type Result, accept, problem, refuse } from '../claims/problem.ts';

/**
 * Parses a JSON text. Refused are names that are there twice in one object and, where `folded` is true, names that
 * differ in their case alone, which Go's decoder (Vault's) takes for one another.
 */
export function parseStrictJson(text: string, { folded = false } = {}): Result<unknown> {
  try {
    const value: unknown = JSON.parse(text);
    const repeated = findRepeated(text, folded);
    return repeated === undefined ? accept(value) : refuse(repeated);
  } catch (error) {
    // What is nested too deeply for the stack is nothing that anybody means.
    if (error instanceof SyntaxError || error instanceof RangeError) return refuse(problem([], 'this is no JSON'));
    throw error;
  }
}

function findRepeated(text: string, folded: boolean): Problem | undefined {
  const open: Map<string, string>[] = [];
  let found: Problem | undefined;
  visit(
    text,
    {
      onObjectBegin: () => {
        open.push(new Map());
      },
      onObjectEnd: () => {
        open.pop();
      },
      onObjectProperty: (name) => {
        const names = open.at(-1);
        const key = folded ? name.toUpperCase().toLowerCase() : name;
        const before = names?.get(key);
        if (before !== undefined) found ??= describe(before, name);
        names?.set(key, name);
      },
    },
    { disallowComments: true },
  );
  return found;
}

/** Names that a client sends are cut, or a log would fill. */
const SHOWN = 100;

function describe(before: string, name: string): Problem {
  const shown = name.slice(0, SHOWN);
  return before === name
    ? problem(
        [],
        `\`${shown}\` is there twice in one object`,
        'write it once: readers differ on which of the two counts',
      )
    : problem([], `\`${before.slice(0, SHOWN)}\` and \`${shown}\` differ in their case alone`, 'leave one out');
}
