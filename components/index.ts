/** Components for workload identity at AWS and Vault. */

export { type IssuerArgs } from './args.ts';
export { AwsFederatedRole, type AwsFederatedRoleArgs } from './aws/federated-role.ts';
export { AwsOidcProvider, type AwsOidcProviderArgs } from './aws/oidc-provider.ts';
export { VaultJwtMount, type VaultJwtMountArgs } from './vault/jwt-mount.ts';
export { VaultJwtRole, type VaultJwtRoleArgs } from './vault/jwt-role.ts';
export { VaultTemplatedPolicy, type VaultTemplatedPolicyArgs } from './vault/templated-policy.ts';
export { type AdmissionArgs, type ConstraintArgs } from '../src/trust/admission.ts';
export { type VaultGrantArgs } from '../src/trust/vault/grant.ts';
