import { expect, it } from 'vitest';
import type { Finding } from '../../src/lint/rule.ts';
import { type Suppression, applySuppressions } from '../../src/lint/suppress.ts';

const witness = { claims: { sub: 'x' }, admitted: true, given: [] };
const finding = (rule: string, resource: string): Finding => ({
  rule,
  severity: 'high',
  message: 'm',
  path: 'p',
  reason: 'r',
  fix: 'f',
  place: { file: 'a', resource },
  witness,
});
const suppression = (rule: string, resource: string, until: string): Suppression => ({
  rule,
  resource,
  until,
  reason: 'the group is ours',
  place: { file: 'access.yaml', resource: 'suppressions[0]', line: 9, column: 3 },
});

const FINDINGS = [finding('reusable-name', 'ci'), finding('reusable-name', 'web'), finding('aws-session', 'ci')];

it('takes out what was accepted, until its last day', () => {
  const judged = applySuppressions(FINDINGS, [suppression('reusable-name', 'ci', '2026-06-30')], '2026-06-30');
  expect(judged.suppressed).toEqual([FINDINGS[0]]);
  expect(judged.findings).toEqual([FINDINGS[1], FINDINGS[2]]);
});

it('finds what is over, and what it was about again', () => {
  const judged = applySuppressions(FINDINGS, [suppression('reusable-name', 'ci', '2026-06-30')], '2026-07-01');
  expect(judged.suppressed).toEqual([]);
  expect(judged.findings.slice(0, 3)).toEqual(FINDINGS);
  expect(judged.findings.slice(3)).toMatchObject([
    {
      rule: 'suppression-expired',
      severity: 'medium',
      message: 'reusable-name of ci was accepted until 2026-06-30 (the group is ours)',
      place: { file: 'access.yaml', line: 9 },
      witness,
    },
  ]);
});
