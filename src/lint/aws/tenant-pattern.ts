/** A pattern that does not end the tenant's name, or has none: others match it too. */

import { openRule } from './open-rule.ts';

export const tenantPattern = openRule({
  id: 'aws-tenant-pattern',
  severity: 'critical',
  title: 'a pattern that other tenants match',
  reason: 'whoever registers a name that begins in the same way assumes the role',
  fix: 'fix everything up to and including the separator after the organization, before the first wildcard',
  cause: 'pattern',
  say: ({ value = '' }) => `\`${value}\` also matches other tenants`,
});
