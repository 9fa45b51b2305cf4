/** A whole organization: whoever may create something there is let in. */

import { type Rule } from '../rule.ts';
import { type Trust, boundParts } from '../trust.ts';
import { shownToken } from '../witness.ts';

export const wholeOrganization: Rule<Trust> = {
  id: 'whole-organization',
  severity: 'high',
  title: 'a whole organization is let in',
  reason: 'anyone who may create a repository or an environment in the organization is let in',
  fix: 'bind what in the organization it is, by its id; where all of it is meant, say so: `scope: organization` in the catalog',
  find: (trust) => {
    if (trust.declared.organization === true) return [];
    return boundParts(trust).flatMap((part) => {
      const witness = trust.questions.spread(part.tokens, 'workload', part.values);
      if (witness === undefined) return [];
      const message = `${part.path} binds an organization, and nothing in it`;
      return [{ message, path: part.path, witness: shownToken(witness) }];
    });
  },
};
