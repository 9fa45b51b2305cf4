import { describe, expect, it } from 'vitest';
import { type Language, choice, text, wildcards } from '../../../src/trust/language/regular.ts';
import { type TokenCase, type Values, type Variable } from '../../../src/trust/tokens/space.ts';
import { solve } from '../../../src/trust/tokens/solve.ts';
import { type TokenSet, all, any, claimIn, not, present } from '../../../src/trust/tokens/token-set.ts';
import { seeded } from '../../random.ts';

/** All texts of the letters up to a length, the empty one included. */
function texts(letters: string, length: number): string[] {
  const shorter = length === 0 ? [] : texts(letters, length - 1);
  return [...new Set(['', ...shorter.flatMap((start) => [start, ...Array.from(letters, (letter) => start + letter)])])];
}

const VALUES = { x: texts('a:', 2), y: texts('ab', 2), z: texts('ab', 1) };

const variable = (name: keyof typeof VALUES, rest: Partial<Variable> = {}): [string, Variable] => [
  name,
  { name, language: choice(...VALUES[name].map(text)), type: 'string', presence: 'always', ...rest },
];

/** `x` is always there, `y` sometimes, `z` is a list; `s` is made of `x` and `y`, and colons in `x` are encoded in it. */
const SPACE: TokenCase = {
  variant: 'only',
  variables: new Map([
    variable('x'),
    variable('y', { presence: 'sometimes' }),
    variable('z', { presence: 'sometimes', many: 'list' }),
  ]),
  claims: new Map([
    ['x', [{ variable: 'x', encode: '' }]],
    ['y', [{ variable: 'y', encode: '' }]],
    ['z', [{ variable: 'z', encode: '' }]],
    ['s', ['b', { variable: 'x', encode: ':' }, 'a', { variable: 'y', encode: '' }]],
  ]),
  assume: all(),
  isFree: () => false,
  mint: (values) => ({ claims: Object.fromEntries(values), facts: {} }),
};

interface Token {
  readonly x: string;
  readonly y: string | undefined;
  readonly z: readonly string[] | undefined;
}

function subsets(values: readonly string[]): string[][] {
  return values.reduce<string[][]>((sets, value) => sets.flatMap((set) => [set, [...set, value]]), [[]]);
}

const TOKENS: readonly Token[] = VALUES.x.flatMap((x) =>
  [undefined, ...VALUES.y].flatMap((y) =>
    [undefined, ...subsets(VALUES.z).filter((set) => set.length > 0)].map((z) => ({ x, y, z })),
  ),
);

/** The values of a claim in a token, written down once more without the engine. */
function valuesOf(claim: string, { x, y, z }: Token): readonly string[] {
  if (claim === 'x') return [x];
  if (claim === 'z') return z ?? [];
  if (y === undefined) return [];
  return claim === 'y' ? [y] : [`b${x.replaceAll(':', '%3A')}a${y}`];
}

const letters = ['a', 'b', ':', '*', '?', '%', '3', 'A'];

interface Pattern {
  readonly claim: string;
  readonly source: string;
  readonly language: Language;
  /** For each token whether some value matches. */
  readonly holds: readonly boolean[];
}

function pattern(claim: string, source: string): Pattern {
  const regular = new RegExp(`^${source.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
  const language = wildcards(source, { one: '?' });
  return {
    claim,
    source,
    language,
    holds: TOKENS.map((token) => valuesOf(claim, token).some((value) => regular.test(value))),
  };
}

const COST = TOKENS.map(({ x, y = '', z = [] }) => [x, y, ...z].join('').length);

/** Is it the token of these values? What no condition is about has none. */
function isChosen({ x, y, z }: Token, values: Values): boolean {
  const list = values.get('z');
  if (values.has('x') && values.get('x') !== x) return false;
  if (values.get('y') !== y || (list === undefined) !== (z === undefined)) return false;
  return list === undefined || [...new Set(list)].sort().join() === [...(z ?? [])].sort().join();
}

describe('solve', () => {
  it('agrees with trying every token, in 100,000 random sets', () => {
    const random = seeded(20_261_121);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
    const pool = Array.from({ length: 400 }, () => {
      const claim = pick(['x', 'y', 'z', 's', 's']);
      const length = Math.floor(random() * 4);
      const source = Array.from({ length }, () => pick(letters)).join('');
      return pattern(claim, claim === 's' ? `b${source}` : source);
    });
    const there = new Map(
      ['x', 'y', 'z', 's'].map((claim) => [claim, TOKENS.map((token) => valuesOf(claim, token).length > 0)]),
    );
    type Made = readonly [TokenSet, readonly boolean[]];
    const make = (depth: number): Made => {
      const kind = depth === 0 ? 'claim' : pick(['claim', 'all', 'any', 'not', 'present'] as const);
      if (kind === 'claim') {
        const { claim, language, holds } = pick(pool);
        return [claimIn(claim, language), holds];
      }
      if (kind === 'present') {
        const claim = pick(['y', 'z', 's']);
        return [present(claim), there.get(claim) ?? []];
      }
      if (kind === 'not') {
        const [set, holds] = make(depth - 1);
        return [not(set), holds.map((one) => !one)];
      }
      const [left, right] = [make(depth - 1), make(depth - 1)];
      return kind === 'all'
        ? [all(left[0], right[0]), left[1].map((one, at) => one && right[1][at] === true)]
        : [any(left[0], right[0]), left[1].map((one, at) => one || right[1][at] === true)];
    };
    const seen = { empty: 0, witness: 0 };
    for (let round = 0; round < 100_000; round++) {
      const [set, holds] = make(3);
      const answer = solve([SPACE], set);
      const expected = holds.includes(true) ? 'witness' : 'empty';
      if (answer.kind !== expected)
        throw new Error(`round ${round}: ${answer.kind}, not ${expected}: ${JSON.stringify(set)}`);
      seen[expected]++;
      if (answer.kind !== 'witness') continue;
      const { values } = answer.witness;
      const found = TOKENS.findIndex((token, at) => holds[at] === true && isChosen(token, values));
      if (found < 0) throw new Error(`round ${round}: ${JSON.stringify([...values])} is not in ${JSON.stringify(set)}`);
      const shortest = Math.min(...COST.filter((_, at) => holds[at] === true));
      const length = [...values.values()].flat().join('').length;
      if (length !== shortest) throw new Error(`round ${round}: ${length} characters, and ${shortest} would do`);
    }
    expect(seen.empty).toBeGreaterThan(10_000);
    expect(seen.witness).toBeGreaterThan(10_000);
  });
});
