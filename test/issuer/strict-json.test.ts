import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { parseStrictJson } from '../../src/issuer/strict-json.ts';

const message = (text: string, folded = false) => {
  const read = parseStrictJson(text, { folded });
  return read.ok ? read.value : read.problems[0]?.message;
};

describe('parseStrictJson', () => {
  it.each<[string, string, unknown, boolean?]>([
    ['an object', '{"a":1,"b":{"a":2}}', { a: 1, b: { a: 2 } }],
    ['equal names in objects side by side', '[{"a":1},{"a":2}]', [{ a: 1 }, { a: 2 }]],
    ['a name twice', '{"sub":"a","x":1,"sub":"b"}', '`sub` is there twice in one object'],
    ['a name twice, once escaped', '{"sub":"a","s\\u0075b":"b"}', '`sub` is there twice in one object'],
    ['a name twice, further in', '{"a":[{"b":{"c":1,"c":2}}]}', '`c` is there twice in one object'],
    ['names in two cases', '{"sub":"a","Sub":"b"}', { sub: 'a', Sub: 'b' }],
    ['names in two cases, folded', '{"sub":"a","Sub":"b"}', '`sub` and `Sub` differ in their case alone', true],
    ['what Go folds with s', '{"sub":"a","\\u017fub":"b"}', '`sub` and `\u017fub` differ in their case alone', true],
    ['a comment', '{"a":1/* b */}', 'this is no JSON'],
    ['a comma too many', '{"a":1,}', 'this is no JSON'],
    ['nothing', '', 'this is no JSON'],
    ['what is nested too deeply', '['.repeat(200_000) + ']'.repeat(200_000), 'this is no JSON'],
  ])('%s', (_, text, expected, folded = false) => {
    expect(message(text, folded)).toEqual(expected);
  });

  it('reads what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(message(text)).toEqual(JSON.parse(text));
      }),
    );
  });
});
