import { describe, expect, it } from 'vitest';
import { id } from '../../src/claims/claim.ts';
import { atPointer, claimValue, type JsonValue } from '../../src/claims/claims.ts';

const DOCUMENT: JsonValue = {
  'a/b': 1,
  'm~n': 2,
  '': 3,
  list: ['x', { deep: 'y' }],
  nothing: null,
  '~1': 4,
};

// RFC 6901, section 5, and what it leaves to an error.
it.each<[string, JsonValue | undefined]>([
  ['', DOCUMENT],
  ['/a~1b', 1],
  ['/m~0n', 2],
  ['/', 3],
  ['/~01', 4],
  ['/list/0', 'x'],
  ['/list/1/deep', 'y'],
  ['/list/2', undefined],
  ['/list/-', undefined],
  ['/list/01', undefined],
  ['/list/length', undefined],
  ['/nothing', null],
  ['/nothing/more', undefined],
  ['/absent', undefined],
  ['/constructor', undefined],
  ['/list/0/0', undefined],
])('pointer %j', (pointer, value) => {
  expect(atPointer(DOCUMENT, pointer)).toEqual(value);
});

describe('claimValue', () => {
  const table = { plain: id('id'), deep: id('id', { pointer: '/list/0/name' }) };

  it('reads the top level, or where the table points', () => {
    const claims = { plain: 'p', list: [{ name: 'n' }], deep: 'not this' };
    expect(claimValue(claims, 'plain', table)).toBe('p');
    expect(claimValue(claims, 'deep', table)).toBe('n');
    expect(claimValue({ deep: 'not this' }, 'deep', table)).toBeUndefined();
  });

  it('takes nothing from the prototype', () => {
    expect(claimValue({}, 'constructor', table)).toBeUndefined();
  });
});
