/** What a Vault role hands out to the tokens that it admits, member by member. */

import { type Grants } from '../grants.ts';
import { type VaultJwtRole } from './role.ts';

/** 0 is Vault's own default, which is long: no bound at all. */
const bound = (value: number | undefined): number | undefined =>
  value === undefined || value <= 0 ? undefined : value;

export function grantsOfVaultRole(role: VaultJwtRole): Grants {
  const { token_policies: policies = [], token_no_default_policy: noDefault = false } = role;
  return {
    policies: [...(noDefault ? [] : ['default']), ...policies].sort(),
    ttl: bound(role.token_ttl),
    max_ttl: bound(role.token_max_ttl),
    explicit_max_ttl: bound(role.token_explicit_max_ttl),
    period: bound(role.token_period),
    num_uses: bound(role.token_num_uses),
    token_type: role.token_type === 'batch' ? 'batch' : 'service',
    user_claim: role.user_claim,
    groups_claim: role.groups_claim === '' ? undefined : role.groups_claim,
    mappings: role.claim_mappings ?? {},
    leeway: leewayOf(role),
  };
}

/** By how much times may be off; undefined: by as much as is usual. */
function leewayOf(role: VaultJwtRole): readonly number[] | undefined {
  const set = [role.clock_skew_leeway ?? 0, role.expiration_leeway ?? 0, role.not_before_leeway ?? 0];
  return set.every((one) => one === 0) ? undefined : set;
}
