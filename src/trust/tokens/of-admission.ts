/** Which tokens an admission lets in, as a set. */

import { specOf } from '../../claims/claim.ts';
import { type Admission, tableOf } from '../admission.ts';
import { choice, text, wildcards } from '../language/regular.ts';
import { type TokenSet, all, claimIn, isVariant } from './token-set.ts';

export function tokensOfAdmission(admission: Admission): TokenSet {
  const { variants, constraints } = admission;
  const table = tableOf(admission);
  return all(
    isVariant(variants),
    ...constraints.map(({ claim, anyOf }) =>
      claimIn(
        specOf(table, claim)?.pointer ?? claim,
        choice(
          ...anyOf.map((matcher) =>
            'equals' in matcher ? text(matcher.equals) : wildcards(matcher.like, { one: '' }),
          ),
        ),
        'string',
      ),
    ),
  );
}
