/** What an entry becomes at AWS and at Vault. */

import { conditionPrefix } from '../claims/profile.ts';
import { type Result } from '../claims/problem.ts';
import { compileTrusts, providerArn } from '../trust/aws/compile.ts';
import { type PolicyDocument } from '../trust/aws/policy.ts';
import { type VaultAccess } from '../trust/vault/compile.ts';
import { type VaultGrantArgs } from '../trust/vault/grant.ts';
import { compileVaultUnion } from '../trust/vault/union.ts';
import { type PlannedAdmission } from './planned.ts';

/** At least one. */
export type Admissions = readonly [Pick<PlannedAdmission, 'admission'>, ...Pick<PlannedAdmission, 'admission'>[]];

/** Any account will do to see what a policy admits, or how long it is. */
const SOME_ACCOUNT = '000000000000';

/** The trust policy, in some account. The partition is the one with the longest name, so that what fits here fits everywhere. */
export function compileAtAws(
  admissions: Admissions,
  audiences: readonly string[] | undefined,
  { partition = 'aws-us-gov', account = SOME_ACCOUNT } = {},
): Result<PolicyDocument> {
  return compileTrusts(
    admissions.map(({ admission }) => ({
      admission,
      providerArn: providerArn(partition, account, conditionPrefix(admission.issuer) ?? ''),
      ...(audiences === undefined ? {} : { audiences }),
    })),
  );
}

/** The role with its mappings and its policy. */
export function compileAtVault([first, ...others]: Admissions, grant: VaultGrantArgs): Result<VaultAccess> {
  return compileVaultUnion([first.admission, ...others.map(({ admission }) => admission)], grant);
}
