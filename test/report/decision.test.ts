import { describe, expect, it } from 'vitest';
import { describeDecision } from '../../src/report/decision.ts';
import { decide, type Check, type Verdict } from '../../src/trust/decision.ts';

const check = (claim: string, verdict: Verdict, rest: Partial<Check> = {}): Check => ({
  verdict,
  claim,
  operator: 'equals',
  expected: 'x',
  actual: 'y',
  place: 'role.y',
  ...rest,
});

describe('describeDecision', () => {
  it('puts what failed first, then what is unknown, in the order of the target', () => {
    const checks = [
      check('a', true),
      check('b', 'unknown', { advice: 'find out' }),
      check('c', false, { advice: 'mend it' }),
      check('d', false),
    ];
    expect(describeDecision(decide(checks))).toBe(
      [
        'refused',
        '✗ c  equals  expected x; is y  (role.y)',
        '    mend it',
        '✗ d  equals  expected x; is y  (role.y)',
        '? b  equals  expected x; is y  (role.y)',
        '    find out',
        '✓ a  equals  expected x; is y  (role.y)',
        '',
      ].join('\n'),
    );
  });

  it('says how it ended', () => {
    expect(describeDecision(decide([check('a', true)]))).toMatch(/^admitted\n✓ a/);
    expect(describeDecision(decide([check('a', 'unknown')]))).toMatch(/^unknown: not everything can be decided/);
  });

  it('shows a dead condition also where it passed, for it was meant to do something', () => {
    const text = describeDecision(decide([check('a', true, { advice: 'dead: another issuer' })]));
    expect(text).toBe('admitted\n✓ a  equals  expected x; is y  (role.y)\n    dead: another issuer\n');
  });

  it('keeps control characters of a token from the terminal, and cuts what is long', () => {
    const text = describeDecision(decide([check('a\u001b[31m', false, { actual: `\u202e${'z'.repeat(500)}` })]));
    expect(text.includes('\u001b') || text.includes('\u202e')).toBe(false);
    expect(text).toContain(`is ?${'z'.repeat(119)}…  (`);
  });
});
