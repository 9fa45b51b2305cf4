import { describe, expect, it } from 'vitest';
import {
  type Alphabet,
  chosen,
  fitsAlphabet,
  id,
  mayHold,
  name,
  specOf,
  structure,
  when,
} from '../../src/claims/claim.ts';

it.each<[Alphabet, string[], string[]]>([
  ['id', ['0191e223-1f', 'push', 'a_b'], ['', 'a b', 'a/b', 'a:b', 'a.b', 'a*']],
  ['digits', ['22', '0'], ['', '2 2', '-1', '0x1', '٣']],
  ['segment', ['acme', 'a.b-c_d'], ['', 'a/b', 'a@b']],
  ['path', ['acme', 'acme/api', 'g/sub/p'], ['', '/a', 'a/', 'a//b', 'a b/c']],
  ['ref', ['refs/heads/main', 'v1@x', '100%'], ['', 'a b', 'a*', 'a:b', 'a?', 'a~1', 'a^', 'a[0', 'a\\b']],
  ['flag', ['true', 'false'], ['', 'True', '1', 'truefalse']],
  ['email', ['a@acme.com', "o'b+c/d@x.org"], ['', 'a', 'a@', '@b', 'a@b@c', 'a b@c', '"a:b"@c', 'a:b@c']],
  ['url', ['https://h/p', 'ssh://git@h/p'], ['', 'h/p', 'https://', 'https://a b']],
  ['text', ['anything: at all\n'], ['']],
])('alphabet %s', (alphabet, fitting, unfit) => {
  expect(fitting.filter((value) => !fitsAlphabet(alphabet, value))).toEqual([]);
  expect(unfit.filter((value) => fitsAlphabet(alphabet, value))).toEqual([]);
});

describe('mayHold', () => {
  const ALPHABETS: Alphabet[] = ['id', 'digits', 'segment', 'path', 'ref', 'flag', 'email', 'url', 'text'];

  it('agrees with the alphabets for every separator and the wildcard', () => {
    const samples: Record<Alphabet, (character: string) => string> = {
      id: (c) => `a${c}b`,
      digits: (c) => `1${c}1`,
      segment: (c) => `a${c}b`,
      path: (c) => `a${c}b`,
      ref: (c) => `a${c}b`,
      flag: (c) => `true${c}`,
      email: (c) => `a${c === '@' ? '' : c}@b`,
      url: (c) => `https://a${c}b`,
      text: (c) => `a${c}b`,
    };
    for (const alphabet of ALPHABETS) {
      for (const character of ['/', ':', '@', '*']) {
        expect([alphabet, character, mayHold(alphabet, character)]).toEqual([
          alphabet,
          character,
          fitsAlphabet(alphabet, samples[alphabet](character)),
        ]);
      }
    }
  });
});

it('makes rows that say how far a claim can be trusted', () => {
  expect(id('digits')).toMatchObject({ immutable: true, userControlled: false, presence: 'always', type: 'string' });
  expect(name('path')).toMatchObject({ immutable: false, userControlled: false });
  expect(chosen('ref')).toMatchObject({ immutable: false, userControlled: true });
  expect(structure('strings')).toMatchObject({ type: 'strings', immutable: false });
  expect(when('it rains', id('id'))).toMatchObject({ presence: 'sometimes', when: 'it rains', immutable: true });
});

it('finds no row for what every object has', () => {
  const table = { project_id: id('digits') };
  expect(specOf(table, 'project_id')).toBe(table.project_id);
  expect(['constructor', 'toString', '__proto__', 'hasOwnProperty'].map((claim) => specOf(table, claim))).toEqual(
    Array(4).fill(undefined),
  );
});
