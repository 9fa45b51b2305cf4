import { describe, expect, it } from 'vitest';
import type { Claims, JsonValue } from '../../../src/claims/claims.ts';
import { lookUp, plain, registered, registeredTime, spellingsOf } from '../../../src/trust/vault/lookup.ts';

type Row = [name: string, claims: Claims, value: JsonValue | undefined];

describe('lookUp', () => {
  it.each<Row>([
    ['ref', { ref: 'main' }, 'main'],
    ['Ref', { ref: 'main' }, undefined],
    ['ref', { ref: null }, undefined],
    ['toString', {}, undefined],
    ['/deep/0', { deep: ['main'] }, 'main'],
    ['/deep/0', { deep: [null] }, undefined],
    ['/ref', { '/ref': 'main' }, undefined],
    ['ref/', { 'ref/': 'main' }, 'main'],
    ['a/b', { 'a/b': 'main', a: { b: 'other' } }, 'main'],
  ])('%j in %j', (name, claims, value) => {
    expect(lookUp(claims, name)).toBe(value);
  });
});

describe('plain', () => {
  it.each<Row>([
    ['/ref', { '/ref': 'main', ref: 'other' }, 'main'],
    ['/ref', { ref: 'main' }, undefined],
    ['ref', { ref: null }, undefined],
    ['toString', {}, undefined],
  ])('%j in %j', (name, claims, value) => {
    expect(plain(claims, name)).toBe(value);
  });
});

describe('registered claims', () => {
  it.each<[string, 'iss' | 'sub', string[], string[]]>([
    ['in any letters, in the order of their code points', 'sub', ['sub', 'SUB', 'sUb'], ['SUB', 'sUb', 'sub']],
    ['with the long s, which folds to s', 'sub', ['ſub'], ['ſub']],
    ['not with what is the same only in capitals', 'iss', ['ıss', 'iß', 'İss'], []],
    ['not as part of a name', 'sub', ['subs', 'asub', 'su'], []],
  ])('are found %s', (_, name, keys, spellings) => {
    const claims = Object.fromEntries(keys.map((key) => [key, 'x']));
    expect(spellingsOf(claims, name)).toEqual(spellings);
  });

  it.each<[Claims, JsonValue | undefined, JsonValue | undefined]>([
    [{}, undefined, undefined],
    [{ exp: 1 }, 1, 1],
    [{ exp: 1, EXP: 2 }, 1, 1],
    [{ exp: 1, EXP: null }, 1, 1],
    [{ exp: null, EXP: 2 }, 2, null],
    [{ exp: undefined, EXP: 2 }, 2, 2],
  ])('%j: a null changes no text, but takes a time away', (claims, text, time) => {
    expect([registered(claims, 'exp'), registeredTime(claims, 'exp')]).toEqual([text, time]);
  });
});
