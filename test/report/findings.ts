// Findings to print.
import type { Finding } from '../../src/lint/rule.ts';
import type { LintReport } from '../../src/report/findings.ts';

export const finding = (more: Partial<Finding> = {}): Finding => ({
  rule: 'aws-no-subject',
  severity: 'critical',
  message: 'Statement[0] has no condition',
  reason: 'any tenant takes it',
  fix: 'add one',
  path: 'Statement[0]',
  place: { file: 'plan.json', resource: 'aws_iam_role.ci' },
  witness: { claims: { sub: 'repo:x/x:pull_request' }, admitted: true, given: [] },
  ...more,
});

export const REPORT: LintReport = {
  findings: [
    finding(),
    finding({ severity: 'low', place: { file: 'a b/access.yaml', resource: 'ci', line: 3, column: 5 }, path: '' }),
  ],
  suppressed: [finding({ rule: 'aws-session', severity: 'low' })],
  notes: [{ place: { file: 'role.json', resource: 'ci' }, message: 'its mount is not judged' }],
};

export const EMPTY: LintReport = { findings: [], suppressed: [], notes: [] };
