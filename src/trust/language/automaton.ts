/** Regular languages as automata: each is made deterministic only as far as it is walked. */

import { type CharSet, type Classes, charSet, divide } from './chars.ts';
import { type Language } from './regular.ts';

/** Without its empty moves: what each position reads, where that leads, and which positions end a text. */
export interface Automaton {
  readonly start: readonly number[];
  readonly moves: readonly (readonly Move[])[];
  readonly accepting: readonly boolean[];
}

interface Move {
  readonly set: CharSet;
  readonly to: number;
}

interface Fragment {
  readonly nullable: boolean;
  readonly first: readonly number[];
  readonly last: readonly number[];
}

/**
 * The position automaton (Glushkov) of a language: one position for each character of its expression, and position 0 before
 * the first. It has no empty moves, and a position from which no text can end does not occur.
 */
function automatonOf(language: Language): Automaton {
  const known = AUTOMATA.get(language);
  if (known !== undefined) return known;
  const sets: CharSet[] = [[]];
  const follow: Set<number>[] = [new Set()];
  const position = (set: CharSet): Fragment => {
    const at = sets.push(set) - 1;
    follow.push(new Set());
    return { nullable: false, first: [at], last: [at] };
  };
  const link = (from: readonly number[], to: readonly number[]) => {
    for (const one of from) for (const other of to) follow[one]?.add(other);
  };
  const join = (left: Fragment, right: Fragment): Fragment => {
    link(left.last, right.first);
    return {
      nullable: left.nullable && right.nullable,
      first: left.nullable ? [...left.first, ...right.first] : left.first,
      last: right.nullable ? [...left.last, ...right.last] : right.last,
    };
  };
  const build = (part: Language): Fragment => {
    if (part.kind === 'text') return [...charsOf(part.text)].map(position).reduce(join, EMPTY);
    if (part.kind === 'char') return position(part.set);
    if (part.kind === 'sequence') return sequenceOf(part.parts.map(build), join);
    if (part.kind === 'choice') return either(part.options.map(build));
    if (part.kind === 'other') throw new Error('a language of all other texts is no part of another one');
    const inner = build(part.of);
    link(inner.last, inner.first);
    return { ...inner, nullable: true };
  };
  const whole = join({ nullable: true, first: [0], last: [0] }, build(language));
  const last = new Set(whole.last);
  const automaton: Automaton = {
    start: [0],
    moves: follow.map((targets) => [...targets].map((to) => ({ set: sets[to] ?? [], to }))),
    accepting: follow.map((_, at) => last.has(at)),
  };
  AUTOMATA.set(language, automaton);
  return automaton;
}

const AUTOMATA = new WeakMap<Language, Automaton>();

const EMPTY: Fragment = { nullable: true, first: [], last: [] };
const NOTHING: Fragment = { nullable: false, first: [], last: [] };

const SINGLE = new Map<number, CharSet>();

/** One set for each character, and the same object for the same character. */
function* charsOf(text: string): Generator<CharSet> {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const set = SINGLE.get(code) ?? charSet(text.charAt(at));
    SINGLE.set(code, set);
    yield set;
  }
}

/** Nothing can be read through a part that has no text, so neither is anything before it. */
function sequenceOf(parts: readonly Fragment[], join: (left: Fragment, right: Fragment) => Fragment): Fragment {
  return parts.some(isNothing) ? NOTHING : parts.reduce(join, EMPTY);
}

const isNothing = ({ nullable, first }: Fragment): boolean => !nullable && first.length === 0;

function either(options: readonly Fragment[]): Fragment {
  return {
    nullable: options.some(({ nullable }) => nullable),
    first: options.flatMap(({ first }) => first),
    last: options.flatMap(({ last }) => last),
  };
}

const expressionOf = (language: Language): Language => (language.kind === 'other' ? language.than : language);

/** The state in which no text is left that the language has. */
export const DEAD = -1;

/**
 * The deterministic automaton of a language, over classes of characters of its own; states are numbers, 0 the first one. It is kept
 * with the language, since one language stands in many questions.
 */
class Deterministic {
  readonly #automaton: Automaton;
  readonly #negated: boolean;
  readonly #ids = new Map<string, number>();
  readonly #positions: (readonly number[])[] = [];
  readonly #accepting: boolean[] = [];
  readonly #steps: (number | undefined)[][] = [];
  readonly #classes: Classes;

  constructor(language: Language) {
    this.#classes = divide(setsOf(language));
    this.#automaton = automatonOf(expressionOf(language));
    this.#negated = language.kind === 'other';
    this.#state(this.#automaton.start);
  }

  /** The class of a code unit. */
  classOf(code: number): number {
    return this.#classes.of(code);
  }

  step(state: number, character: number): number {
    const row = this.#steps[state];
    const known = row?.[character];
    if (known !== undefined) return known;
    const reached = new Set<number>();
    for (const position of this.#positions[state] ?? []) {
      for (const { set, to } of this.#automaton.moves[position] ?? []) {
        if (this.#classes.within(set).includes(character)) reached.add(to);
      }
    }
    const next =
      reached.size === 0 && !this.#negated ? DEAD : this.#state([...reached].sort((left, right) => left - right));
    if (row !== undefined) row[character] = next;
    return next;
  }

  accepts(state: number): boolean {
    return this.#accepting[state] === true;
  }

  #state(positions: readonly number[]): number {
    const key = positions.join();
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#positions.push(positions) - 1;
    this.#accepting.push(positions.some((at) => this.#automaton.accepting[at] === true) !== this.#negated);
    this.#ids.set(key, id);
    this.#steps.push([]);
    return id;
  }
}

function deterministic(language: Language): Deterministic {
  const known = DETERMINISTIC.get(language) ?? new Deterministic(language);
  DETERMINISTIC.set(language, known);
  return known;
}

const DETERMINISTIC = new WeakMap<Language, Deterministic>();

/** Walks a language by classes of characters which tell apart what the language does, and maybe more. */
export class Walker {
  readonly #automaton: Deterministic;
  /** For each of the classes the one of the automaton. */
  readonly #own: readonly number[];

  constructor(language: Language, { representatives }: Classes) {
    this.#automaton = deterministic(language);
    this.#own = representatives.map((character) => this.#automaton.classOf(character.charCodeAt(0)));
  }

  /** Where a character of the class leads; `DEAD` where no text goes on like this. */
  step(state: number, character: number): number {
    return state === DEAD ? DEAD : this.#automaton.step(state, this.#own[character] ?? 0);
  }

  /** The state after a whole text. */
  read(state: number, text: string): number {
    let at = state;
    for (let index = 0; index < text.length && at !== DEAD; index++) {
      at = this.#automaton.step(at, this.#automaton.classOf(text.charCodeAt(index)));
    }
    return at;
  }

  accepts(state: number): boolean {
    return state !== DEAD && this.#automaton.accepts(state);
  }
}

/** All sets of characters that an automaton reads. */
export function setsOf(language: Language): ReadonlySet<CharSet> {
  const expression = expressionOf(language);
  const known =
    SETS.get(expression) ?? new Set(automatonOf(expression).moves.flatMap((moves) => moves.map(({ set }) => set)));
  SETS.set(expression, known);
  return known;
}

const SETS = new WeakMap<Language, ReadonlySet<CharSet>>();

/** Does the language have the text? */
export function hasText(language: Language, text: string): boolean {
  const { start, moves, accepting } = automatonOf(expressionOf(language));
  let at = new Set(start);
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    const next = new Set<number>();
    for (const position of at) {
      for (const { set, to } of moves[position] ?? []) {
        if (set.some(([first, last]) => first <= code && code <= last)) next.add(to);
      }
    }
    at = next;
  }
  return [...at].some((position) => accepting[position] === true) !== (language.kind === 'other');
}

/** A shortest text of the language, one that reads well; empty where it has none. */
export function shortestText(language: Language): string {
  const known = SHORTEST.get(language);
  if (known !== undefined) return known;
  const classes = divide(setsOf(language));
  const walker = new Walker(language, classes);
  const found = shortest(walker, classes) ?? '';
  SHORTEST.set(language, found);
  return found;
}

function shortest(walker: Walker, { inOrder, representatives }: Classes): string | undefined {
  const seen = new Set([0]);
  const queue: [state: number, text: string][] = [[0, '']];
  // The queue grows while it is walked.
  for (const [state, text] of queue) {
    if (walker.accepts(state)) return text;
    for (const at of inOrder) {
      const to = walker.step(state, at);
      if (to === DEAD || seen.has(to)) continue;
      seen.add(to);
      queue.push([to, text + (representatives[at] ?? '')]);
    }
  }
  return undefined;
}

const SHORTEST = new WeakMap<Language, string>();
