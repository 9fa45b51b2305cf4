/** Components for workload identity at AWS and Vault. */

export { type IssuerArgs, TrustMode } from './args.ts';
export { AwsFederatedRole, type AwsFederatedRoleArgs } from './aws/federated-role.ts';
export { AwsOidcProvider, type AwsOidcProviderArgs } from './aws/oidc-provider.ts';
export { type AwsRoleArgs, type FederatedRole } from './aws/role.ts';
export { type FederatedAdmissionArgs } from './aws/trust.ts';
export { FederatedAccess, type FederatedAccessArgs, type FederatedAwsArgs } from './federated-access.ts';
export * from './issuer/args.ts';
export { TokenIssuer } from './issuer/token-issuer.ts';
export {
  VaultJwtMount,
  type VaultJwtMountArgs,
  VaultListingVisibility,
  type VaultMountTuneArgs,
} from './vault/jwt-mount.ts';
export { type VaultAdmissionArgs, VaultJwtRole, type VaultJwtRoleArgs } from './vault/jwt-role.ts';
export { type VaultRoleArgs } from './vault/role.ts';
export { VaultTemplatedPolicy, type VaultTemplatedPolicyArgs } from './vault/templated-policy.ts';
export { type AdmissionArgs, type ConstraintArgs } from '../src/trust/admission.ts';
export { type SessionArgs } from '../src/trust/aws/session-demands.ts';
export { type VaultGrantArgs, VaultTokenType } from '../src/trust/vault/grant.ts';
export { paths } from '../src/trust/vault/placeholders.ts';
export { admissions } from '../src/trust/build.ts';
export { gitlabIdToken, gitlabJobJwt } from '../src/claims/profiles/gitlab.ts';
export { github } from '../src/claims/profiles/github.ts';
export { gitpodClassic } from '../src/claims/profiles/gitpod-classic.ts';
export { onaV2 } from '../src/claims/profiles/ona-v2.ts';
export { onaV3 } from '../src/claims/profiles/ona-v3.ts';
