import { describe, expect, it } from 'vitest';
import { type Section, fit } from '../../src/report/fit.ts';

const section = (heading: string, ...parts: string[]): Section => ({ heading, parts, separator: '\n\n' });
const note = (count: number) => `${count} left out`;
const SECTIONS = [section('## A', 'a1', 'a'.repeat(40), 'a3'), section('## B', 'b'.repeat(40)), section('## C', 'c1')];

describe('text that has to fit', () => {
  it('is whole where it fits', () => {
    const whole = fit('head', SECTIONS, Infinity, note);
    expect(whole).toBe(`head\n\n## A\n\na1\n\n${'a'.repeat(40)}\n\na3\n\n## B\n\n${'b'.repeat(40)}\n\n## C\n\nc1`);
    expect(fit('head', SECTIONS, whole.length, note)).toBe(whole);
  });

  it('leaves out what has no room, with its heading, and says how much', () => {
    expect(fit('head', SECTIONS, 60, note)).toBe('head\n\n## A\n\na1\n\na3\n\n## C\n\nc1\n\n2 left out');
  });

  it('is never longer than it may be, and has no part in two', () => {
    const whole = fit('head', SECTIONS, Infinity, note);
    for (let limit = 30; limit < whole.length; limit += 1) {
      const text = fit('head', SECTIONS, limit, note);
      expect(text.length).toBeLessThanOrEqual(limit);
      const parts = text.split('\n\n');
      expect(parts.filter((part) => !whole.split('\n\n').includes(part))).toEqual([
        expect.stringMatching(/^\d left out$/),
      ]);
    }
  });

  it('makes one list of lines', () => {
    expect(fit('head', [{ heading: '## A', parts: ['- a', '- b'], separator: '\n' }], Infinity, note)).toBe(
      'head\n\n## A\n\n- a\n- b',
    );
  });
});
