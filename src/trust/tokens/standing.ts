/** Where the variables of a token stand in the texts that conditions are on. */

import { setsOf } from '../language/automaton.ts';
import { type CharSet, charSet } from '../language/chars.ts';
import { type Atom } from './atoms.ts';
import { type Part, type Variable, textOf } from './space.ts';

/** One place at which a variable stands in a condition. */
export interface Standing {
  readonly atom: number;
  /** Is nothing but text before it? */
  readonly isFirst: boolean;
  readonly encode: string;
  /** Text between the beginning, or the variable before, and this one. */
  readonly before: string;
  /** Text between this one and the next variable, or the end. */
  readonly after: string;
  readonly isLast: boolean;
}

export function standingOf(parts: readonly Part[], atom: number, name: string): Standing[] {
  return parts.flatMap((part, index): Standing[] => {
    if (typeof part === 'string' || part.variable !== name) return [];
    const next = parts.findIndex((other, at) => at > index && typeof other !== 'string');
    const before = textOf(parts.slice(0, index));
    const after = textOf(parts.slice(index + 1, next < 0 ? undefined : next));
    const isFirst = parts.slice(0, index).every((other) => typeof other === 'string');
    return [{ atom, isFirst, encode: part.encode, before, after, isLast: next < 0 }];
  });
}

/** The sets of characters that conditions and variables tell apart. */
export function setsIn(atoms: readonly (Atom | undefined)[], variables: readonly Variable[]): Set<CharSet> {
  const sets = new Set<CharSet>();
  const add = (more: Iterable<CharSet>) => {
    for (const set of more) sets.add(set);
  };
  for (const { language } of variables) add(setsOf(language));
  for (const atom of atoms) {
    if (atom?.kind !== 'text') continue;
    add(setsOf(atom.language));
    for (const part of atom.parts) {
      if (typeof part === 'string') continue;
      // Encoded characters are told apart, and so are those that they are written with.
      add(Array.from(part.encode, (character) => charSet(character)));
    }
  }
  return sets;
}
