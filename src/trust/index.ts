/**
 * `idp-kit/trust`: an admission compiled for AWS and Vault; policies and roles that exist, read and asked about tokens; what changes
 * between two of them. Pure: for tests of one's own policies, and for tools that provision by other means than Pulumi.
 */

export { type Admission, type AdmissionArgs, type ConstraintArgs } from './admission.ts';
export { type AwsTarget, AWS_AUDIENCE, compileTrustPolicy, providerArn } from './aws/compile.ts';
export { evaluateTrustPolicy } from './aws/evaluate.ts';
export { type PolicyDocument, type TrustPolicy, parseTrustPolicy } from './aws/policy.ts';
export { type AwsRequest } from './aws/request.ts';
export { type AwsIssuer, tokensOfTrustPolicy } from './aws/tokens.ts';
export { admissions } from './build.ts';
export { type Check, type Decision, type Verdict, firstFailure } from './decision.ts';
export { type TokenDiff, diffTokens } from './diff.ts';
export { readAdmission } from './read-admission.ts';
export { type VaultAccess, compileVaultAccess, compileVaultMount } from './vault/compile.ts';
export { type VaultRequest, evaluateVaultRole } from './vault/evaluate.ts';
export { type VaultGrantArgs, VAULT_AUDIENCE, VaultTokenType } from './vault/grant.ts';
export { parseVaultRole } from './vault/parse.ts';
export { renderPolicy } from './vault/path.ts';
export { paths } from './vault/placeholders.ts';
export { type VaultJwtConfig, type VaultJwtRole } from './vault/role.ts';
export { tokensOfVaultRole } from './vault/tokens.ts';
