/** A second statement that is open: statements are ORed, so the first one binds nobody. */

import { openRule } from './open-rule.ts';

export const openStatement = openRule({
  id: 'aws-open-statement',
  severity: 'critical',
  title: 'an open statement beside one that binds a tenant',
  reason: 'statements are ORed: any tenant of the issuer assumes the role by this one',
  fix: 'delete the statement, or give it the conditions of the other one',
  cause: 'beside',
  say: ({ part }) => `${part.path} is open, and what another statement binds does not count`,
});
