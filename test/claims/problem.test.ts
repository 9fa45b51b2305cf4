import { expect, it } from 'vitest';
import { accept, describeProblem, problem, refuse, under } from '../../src/claims/problem.ts';

it('says where, what and what to do on one line', () => {
  expect(describeProblem(problem(['access', 'api', 'read', 0], 'is wrong', 'mend it'))).toBe(
    'access.api.read.0: is wrong (mend it)',
  );
  expect(describeProblem(problem([], 'is wrong'))).toBe('is wrong');
});

it('moves problems outwards', () => {
  expect(under(['access', 'api'], [problem(['admit', 'ref'], 'x', 'y')])).toEqual([
    problem(['access', 'api', 'admit', 'ref'], 'x', 'y'),
  ]);
});

it('returns refusals instead of throwing', () => {
  expect(accept(1)).toEqual({ ok: true, value: 1 });
  expect(refuse(problem([], 'x'))).toEqual({ ok: false, problems: [{ path: [], message: 'x' }] });
});
