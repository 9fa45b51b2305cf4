/** A pattern that fixes the branch or the event, and leaves out whose repository it is. */

import { openRule } from './open-rule.ts';

export const leadingWildcard = openRule({
  id: 'aws-leading-wildcard',
  severity: 'critical',
  title: 'a wildcard where the tenant stands',
  reason: 'any repository of any tenant has a branch or an event of that name',
  fix: 'begin the pattern with the organization and the repository',
  cause: 'leading',
  say: ({ value = '' }) => `\`${value}\` leaves out whose workload it is`,
});
