import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitsAlphabet, type Alphabet } from '../../../src/claims/claim.ts';
import { ALPHABET_LANGUAGES } from '../../../src/trust/language/alphabets.ts';
import { hasText, shortestText } from '../../../src/trust/language/automaton.ts';
import { charSet, complement, divide } from '../../../src/trust/language/chars.ts';
import {
  ANY_TEXT,
  NO_TEXT,
  type Language,
  anyCase,
  anyOther,
  char,
  choice,
  repeat,
  sequence,
  some,
  text,
  wildcards,
} from '../../../src/trust/language/regular.ts';

const digit = char(charSet('', '0-9'));

describe('hasText', () => {
  it.each<[string, Language, readonly string[], readonly string[]]>([
    ['a text', text('ab'), ['ab'], ['', 'a', 'abc', 'AB']],
    ['the empty text', text(''), [''], ['a']],
    ['every text', ANY_TEXT, ['', 'a', '\u{1f600}', '\n'], []],
    ['no text', NO_TEXT, [], ['', 'a']],
    ['a choice', choice(text('a'), text('b')), ['a', 'b'], ['', 'ab']],
    ['a repetition', repeat(text('ab')), ['', 'ab', 'abab'], ['a', 'aba']],
    ['a repetition of nothing', repeat(NO_TEXT), [''], ['a']],
    ['at least one', some(digit), ['1', '12'], ['', '1a']],
    ['a sequence with a part that has no text', sequence(text('a'), NO_TEXT, text('b')), [], ['ab', 'a', '']],
    ['either case', anyCase('aB-1'), ['AB-1', 'ab-1'], ['a-1']],
    ['all others', anyOther(text('a')), ['', 'b', 'aa'], ['a']],
    ['all others than all others', anyOther(anyOther(text('a'))), ['a'], ['b']],
    ['a pattern of AWS', wildcards('a*:?', { one: '?' }), ['a:x', 'a:::'], ['a:', 'A:x']],
    ['a glob of Vault, in which `?` is itself', wildcards('a*?', { one: '' }), ['a?', 'axx?'], ['ax']],
  ])('%s', (_, language, has, hasNot) => {
    expect(has.filter((value) => !hasText(language, value))).toEqual([]);
    expect(hasNot.filter((value) => hasText(language, value))).toEqual([]);
  });

  it('knows no other text within another one', () => {
    expect(() => hasText(sequence(anyOther(text('a'))), 'b')).toThrow(/no part of another/);
  });
});

describe('the languages of alphabets', () => {
  const pieces = [
    'a',
    'Z',
    '0',
    '_',
    '-',
    '.',
    '/',
    '@',
    ':',
    '*',
    ' ',
    '\n',
    '%',
    '~',
    '\\',
    '"',
    '\u00a0',
    '\u3000',
    'true',
    'false',
    '://',
    'a@b',
    'é',
  ];

  it.each(Object.keys(ALPHABET_LANGUAGES) as Alphabet[])('%s is that of the claim tables', (alphabet) => {
    const value = fc.array(fc.constantFrom(...pieces), { maxLength: 6 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(value, (one) => hasText(ALPHABET_LANGUAGES[alphabet], one) === fitsAlphabet(alphabet, one)),
      { numRuns: 2000, seed: 5 },
    );
    expect(fitsAlphabet(alphabet, shortestText(ALPHABET_LANGUAGES[alphabet]))).toBe(true);
  });
});

describe('shortestText', () => {
  it.each<[Language, string]>([
    [ANY_TEXT, ''],
    [NO_TEXT, ''],
    [some(ANY_TEXT), ''],
    [sequence(repeat(text('ab')), text('c')), 'c'],
    [anyOther(text('')), 'x'],
    [ALPHABET_LANGUAGES.email, 'x@x'],
  ])('%j: %j', (language, shortest) => {
    expect(shortestText(language)).toBe(shortest);
  });
});

describe('divide', () => {
  it('tells apart what some set tells apart, and nothing else', () => {
    const [letters, vowels] = [charSet('', 'a-z'), charSet('aeiou')];
    const classes = divide([letters, vowels, complement(letters)]);
    expect(classes.inOrder).toHaveLength(3);
    const classOf = (character: string) => classes.of(character.charCodeAt(0));
    expect(classOf('a')).toBe(classOf('u'));
    expect(classOf('b')).toBe(classOf('z'));
    expect(new Set(['a', 'b', '1'].map(classOf)).size).toBe(3);
    expect(classes.within(vowels)).toEqual([classOf('e')]);
    expect(classes.inOrder.map((at) => classes.representatives[at])).toEqual(['x', 'a', '0']);
  });
});
