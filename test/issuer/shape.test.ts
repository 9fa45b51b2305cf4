import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { accept, describeProblem, problem, refuse } from '../../src/claims/problem.ts';
import { checkedBy, partOf, readBy, readItems, readParts, readShape } from '../../src/issuer/shape.ts';

const WORDING = { whole: 'the form', part: 'field', object: 'a map' };

const even = readBy(z.int(), (value) =>
  value % 2 === 0 ? accept(String(value)) : refuse(problem([], `${value} is odd`, 'add one')),
);
const words = checkedBy(z.array(z.string()), (list) =>
  list.flatMap((word, index) => (word === 'no' ? [problem([index], 'this is no word')] : [])),
);

const SHAPE = {
  name: z.string().min(1, 'a name is not empty').describe('the name of a person'),
  age: z.int().optional(),
  kind: z.enum(['cat', 'dog']).default('cat'),
  even: even.optional(),
  words: words.nullable().default(null),
  home: z.strictObject({ street: z.string() }).optional(),
  pets: z.record(z.string(), z.strictObject({ legs: z.int() })).optional(),
  tame: z.boolean().optional(),
};
const SCHEMA = z.strictObject(SHAPE);

function problemsOf(value: unknown): string[] {
  const read = readShape(SCHEMA, value, WORDING);
  return read.ok ? [] : read.problems.map(describeProblem);
}

describe('a mistake is said in plain words', () => {
  it.each<[unknown, readonly string[]]>([
    [undefined, ['the form is missing (it has: name, age, kind, even, words, home, pets, tame)']],
    [null, ['the form is empty (it has: name, age, kind, even, words, home, pets, tame)']],
    ['x', ['the form must be a map (it has: name, age, kind, even, words, home, pets, tame)']],
    [[], ['the form must be a map (it has: name, age, kind, even, words, home, pets, tame)']],
    [{}, ['name: `name` is missing (the name of a person)']],
    [{ name: null }, ['name: `name` is empty (the name of a person)']],
    [{ name: 7 }, ['name: `name` must be a string (the name of a person)']],
    [{ name: '' }, ['name: a name is not empty']],
    [{ name: 'x', age: 'old' }, ['age: `age` must be a whole number']],
    [{ name: 'x', age: 1.5 }, ['age: `age` must be a whole number']],
    [{ name: 'x', age: NaN }, ['age: `age` must be a whole number']],
    [{ name: 'x', tame: 'yes' }, ['tame: `tame` must be true or false']],
    [{ name: 'x', kind: 'dogg' }, ['kind: there is no `dogg` here (did you mean dog?)']],
    [{ name: 'x', kind: 7 }, ['kind: there is no `7` here (there are: cat, dog)']],
    [{ name: 'x', even: 3 }, ['even: 3 is odd (add one)']],
    [{ name: 'x', words: ['yes', 'no', 7] }, ['words.2: this item must be a string']],
    [{ name: 'x', words: ['yes', 'no'] }, ['words.1: this is no word']],
    [{ name: 'x', home: {} }, ['home.street: `street` is missing']],
    [{ name: 'x', home: { street: 's', sreet: 1 } }, ['home.sreet: there is no such field (did you mean street?)']],
    [{ name: 'x', pets: { tom: { legs: 4, leg: 1 } } }, ['pets.tom.leg: there is no such field (did you mean legs?)']],
    [{ name: 'x', pets: [] }, ['pets: `pets` must be a map']],
    [{ name: 'x', nmae: 1, zzz: 2 }, [expect.stringMatching(/^nmae: .*mean name/), expect.stringMatching(/^zzz: /)]],
    [{ name: 'x', age: 3, kind: 'dog', even: 2, words: null, home: { street: 's' } }, []],
  ])('%j', (value, expected) => {
    expect(problemsOf(value)).toEqual(expected);
  });

  it('with a long value cut', () => {
    expect(problemsOf({ name: 'x', kind: 'y'.repeat(5000) })[0]?.length).toBeLessThan(200);
  });
});

it('reads what is right, and only that', () => {
  expect(readParts(SHAPE, { name: 'x', age: 'old', even: 2, words: ['no'], stray: 1 })).toEqual({
    name: 'x',
    age: undefined,
    kind: 'cat',
    even: '2',
    words: undefined,
    home: undefined,
    pets: undefined,
    tame: undefined,
  });
  expect(readParts({ age: z.int().default(3) }, 'no map')).toEqual({ age: 3 });
  expect(readItems(z.int(), [1, 'x', 3])).toEqual([
    { index: 0, value: 1 },
    { index: 2, value: 3 },
  ]);
  expect(readItems(z.int(), 'no list')).toEqual([]);
});

it.each([
  [{ a: 1 }, 1],
  [{}, undefined],
  [null, undefined],
  [[1], undefined],
  [Object.create({ a: 1 }), undefined],
])('takes a part of %j where it is one of its own', (value, part) => {
  expect(partOf(value, 'a')).toBe(part);
});
