/** Negated operators alone: everybody is let in but those who are named. */

import { openRule } from './open-rule.ts';

export const complement = openRule({
  id: 'aws-complement',
  severity: 'critical',
  title: 'only negated conditions',
  reason: 'a negated operator admits the complement: every other tenant of the issuer, and tokens without the claim',
  fix: 'say who is let in: StringEquals, or StringLike with the organization fixed; what is kept out goes into a Deny',
  cause: 'complement',
  say: ({ part, condition }) => `${part.path} lets in every token that is not ${condition?.values.join(' or ') ?? ''}`,
});
