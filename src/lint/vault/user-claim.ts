/** Entities that merge: a `user_claim` that several workloads share. */

import { text } from '../../trust/language/regular.ts';
import { claimIn, not } from '../../trust/tokens/token-set.ts';
import { type Rule } from '../rule.ts';
import { valueAt } from '../tenants.ts';
import { specIn } from '../trust.ts';
import { shownToken } from '../witness.ts';
import { type VaultTrust, specsByName } from './login.ts';

export const userClaim: Rule<VaultTrust> = {
  id: 'vault-user-claim',
  severity: 'high',
  title: 'a user_claim that is not unique for each workload',
  reason:
    'Vault keeps one entity for each value: workloads that share it share metadata, groups and policies of the entity',
  fix: 'use an id that each workload has for itself, or bind the claim to one value',
  find: (trust) => {
    const { part, questions, role } = trust;
    const claim = role.user_claim;
    if (isOwn(trust, claim)) return [];
    const first = questions.find(part.tokens);
    const value = first === undefined ? undefined : valueAt(first.claims, claim);
    if (typeof value !== 'string') return [];
    const other = questions.find(part.tokens, not(claimIn(claim, text(value))));
    if (other === undefined) return [];
    const message = `\`${claim}\` is the same for different workloads, and their entities merge`;
    return [{ message, path: 'role.user_claim', witness: shownToken(other) }];
  },
};

/** Claims that any issuer makes one of for each subject, or each token. */
const OWN = ['sub', 'jti'];

/** Names that are no workload's own, whoever the issuer is. */
const SHARED = ['email', 'preferred_username', 'name', 'upn', 'iss', 'aud', 'azp', 'groups', 'org', 'tenant'];

function isOwn(trust: VaultTrust, claim: string): boolean {
  if (OWN.includes(claim)) return true;
  const spec = specIn(trust, claim);
  const specs = spec === undefined ? specsByName(claim) : [spec];
  if (specs.length === 0) return !SHARED.includes(claim);
  return specs.every(({ immutable, reach }) => immutable && (reach === 'workload' || reach === 'person'));
}
