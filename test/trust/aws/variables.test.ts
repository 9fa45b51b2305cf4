import { describe, expect, it } from 'vitest';
import { type KeyValues } from '../../../src/trust/aws/request.ts';
import { hasVariables, resolve } from '../../../src/trust/aws/variables.ts';
import { matches } from '../../../src/trust/matcher.ts';

const NEW = '2012-10-17';
const OLD = '2008-10-17';
const VALUES: Readonly<Record<string, KeyValues>> = {
  'aws:one': ['web'],
  'aws:star': ['w*b'],
  'aws:empty': [''],
  'aws:two': ['web', 'web'],
  'aws:dark': 'unknown',
};

const valuesOf = (key: string): KeyValues => VALUES[key];

it.each([
  ['a${aws:one}', NEW, true],
  ['a', NEW, false],
  ['$a{}', NEW, false],
  ['a${aws:one}', OLD, false],
])('%j in %s has variables: %s', (text, version, has) => {
  expect(hasVariables(text, version)).toBe(has);
});

describe('the text of a policy', () => {
  it.each<[string, string, boolean]>([
    ['a-${aws:one}-b', 'a-web-b', true],
    ['${aws:one}${aws:one}', 'webweb', true],
    ['${ aws:one }', 'web', true],
    ['${aws:one}*', 'web-1', true],
    ['*${aws:one}', '1-web', true],
    ['?${aws:one}?', '(web)', true],
    ['${aws:one}', 'xweb', false],
    ['x${aws:empty}y', 'xy', true],
    // Wildcards of a value stand for themselves.
    ['${aws:star}', 'w*b', true],
    ['${aws:star}', 'web', false],
    ['${*}${?}${$}', '*?$', true],
    ['${*}', 'a', false],
    ['${?}', 'a', false],
    ['${$}{aws:one}', '${aws:one}', true],
    // A default, where the key is absent.
    ["${aws:none, 'api'}", 'api', true],
    ["${aws:none,'api'}", 'api', true],
    ["${ aws:none ,  'api'  }", 'api', true],
    ["${aws:none, ' a,b '}", ' a,b ', true],
    ["${aws:none, ''}", '', true],
    ["${aws:one, 'api'}", 'web', true],
    ["${aws:one, 'api'}", 'api', false],
    // An open one is text.
    ['a${aws:one', 'a${aws:one', true],
  ])('%j matches %j: %s', (text, value, does) => {
    const pattern = resolve(text, NEW, valuesOf);
    expect(Array.isArray(pattern) && matches(pattern, value)).toBe(does);
  });

  it.each([
    ...['${aws:none}', 'a${aws:none}*', '${}', '${aws:one, aws:one}', '${aws:one, api}', "${aws:one 'api'}"],
    ...['${x, aws:one}', "${aws:none, 'a'b}", "${aws:none 'api'}", '${**}'],
    // A key with several values is no variable, and its default is none.
    ...['${aws:two}', "${aws:two, 'web'}"],
  ])('%j matches nothing', (text) => {
    expect(resolve(text, NEW, valuesOf)).toBeUndefined();
  });

  it.each(['${aws:dark}', "${aws:dark, 'api'}", 'a${aws:one}${aws:dark}*'])('%j is not known', (text) => {
    expect(resolve(text, NEW, valuesOf)).toBe('unknown');
  });

  it.each<[string, string, boolean]>([
    ['${aws:one}', '${aws:one}', true],
    ['${aws:one}', 'web', false],
    ['${*}', '${anything}', true],
    ['${?}', '${x}', true],
  ])('%j matches %j in the old version: %s', (text, value, does) => {
    const pattern = resolve(text, OLD, valuesOf);
    expect(Array.isArray(pattern) && matches(pattern, value)).toBe(does);
  });
});
