import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { admits, fixedBeginning, matcherText, matchesWildcards } from '../../src/trust/matcher.ts';
import { wildcards } from './admissions.ts';

describe('matchesWildcards', () => {
  it.each([
    ['', '', true],
    ['', 'a', false],
    ['*', '', true],
    ['*', 'a:/\nb', true],
    ['a*', 'a', true],
    ['a*b', 'ab', true],
    ['a*b', 'abab', true],
    ['a*b', 'aba', false],
    ['ab*b', 'ab', false],
    ['*acme*', 'evil-acme-x', true],
    ['a**b', 'ab', true],
    ['?', '?', true],
    ['?', 'a', false],
    ['A', 'a', false],
    ['*.com', 'x.com.evil', false],
    ['a*', 'b', false],
    // No character stands for a wildcard or for the end, whatever its code.
    ['\u0001*', 'ab', false],
    ['\u0002*', 'ab', false],
    ['\u0001*', '\u0001b', true],
    ['\u0002*', '\u0002b', true],
    ['*', 'x\u0003', true],
    ['x', 'x\u0003', false],
  ])('%j on %j: %s', (pattern, value, matches) => {
    expect(matchesWildcards(pattern, value, '')).toBe(matches);
  });

  it.each([
    ['?', 'a', true],
    ['?', '', false],
    ['?', 'ab', false],
    ['??', 'ab', true],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['?*', '', false],
    ['?*?', 'a', false],
    ['*?', 'abc', true],
    ['a*?c', 'ac', false],
    ['a*?c', 'abc', true],
  ])('%j on %j, in which `?` is one character: %s', (pattern, value, matches) => {
    expect(matchesWildcards(pattern, value, '?')).toBe(matches);
  });

  it.each([
    ['a?c', '', 0],
    ['abc', '?', 0],
    ['a?c', '?', 1],
    ['a*c', '', 1],
  ])('compares %j (one: %j) as a whole where it holds no wildcards', (pattern, one, least) => {
    const charCodeAt = vi.spyOn(String.prototype, 'charCodeAt');
    matchesWildcards(pattern, 'abc', one);
    const { length } = charCodeAt.mock.calls;
    charCodeAt.mockRestore();
    expect(Math.min(length, 1)).toBe(least);
  });

  it.each(['', '?'])('agrees with regular expressions (one: %j)', (one) => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ':', '*', '?', '.'), maxLength: 9 });
    fc.assert(
      fc.property(text, text, (pattern, value) => {
        expect(matchesWildcards(pattern, value, one)).toBe(wildcards(pattern, one).test(value));
      }),
      { numRuns: 20_000, seed: 3 },
    );
  });

  it('is not slow on a pattern that makes regular expressions slow', () => {
    const started = performance.now();
    expect(matchesWildcards(`${'*a'.repeat(30)}b`, 'a'.repeat(20_000), '')).toBe(false);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

it.each([
  [{ equals: 'a*b' }, { text: 'a*b', complete: true }],
  [{ like: 'a*b' }, { text: 'a', complete: false }],
  [{ like: '*' }, { text: '', complete: false }],
  [{ like: 'ab' }, { text: 'ab', complete: true }],
])('%j begins with %j', (matcher, beginning) => {
  expect(fixedBeginning(matcher)).toEqual(beginning);
});

it('compares exact values as they are', () => {
  expect(admits({ equals: 'a*' }, 'ab')).toBe(false);
  expect(admits({ equals: 'a*' }, 'a*')).toBe(true);
  expect(admits({ like: 'a*' }, 'ab')).toBe(true);
  expect([{ equals: 'x' }, { like: 'y*' }].map(matcherText)).toEqual(['x', 'y*']);
});
