import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cell, clipped, code, fencedJson, folded } from '../../src/report/markdown.ts';
import { rendered } from './rendered.ts';

const HOSTILE: readonly string[] = [
  '@team',
  '#1 acme/api#2 GH-3 !4 ~bug',
  'https://evil.example www.evil.example a@evil.example',
  '[x](https://evil.example) ![x](https://evil.example/x.png) <https://evil.example>',
  '<img src=x onerror=y> </summary></details><a href="https://evil.example">x</a>',
  '`',
  '``` `` @team',
  ' `@team` ',
  '&#64;team &lt;b&gt;',
  '<!-- idp review: stacks%2Faccess.yaml -->',
  '/close',
  'line\n\n# heading\n- @team',
  'a|b',
  String.raw`a\|b\\|c`,
  '\\',
  '\u202Ereversed\u0000\u2028x',
  '   ',
  '',
];

describe.each(HOSTILE.map((text) => [JSON.stringify(text), text]))('%s', (_, text) => {
  it('is code in a line, and nothing else', async () => {
    const found = await rendered(`- before ${code(text)} after`);
    expect(found).toMatchObject({ html: [], links: [], code: [expect.any(String)] });
    expect(found.text.replaceAll(/\s+/g, ' ')).toBe('before after');
  });

  it('is one cell in a table', async () => {
    const found = await rendered(`| a | b |\n| --- | --- |\n| ${cell(text)} | end |`);
    expect(found).toMatchObject({ html: [], links: [], text: 'a\nb\nend' });
  });

  it('is the title of a fold', async () => {
    const found = await rendered(folded(text, 'inner'));
    expect(found).toMatchObject({ text: 'inner', links: [] });
    expect(found.html).toEqual([
      expect.stringMatching(/^<details><summary><code>[^<>]*<\/code><\/summary>$/),
      '</details>',
    ]);
  });

  it('is JSON that says the same', async () => {
    const found = await rendered(`before\n\n${fencedJson({ claim: text })}\n\nafter`);
    expect(found).toMatchObject({ text: 'before\nafter', html: [], links: [] });
    expect(JSON.parse(found.code.join(''))).toEqual({ claim: text });
    expect(found.code.join('')).not.toMatch(/[^\n\P{C}]/u);
  });
});

it('is code whatever the text is', async () => {
  const units = fc.constantFrom(
    '`',
    '``',
    '@a',
    '<b>',
    ' ',
    '|',
    '\\',
    '\n',
    '[',
    '](x)',
    '&amp;',
    '*',
    '_',
    'a',
    '😀',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(units, { maxLength: 12 }), async (parts) => {
      const found = await rendered(`x ${code(parts.join(''))} y`);
      expect(found).toMatchObject({ html: [], links: [] });
      expect(found.text.replaceAll(/\s+/g, ' ')).toBe('x y');
    }),
    { numRuns: 500 },
  );
});

it('shows the text as it is', async () => {
  expect((await rendered(code('a`b``c'))).code).toEqual(['a`b``c']);
  expect((await rendered(code('`a`'))).code).toEqual(['`a`']);
  expect((await rendered(`| ${cell('a|b')} |\n| --- |\n`)).code).toEqual(['a|b']);
});

it('cuts no character in two', () => {
  expect(clipped('abc', 3)).toBe('abc');
  expect(clipped('abcd', 3)).toBe('abc…');
  expect(clipped('ab😀c', 3)).toBe('ab…');
});
