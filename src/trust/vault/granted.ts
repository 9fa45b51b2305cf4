/** What a token that a role admits gets at Vault: where to look when the login works and a path is refused. */

import { type Claims } from '../../claims/claims.ts';
import { lookUp } from './lookup.ts';
import { type PathRule, fillPath } from './path.ts';
import { type VaultJwtRole } from './role.ts';

export interface VaultGranted {
  /** Policies of the Vault token, without those that its groups add. */
  readonly policies: readonly string[];
  /** What templated policies can use of the token, by metadata key. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Aliases of external groups. */
  readonly groups: readonly string[];
  /** Paths of the policy that belongs to the role, for this token; absent where that policy is not known. */
  readonly paths?: readonly PathRule[];
}

/** `rules`: of the role's own policy, in which `{claim}` stands for a mapped claim. */
export function grantedByVault(role: VaultJwtRole, claims: Claims, rules?: readonly PathRule[]): VaultGranted {
  const texts = Object.entries(role.claim_mappings ?? {}).flatMap(([claim, key]): [string, string][] => {
    const value = lookUp(claims, claim);
    return typeof value === 'string' ? [[key, value]] : [];
  });
  const metadata = Object.fromEntries(texts);
  const groups = role.groups_claim === undefined ? undefined : lookUp(claims, role.groups_claim);
  return {
    policies: [...(role.token_no_default_policy === true ? [] : ['default']), ...(role.token_policies ?? [])],
    metadata,
    groups: (Array.isArray(groups) ? groups : [groups]).filter((group) => typeof group === 'string'),
    ...(rules === undefined ? {} : { paths: rules.flatMap((rule) => fill(rule, metadata)) }),
  };
}

/** Vault drops a path of which a value is missing (templated policies). */
function fill({ path, capabilities }: PathRule, metadata: Readonly<Record<string, string>>): PathRule[] {
  const filled = fillPath(path, (claim) => metadata[claim]);
  return filled === undefined ? [] : [{ path: filled, capabilities }];
}
