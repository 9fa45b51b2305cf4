/** One open value in a list: values are ORed, so the careful ones beside it bind nobody. */

import { openRule } from './open-rule.ts';

export const valueList = openRule({
  id: 'aws-value-list',
  severity: 'critical',
  title: 'an open value in a list of values',
  reason: 'values of one condition are ORed: any tenant of the issuer matches the open one',
  fix: 'delete the value',
  cause: 'value',
  say: ({ value = '' }) => `\`${value}\` lets in other tenants, whatever stands beside it`,
});
