/** A tenant that is named with care, and is none of those who may be let in. */

import { type Rule } from '../rule.ts';
import { type Trust, boundParts } from '../trust.ts';
import { shownToken } from '../witness.ts';

export const foreignTenant: Rule<Trust> = {
  id: 'foreign-tenant',
  severity: 'critical',
  title: 'a tenant that is not among the allowed ones',
  reason: 'somebody else decides what runs there, and with the credentials',
  fix: 'bind a tenant of yours, or add this one to the allowed tenants; bind names and ids, or allow both',
  find: (trust) => {
    const { tenants, questions } = trust;
    if (tenants === undefined) return [];
    return boundParts(trust).flatMap((part) => {
      const witness = questions.findForeign(part.tokens, tenants);
      if (witness === undefined) return [];
      const message = `${part.path} lets in a tenant that is not allowed: ${tenants.join(', ') || `none is, of ${trust.issuer}`}`;
      return [{ message, path: part.path, witness: shownToken(witness) }];
    });
  },
};
