import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseCredentials } from '../../../src/workload/aws/credentials-text.ts';

it('says what each line is, as configparser would', () => {
  const text = '# top\n\n[default]\n  region = eu\n  Key : v # w\n   more\n[two] ; note\nempty =\r\n';
  const parsed = parseCredentials(text);
  expect(parsed.ok && parsed.lines.map(({ kind, name, value }) => [kind, name, value])).toEqual([
    ['comment', '', ''],
    ['blank', '', ''],
    ['section', 'default', ''],
    ['entry', 'region', 'eu'],
    ['entry', 'key', 'v # w'],
    ['continuation', '', ''],
    ['section', 'two', ''],
    ['entry', 'empty', ''],
  ]);
});

it.each([
  ['key = value\n', 1],
  ['[default]\n<<<<<<< HEAD\n', 2],
  ['[default\n', 1],
  ['[default] key = value\n', 1],
  ['[]\n', 1],
  ['[default] # [old]\n', 1],
  ['[default]# old\n', 1],
  ['[a]\n = value\n', 2],
  ['[a]\nk = v\n [b]\n', 3],
  ['[a]\n\t[b]\n', 2],
  [' [a]\n', 1],
  ['\ufeff[default]\n', 1],
  ['[default]\rkey = value\r', 1],
  ['[a]\nk = v\u0000\n', 2],
])('refuses %j at line %i', (text, line) => {
  expect(parseCredentials(text)).toMatchObject({ ok: false, line });
});

it('loses no byte of a text it accepts, and never throws', () => {
  const piece = fc.constantFrom(
    '[a]',
    '[b ]',
    '\n',
    '\r\n',
    'k = v',
    ' ',
    '\t',
    '# c',
    ';',
    '=',
    ':',
    'x',
    '[',
    ']',
    '\r',
    'é',
  );
  fc.assert(
    fc.property(
      fc.array(piece).map((pieces) => pieces.join('')),
      (text) => {
        const parsed = parseCredentials(text);
        if (parsed.ok) expect(parsed.lines.map(({ raw, eol }) => raw + eol).join('')).toBe(text);
      },
    ),
  );
});
