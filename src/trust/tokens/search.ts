/** A walk over all tokens of one kind at once, shortest first: every condition is read along with the values that it is on. */

import { DEAD, Walker } from '../language/automaton.ts';
import { type Classes, divide } from '../language/chars.ts';
import { encodeValue } from '../../claims/subject.ts';
import { type Question, ask } from './atoms.ts';
import { FALSE, type Formula, TRUE } from './formula.ts';
import { type TokenCase, type Values, type Variable } from './space.ts';
import { type Standing, setsIn, standingOf } from './standing.ts';
import { type TokenSet } from './token-set.ts';

export type Found =
  | { readonly kind: 'empty' }
  | { readonly kind: 'found'; readonly values: Values; readonly given: readonly string[]; readonly cost: number }
  | { readonly kind: 'unknown'; readonly why: string };

/** `before` a variable, within its `text`, or `between` two elements of a list. */
type Phase = 'before' | 'text' | 'between';

interface State {
  /** Which variable of the order. */
  readonly at: number;
  readonly phase: Phase;
  /** State of the variable's own language. */
  readonly own: number;
  /** State of each condition that has been begun; `IDLE` where it is not read now. */
  readonly reading: readonly number[];
  readonly formula: Formula;
  readonly from?: State;
  /** What was chosen to get here: a character, or that a variable is left out. */
  readonly chosen?: string;
}

const IDLE = -2;

/** The shortest choice of the variables for which the set holds. */
export function searchCase(one: TokenCase, set: TokenSet, bound: number): Found {
  const question = ask(one, set);
  if (question.formula === FALSE) return { kind: 'empty' };
  return new Search(question).run(bound);
}

class Search {
  readonly #question: Question;
  readonly #classes: Classes;
  readonly #variables: readonly Variable[];
  readonly #own: readonly Walker[];
  readonly #walkers: readonly (Walker | undefined)[];
  /** For each variable the conditions in which it stands, and where. */
  readonly #standing: readonly (readonly Standing[])[];
  readonly #seen = new Set<string>();
  /** A token that is in the set only if more holds of the request. */
  #conditional: Found | undefined;

  constructor(question: Question) {
    this.#question = question;
    this.#variables = question.order.flatMap((name) => question.variables.get(name) ?? []);
    const used = question.atoms.map((atom, id) =>
      atom.kind === 'text' && question.formulas.support(question.formula).has(id) ? atom : undefined,
    );
    this.#classes = divide(setsIn(used, this.#variables));
    this.#own = this.#variables.map(({ language }) => new Walker(language, this.#classes));
    this.#walkers = used.map((atom) => (atom === undefined ? undefined : new Walker(atom.language, this.#classes)));
    this.#standing = this.#variables.map(({ name }) =>
      used.flatMap((atom, id) => (atom === undefined ? [] : standingOf(atom.parts, id, name))),
    );
  }

  run(bound: number): Found {
    const { formula, atoms } = this.#question;
    let level: State[] = [{ at: 0, phase: 'before', own: 0, reading: atoms.map(() => IDLE), formula }];
    for (let cost = 0; level.length > 0; cost++) {
      const next: State[] = [];
      // Moves that cost nothing add to the level while it is walked.
      for (const state of level) {
        if (!this.#isNew(state)) continue;
        if (this.#seen.size > bound) return this.#conditional ?? { kind: 'unknown', why: `more than ${bound} states` };
        const found = this.#finish(state, cost);
        if (found !== undefined) return found;
        this.#leave(state, level);
        this.#read(state, next);
      }
      level = next;
    }
    return this.#conditional ?? { kind: 'empty' };
  }

  #isNew(state: State): boolean {
    let key = `${state.at} ${state.phase} ${state.own} ${state.formula}`;
    // Most conditions are not read at any one time.
    for (let id = 0; id < state.reading.length; id++) {
      const at = state.reading[id] ?? IDLE;
      if (at !== IDLE) key += ` ${id} ${at}`;
    }
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }

  /** A token, once nothing is left on which the formula depends. */
  #finish(state: State, cost: number): Found | undefined {
    if (state.phase !== 'before') return undefined;
    const { formulas, atoms } = this.#question;
    const left = [...formulas.support(state.formula)];
    if (left.some((id) => atoms[id]?.kind !== 'outside')) return undefined;
    const given = this.#given(state.formula);
    if (given === undefined) {
      this.#conditional ??= { kind: 'unknown', why: 'it depends on what no token says' };
      return undefined;
    }
    const found = this.#check(this.#valuesOf(state), given, cost);
    if (found.kind === 'found' && given.length === 0) return found;
    if (this.#conditional?.kind !== 'found') this.#conditional = found;
    return undefined;
  }

  /** What must hold of the request for the formula to hold; undefined where it is asked for two things about one. */
  #given(formula: Formula): readonly string[] | undefined {
    if (formula === TRUE) return [];
    const { formulas, atoms } = this.#question;
    const [id] = formulas.support(formula);
    const atom = id === undefined ? undefined : atoms[id];
    if (id === undefined || atom?.kind !== 'outside') return undefined;
    const same = [...formulas.support(formula)].some((other) => {
      const further = atoms[other];
      return other !== id && further?.kind === 'outside' && further.about === atom.about;
    });
    if (same) return undefined;
    for (const value of [true, false]) {
      const rest = formulas.assign(formula, id, value);
      const given = rest === FALSE ? undefined : this.#given(rest);
      if (given !== undefined) return [value ? atom.what : `not (${atom.what})`, ...given];
    }
    return undefined;
  }

  /** A variable that was read twice must have been the same twice. */
  #check(values: Map<string, string | readonly string[]>, given: readonly string[], cost: number): Found {
    for (const [copy, original] of this.#question.copies) {
      const [left, right] = [values.get(copy), values.get(original)];
      values.delete(copy);
      if (left === undefined || right === undefined || left === right) {
        if (left !== undefined) values.set(original, left);
        continue;
      }
      return {
        kind: 'unknown',
        why: `\`${original}\` stands in more than one place, and the places are not solved together`,
      };
    }
    return { kind: 'found', values, given, cost };
  }

  /** Moves that cost nothing: into a variable, past it, out of it. */
  #leave(state: State, level: State[]): void {
    const variable = this.#variables[state.at];
    if (variable === undefined) return;
    if (state.phase === 'before') {
      if (variable.presence === 'sometimes') this.#push(this.#leaveOut(state, variable), level);
      this.#push(this.#enter(state, variable), level);
      return;
    }
    if (state.phase === 'between') {
      this.#push(this.#begin(state), level);
      this.#push(this.#close(state), level);
      return;
    }
    if (this.#own[state.at]?.accepts(state.own) !== true) return;
    this.#push(variable.many !== undefined ? this.#endElement(state) : this.#endText(state), level);
  }

  #push(state: State, level: State[]): void {
    if (state.formula !== FALSE) level.push(this.#forget(state));
  }

  /** Conditions on which nothing depends any more are not read on. */
  #forget(state: State): State {
    const support = this.#question.formulas.support(state.formula);
    if (state.reading.every((at, id) => at === IDLE || support.has(id))) return state;
    return { ...state, reading: state.reading.map((at, id) => (support.has(id) ? at : IDLE)) };
  }

  #leaveOut(state: State, { name }: Variable): State {
    const { formulas, atoms } = this.#question;
    const formula = atoms.reduce(
      (at, atom, id) => (atom.kind === 'presence' && atom.variable === name ? formulas.assign(at, id, false) : at),
      state.formula,
    );
    return { ...state, at: state.at + 1, formula, from: state, chosen: OMITTED };
  }

  #enter(state: State, { name, many }: Variable): State {
    const { formulas, atoms } = this.#question;
    const formula = atoms.reduce(
      (at, atom, id) => (atom.kind === 'presence' && atom.variable === name ? formulas.assign(at, id, true) : at),
      state.formula,
    );
    const begun = this.#begin({ ...state, formula });
    return { ...begun, from: state, chosen: many !== undefined ? LIST : TEXT };
  }

  /** At the first character of the variable: conditions that begin here read what stands before it. */
  #begin(state: State): State {
    const reading = [...state.reading];
    let { formula } = state;
    for (const { atom, isFirst, before } of this.#standing[state.at] ?? []) {
      if (!isFirst) continue;
      reading[atom] = this.#walkers[atom]?.read(0, before) ?? DEAD;
      if (reading[atom] === DEAD && this.#variables[state.at]?.many === undefined) {
        formula = this.#question.formulas.assign(formula, atom, false);
      }
    }
    return { ...state, phase: 'text', own: 0, reading, formula, from: state, chosen: ELEMENT };
  }

  /** One more character of the variable's text. */
  #read(state: State, next: State[]): void {
    if (state.phase !== 'text') return;
    const own = this.#own[state.at];
    const standing = (this.#standing[state.at] ?? []).filter(({ atom }) => state.reading[atom] !== IDLE);
    // Of the conditions, after one character: used again for each.
    const after = standing.map(() => DEAD);
    for (const at of this.#classes.inOrder) {
      const step = own?.step(state.own, at) ?? DEAD;
      if (step === DEAD) continue;
      const formula = this.#readCharacter(state, standing, at, after);
      // Most characters lead nowhere.
      if (formula === FALSE) continue;
      const reading = [...state.reading];
      let index = 0;
      for (const { atom } of standing) reading[atom] = after[index++] ?? DEAD;
      const chosen = this.#classes.representatives[at] ?? '';
      this.#push({ ...state, own: step, reading, formula, from: state, chosen }, next);
    }
  }

  /**
   * What of the formula is left after a character: a condition that no text can meet any more does not hold.
   * @param after gets the states of the conditions, as far as they are read before nothing is left
   */
  #readCharacter(state: State, standing: readonly Standing[], character: number, after: number[]): Formula {
    const isList = this.#variables[state.at]?.many !== undefined;
    let { formula } = state;
    let index = 0;
    for (const one of standing) {
      const read = this.#readingAfter(state, one, character);
      after[index++] = read;
      if (read !== DEAD || isList) continue;
      formula = this.#question.formulas.assign(formula, one.atom, false);
      if (formula === FALSE) return FALSE;
    }
    return formula;
  }

  /** The state of a condition after a character, which may be written as several. */
  #readingAfter({ reading }: State, { atom, encode }: Standing, at: number): number {
    const walker = this.#walkers[atom];
    const from = reading[atom] ?? DEAD;
    if (walker === undefined) return DEAD;
    const character = this.#classes.representatives[at] ?? '';
    return encode.includes(character) ? walker.read(from, encodeValue(character, encode)) : walker.step(from, at);
  }

  #endText(state: State): State {
    const reading = [...state.reading];
    let { formula } = state;
    for (const { atom, after, isLast } of this.#standing[state.at] ?? []) {
      const walker = this.#walkers[atom];
      const from = reading[atom] ?? IDLE;
      if (walker === undefined || from === IDLE) continue;
      const to = walker.read(from, after);
      reading[atom] = isLast ? IDLE : to;
      if (isLast) formula = this.#question.formulas.assign(formula, atom, walker.accepts(to));
      else if (to === DEAD) formula = this.#question.formulas.assign(formula, atom, false);
    }
    return { ...state, at: state.at + 1, phase: 'before', own: 0, reading, formula, from: state, chosen: END };
  }

  /** Some element is in the language once this one is. */
  #endElement(state: State): State {
    const reading = [...state.reading];
    let { formula } = state;
    for (const { atom } of this.#standing[state.at] ?? []) {
      const walker = this.#walkers[atom];
      if (walker?.accepts(reading[atom] ?? DEAD) === true)
        formula = this.#question.formulas.assign(formula, atom, true);
      reading[atom] = IDLE;
    }
    return { ...state, phase: 'between', own: 0, reading, formula, from: state, chosen: END };
  }

  /** The list has no more elements. */
  #close(state: State): State {
    const { formulas } = this.#question;
    const formula = (this.#standing[state.at] ?? []).reduce(
      (at, { atom }) => formulas.assign(at, atom, false),
      state.formula,
    );
    return { ...state, at: state.at + 1, phase: 'before', formula, from: state, chosen: CLOSED };
  }

  /** Reads back what was chosen. */
  #valuesOf(last: State): Map<string, string | readonly string[]> {
    const values = new Map<string, string | readonly string[]>();
    const path: State[] = [];
    for (let state: State | undefined = last; state !== undefined; state = state.from) path.unshift(state);
    let text = '';
    let elements: string[] = [];
    for (const { chosen, from } of path) {
      const variable = from === undefined ? undefined : this.#variables[from.at];
      if (chosen === undefined || variable === undefined || chosen === OMITTED || chosen === CLOSED) continue;
      if (chosen === LIST) elements = [];
      if (chosen === LIST || chosen === TEXT || chosen === ELEMENT) text = '';
      else if (chosen !== END) text += chosen;
      else if (variable.many !== undefined) values.set(variable.name, (elements = [...elements, text]));
      else values.set(variable.name, text);
    }
    return values;
  }
}

/** Choices that are no characters. */
const OMITTED = 'omitted';
const LIST = 'list';
const TEXT = 'text';
const ELEMENT = 'element';
const END = 'end';
const CLOSED = 'closed';
