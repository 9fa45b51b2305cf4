import { describe, expect, it } from 'vitest';
import { lint } from '../../src/lint/lint.ts';
import { CORRECT } from './correct.ts';

describe('in a correct policy nothing is found', () => {
  it.each(Object.entries(CORRECT))('%s', (_, resources) => {
    const { findings, unreadable } = lint(resources);
    expect(unreadable).toEqual([]);
    expect(findings.map(({ rule, message }) => `${rule}: ${message}`)).toEqual([]);
  });
});
