/** Which tokens an admission lets in, as a set. */

import { type Admission } from '../admission.ts';
import { choice, text, wildcards } from '../language/regular.ts';
import { type TokenSet, all, claimIn, isVariant } from './token-set.ts';

export function tokensOfAdmission({ variants, constraints }: Admission): TokenSet {
  return all(
    isVariant(variants),
    ...constraints.map(({ claim, anyOf }) =>
      claimIn(
        claim,
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
