/** Patterns on names that whoever pushes chooses, with no immutable id beside them. */

import { choice, text } from '../../trust/language/regular.ts';
import { claimIn, not } from '../../trust/tokens/token-set.ts';
import { type Rule } from '../rule.ts';
import { specIn } from '../trust.ts';
import { shownToken } from '../witness.ts';
import { boundValues, isGlob } from './bound-values.ts';
import { type VaultTrust, specsByName } from './login.ts';

export const chosenName: Rule<VaultTrust> = {
  id: 'vault-chosen-name',
  severity: 'high',
  title: 'a pattern on a name that the attacker picks, and no immutable id',
  reason: 'whoever pushes names the ref, the workflow or the environment; `*` crosses `/` and `:`',
  fix: 'bind an immutable id beside it, such as project_id or repository_id, and exact values where they are known',
  find: (trust) => {
    if (!isGlob(trust)) return [];
    const { part, questions } = trust;
    if (questions.issuer.profiles.length > 0 && questions.spread(part.tokens, 'immutable', part.values) === undefined)
      return [];
    const claims = [...new Set(boundValues(trust).map(({ claim }) => claim))].filter((claim) => isChosen(trust, claim));
    return claims.flatMap((claim) => {
      const own = boundValues(trust).filter((one) => one.claim === claim);
      const pattern = own.find(({ value }) => String(value).includes('*'));
      const exact = choice(...own.filter((one) => one !== pattern).map(({ value }) => text(String(value))));
      const witness = pattern === undefined ? undefined : questions.find(part.tokens, not(claimIn(claim, exact)));
      if (pattern === undefined || witness === undefined) return [];
      const message = `\`${String(pattern.value)}\` on \`${claim}\` is a name that whoever pushes picks`;
      return [{ message, path: `role.bound_claims.${claim}`, witness: shownToken(witness) }];
    });
  },
};

function isChosen(trust: VaultTrust, claim: string): boolean {
  const spec = specIn(trust, claim);
  return spec === undefined ? specsByName(claim).some((one) => one.userControlled) : spec.userControlled;
}
