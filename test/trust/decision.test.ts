import { describe, expect, it } from 'vitest';
import { all, any, decide, firstFailure, not, show, type Check, type Verdict } from '../../src/trust/decision.ts';

const VERDICTS: readonly Verdict[] = [true, false, 'unknown'];

const check = (claim: string, verdict: Verdict): Check => ({
  verdict,
  claim,
  operator: 'equals',
  expected: 'x',
  actual: 'y',
  place: 'token',
});

describe('three-valued logic', () => {
  it('knows what is certain whatever the unknown turns out to be', () => {
    const possible = (verdict: Verdict) => (verdict === 'unknown' ? [true, false] : [verdict]);
    const summary = (results: readonly boolean[]): Verdict =>
      new Set(results).size > 1 ? 'unknown' : (results[0] ?? 'unknown');
    for (const left of VERDICTS) {
      expect(not(left)).toBe(summary(possible(left).map((one) => !one)));
      for (const right of VERDICTS) {
        const pairs = possible(left).flatMap((l) => possible(right).map((r): [boolean, boolean] => [l, r]));
        expect(all([left, right])).toBe(summary(pairs.map(([l, r]) => l && r)));
        expect(any([left, right])).toBe(summary(pairs.map(([l, r]) => l || r)));
      }
    }
  });

  it('of nothing: all hold, none is', () => {
    expect([all([]), any([])]).toEqual([true, false]);
  });
});

it('decides by every check, and puts what failed before what is unknown', () => {
  const checks = [check('a', true), check('b', 'unknown'), check('c', false)];
  expect(decide(checks)).toEqual({ admitted: false, checks });
  expect(firstFailure(decide(checks))?.claim).toBe('c');
  expect(firstFailure(decide(checks.slice(0, 2)))?.claim).toBe('b');
  expect(firstFailure(decide(checks.slice(0, 1)))).toBeUndefined();
});

it.each([
  [undefined, 'absent'],
  ['text', 'text'],
  [null, 'null'],
  [3, '3'],
  [['a', 1], '["a",1]'],
  [{ a: true }, '{"a":true}'],
])('shows %j as %s', (value, text) => {
  expect(show(value)).toBe(text);
});
