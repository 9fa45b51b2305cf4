/** What a catalog means, once nothing is wrong with it. */

import { type IssuerConfig } from '../claims/issuer.ts';
import { type IssuerProfile } from '../claims/profile.ts';
import { type Admission, type AdmissionArgs } from '../trust/admission.ts';
import { type VaultGrantArgs } from '../trust/vault/grant.ts';
import { type AwsGrant } from './grants.ts';

export interface PlannedIssuer {
  readonly name: string;
  readonly config: IssuerConfig;
  readonly profile: IssuerProfile;
  readonly vaultMount: string;
  /** PEM. */
  readonly ca?: string;
}

export interface PlannedAccess {
  readonly name: string;
  readonly issuer: PlannedIssuer;
  readonly args: AdmissionArgs;
  readonly admission: Admission;
  readonly aws?: AwsGrant;
  readonly vault?: VaultGrantArgs;
}

export interface PlannedGroup {
  readonly name: string;
  readonly issuer: PlannedIssuer;
  readonly memberOf: string;
  readonly grant: VaultGrantArgs;
}

export interface CatalogPlan {
  readonly issuers: readonly PlannedIssuer[];
  readonly access: readonly PlannedAccess[];
  readonly groups: readonly PlannedGroup[];
}
