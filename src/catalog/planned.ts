/** What a catalog means, once nothing is wrong with it. */

import { type IssuerConfig } from '../claims/issuer.ts';
import { type IssuerProfile } from '../claims/profile.ts';
import { type Admission, type AdmissionArgs } from '../trust/admission.ts';
import { type VaultGrantArgs } from '../trust/vault/grant.ts';
import { type AwsGrant } from './grants.ts';

/** Who makes what AWS or Vault has for an issuer: this catalog; this catalog, from what is there; or somebody else. */
export type Making = 'create' | 'adopt' | 'existing';

export interface PlannedIssuer {
  readonly name: string;
  readonly config: IssuerConfig;
  readonly profile: IssuerProfile;
  readonly vaultMount: string;
  /** PEM. */
  readonly ca?: string;
  /** This kit's own, whose URL a stack must know. */
  readonly own: boolean;
  readonly atAws: Making;
  readonly atVault: Making;
}

export interface PlannedAdmission {
  readonly issuer: PlannedIssuer;
  readonly args: AdmissionArgs;
  readonly admission: Admission;
}

/** Names of environments; undefined: all of them. */
export type Environments = readonly string[] | undefined;

export interface PlannedAccess extends PlannedAdmission {
  readonly name: string;
  /** Further tokens that the same roles let in. */
  readonly also: readonly PlannedAdmission[];
  readonly environments: Environments;
  readonly aws?: AwsGrant;
  readonly vault?: VaultGrantArgs;
  /** The role at Vault. */
  readonly vaultRole: RoleAt;
}

/** A role at AWS or Vault. */
export interface RoleAt {
  readonly name: string;
  /** It is there already, and is imported. */
  readonly adopt: boolean;
}

export interface PlannedGroup {
  readonly name: string;
  readonly issuer: PlannedIssuer;
  readonly memberOf: string;
  readonly grant: VaultGrantArgs;
  readonly environments: Environments;
}

export interface PlannedEnvironment {
  readonly name: string;
  /** AWS account, 12 digits. */
  readonly account?: string;
  /** Of Vault Enterprise or HCP. */
  readonly namespace?: string;
}

export interface CatalogPlan {
  readonly issuers: readonly PlannedIssuer[];
  readonly access: readonly PlannedAccess[];
  readonly groups: readonly PlannedGroup[];
  readonly environments: readonly PlannedEnvironment[];
}

/** All admissions of an entry: its own, and those beside it. */
export function admissionsOf(entry: PlannedAccess): [PlannedAdmission, ...PlannedAdmission[]] {
  return [entry, ...entry.also];
}

/** Can both be provisioned in one environment? */
export function meets(
  one: { readonly environments: Environments },
  other: { readonly environments: Environments },
): boolean {
  const [left, right] = [one.environments, other.environments];
  return left === undefined || right === undefined || left.some((name) => right.includes(name));
}
