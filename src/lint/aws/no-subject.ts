/** A role without a condition on who the workload is: every tenant of the issuer takes it. */

import { openRule } from './open-rule.ts';

export const noSubject = openRule({
  id: 'aws-no-subject',
  severity: 'critical',
  title: 'no condition tells tenants apart',
  reason: 'any tenant of the issuer assumes the role',
  fix: 'add a condition on `sub` that fixes your organization, and what in it',
  cause: 'nothing',
  say: ({ part }) => `${part.path} has no condition on who the workload is`,
});
