/** A set of tokens as a formula over atoms, each a question about the variables of one way to make a token. */

import { hasText } from '../language/automaton.ts';
import { ANY_TEXT, type Language } from '../language/regular.ts';
import { FALSE, type Formula, Formulas, TRUE } from './formula.ts';
import { type Part, type TokenCase, type Variable, textOf } from './space.ts';
import { type ScalarType, type TokenSet } from './token-set.ts';

export type Atom =
  /** Is the text that these parts make in the language? */
  | { readonly kind: 'text'; readonly parts: readonly Part[]; readonly language: Language }
  /** Is the variable there? */
  | { readonly kind: 'presence'; readonly variable: string }
  | { readonly kind: 'outside'; readonly what: string; readonly about: string };

export interface Question {
  readonly formulas: Formulas;
  readonly formula: Formula;
  readonly atoms: readonly Atom[];
  readonly variables: ReadonlyMap<string, Variable>;
  /** Variables that stand for a second occurrence of another one, and so might differ from it. */
  readonly copies: ReadonlyMap<string, string>;
  /** Variables in the order in which every part can be read. */
  readonly order: readonly string[];
}

export function ask(one: TokenCase, set: TokenSet): Question {
  const formulas = new Formulas();
  const atoms: Atom[] = [];
  const ids = new Map<string, number>();
  const variables = new Map(one.variables);
  const languages = new Map<Language, number>();
  const atom = (key: string, make: () => Atom): Formula => {
    const known = ids.get(key) ?? atoms.push(make()) - 1;
    ids.set(key, known);
    return formulas.atom(known);
  };
  const partsOf = (claim: string): readonly Part[] | undefined => {
    const known = one.claims.get(claim);
    if (known !== undefined || !one.isFree(claim)) return known;
    if (!variables.has(claim)) variables.set(claim, freeVariable(claim));
    return [{ variable: claim, encode: '' }];
  };
  const isThere = (parts: readonly Part[]): Formula =>
    formulas.and(
      ...namesOf(parts).map((variable) =>
        variables.get(variable)?.presence === 'always'
          ? TRUE
          : atom(`there ${variable}`, () => ({ kind: 'presence', variable })),
      ),
    );
  const claimIn = ({ claim, language, type, scalar = false }: Extract<TokenSet, { kind: 'claim' }>): Formula => {
    const parts = partsOf(claim);
    if (parts === undefined || !hasType(parts, type, variables)) return FALSE;
    if (scalar && isList(parts, variables)) return FALSE;
    if (namesOf(parts).length === 0) return hasText(language, textOf(parts)) ? TRUE : FALSE;
    const number = languages.get(language) ?? languages.size;
    languages.set(language, number);
    return formulas.and(
      isThere(parts),
      atom(`text ${claim} ${number}`, () => ({ kind: 'text', parts, language })),
    );
  };
  const build = (part: TokenSet): Formula => {
    if (part.kind === 'all') return formulas.and(...part.of.map(build));
    if (part.kind === 'any') return formulas.or(...part.of.map(build));
    if (part.kind === 'not') return formulas.not(build(part.of));
    if (part.kind === 'variant') return part.names.includes(one.variant) ? TRUE : FALSE;
    if (part.kind === 'outside') return atom(`outside ${part.about} ${part.what}`, () => part);
    if (part.kind === 'claim') return claimIn(part);
    const parts = partsOf(part.claim);
    return parts === undefined ? FALSE : isThere(parts);
  };
  const formula = build(set);
  return { formulas, formula, variables, ...ordered(atoms, formulas.support(formula), variables) };
}

const namesOf = (parts: readonly Part[]): string[] =>
  parts.flatMap((part) => (typeof part === 'string' ? [] : [part.variable]));

/** What has several parts is text. */
function hasType(
  parts: readonly Part[],
  type: ScalarType | undefined,
  variables: ReadonlyMap<string, Variable>,
): boolean {
  const [first, ...more] = parts;
  const single = first === undefined || typeof first === 'string' || more.length > 0 ? undefined : first.variable;
  const own = single === undefined ? 'string' : variables.get(single)?.type;
  return own !== 'object' && (type === undefined || own === type);
}

function isList(parts: readonly Part[], variables: ReadonlyMap<string, Variable>): boolean {
  return namesOf(parts).some((name) => variables.get(name)?.many === 'list');
}

function freeVariable(name: string): Variable {
  return { name, language: ANY_TEXT, type: 'string', presence: 'sometimes', many: 'maybe' };
}

/**
 * Variables are read one after the other, so every text must have them in one order. One that comes again, or against that
 * order, is replaced by a copy: what then has no token has none, and a token must be looked at again.
 */
function ordered(
  atoms: readonly Atom[],
  used: ReadonlySet<number>,
  variables: Map<string, Variable>,
): Pick<Question, 'atoms' | 'copies' | 'order'> {
  const after = new Map<string, Set<string>>();
  const copies = new Map<string, string>();
  const reaches = (from: string, to: string): boolean =>
    from === to || [...(after.get(from) ?? [])].some((next) => reaches(next, to));
  const copyOf = (name: string): string => {
    const copy = `${name}#${copies.size}`;
    copies.set(copy, name);
    const original = variables.get(name);
    if (original !== undefined) variables.set(copy, { ...original, name: copy, presence: 'always' });
    after.set(copy, new Set());
    return copy;
  };
  const inOrder = new Map<readonly Part[], readonly Part[]>();
  const place = (parts: readonly Part[]): readonly Part[] => {
    const placed: Part[] = [];
    let last: string | undefined;
    for (const part of parts) {
      if (typeof part === 'string') {
        placed.push(part);
        continue;
      }
      if (!after.has(part.variable)) after.set(part.variable, new Set());
      const clash = last !== undefined && reaches(part.variable, last);
      const variable = clash ? copyOf(part.variable) : part.variable;
      if (last !== undefined) after.get(last)?.add(variable);
      placed.push(clash ? { ...part, variable } : part);
      last = variable;
    }
    return placed;
  };
  const rewritten = atoms.map((atom, id): Atom => {
    if (!used.has(id)) return atom;
    if (atom.kind === 'presence' && !after.has(atom.variable)) after.set(atom.variable, new Set());
    if (atom.kind !== 'text') return atom;
    const parts = inOrder.get(atom.parts) ?? place(atom.parts);
    inOrder.set(atom.parts, parts);
    return { ...atom, parts };
  });
  return { atoms: rewritten, copies, order: sortByOrder(after) };
}

function sortByOrder(after: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const done = new Set<string>();
  const order: string[] = [];
  const visit = (name: string) => {
    if (done.has(name)) return;
    done.add(name);
    for (const next of after.get(name) ?? []) visit(next);
    order.unshift(name);
  };
  for (const name of after.keys()) visit(name);
  return order;
}
