// A compiled role as Vault's API has it.
import type { VaultRoleDocument } from '../../../src/trust/vault/compile.ts';
import type { VaultJwtRole } from '../../../src/trust/vault/role.ts';

export function vaultRole(document: VaultRoleDocument): VaultJwtRole {
  return {
    role_type: 'jwt',
    user_claim: document.userClaim,
    bound_audiences: document.boundAudiences,
    bound_claims_type: document.boundClaimsType,
    bound_claims: document.boundClaims,
    claim_mappings: document.claimMappings,
    ...(document.boundSubject === undefined ? {} : { bound_subject: document.boundSubject }),
    ...(document.groupsClaim === undefined ? {} : { groups_claim: document.groupsClaim }),
    token_policies: document.tokenPolicies,
    token_ttl: document.tokenTtl,
    token_max_ttl: document.tokenMaxTtl,
    token_explicit_max_ttl: document.tokenExplicitMaxTtl,
  };
}
