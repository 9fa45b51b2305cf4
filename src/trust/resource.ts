/** What a review looks at: roles, mounts, policies and issuers, as some document has them before anything is checked. */

import { type IssuerConfig } from '../claims/issuer.ts';
import { type IssuerProfile } from '../claims/profile.ts';
import { type Grants } from './grants.ts';
import { type Matcher } from './matcher.ts';
import { type Target } from './target-diff.ts';

/** A value that the document does not have: computed when it is applied, a parameter, a secret. */
export class Unknown {
  /** Why it is not known, as half a sentence. */
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

/** Where a resource stands. */
export interface Location {
  readonly file: string;
  /** Its address in the file, e.g. `aws_iam_role.ci`. */
  readonly resource: string;
  /** From 1, where the format has lines. */
  readonly line?: number;
  readonly column?: number;
}

/** JSON in which any part may be an `Unknown`. */
export type Json = Readonly<Record<string, unknown>>;

/** What was said to be meant: it is no mistake then. */
export interface Declared {
  readonly organization?: boolean;
  readonly session?: boolean;
}

export interface AwsRole {
  readonly kind: 'aws-role';
  readonly place: Location;
  /** As IAM knows it; absent where the document does not say. */
  readonly name?: string;
  /** The object, or its JSON text. */
  readonly trustPolicy: unknown;
  /** ARNs or names. */
  readonly managed: readonly unknown[];
  readonly inline: readonly { readonly name: string; readonly document: unknown }[];
  /** ARN or name of the permissions boundary. */
  readonly boundary?: unknown;
  /** Longest session in seconds. Default: 3,600. */
  readonly session?: unknown;
  readonly declared?: Declared;
}

export interface AwsProvider {
  readonly kind: 'aws-provider';
  readonly place: Location;
  readonly url: unknown;
  readonly clientIds: unknown;
}

export interface VaultMount {
  readonly kind: 'vault-mount';
  readonly place: Location;
  /** Without `auth/`; absent where the document does not say. */
  readonly path?: string;
  /** As Vault's API has it. */
  readonly config: Json;
}

export interface VaultRole {
  readonly kind: 'vault-role';
  readonly place: Location;
  readonly mount?: string;
  /** As Vault knows it; absent where the document does not say. */
  readonly name?: string;
  /** As Vault's API has it. */
  readonly role: Json;
  /** Does what writes it split bound claims at commas? */
  readonly splitsCommas: boolean;
  readonly declared?: Declared;
}

export interface VaultPolicy {
  readonly kind: 'vault-policy';
  readonly place: Location;
  readonly name?: string;
  /** HCL or JSON. */
  readonly text: unknown;
}

export interface TokenIssuer {
  readonly kind: 'issuer';
  readonly place: Location;
  /** `iss`, where it is known. */
  readonly issuer?: string;
  /** What its tokens look like, where that was declared. */
  readonly profile?: IssuerProfile;
  /** What its tokens were configured to: life in seconds, and whether they have a `jti`. */
  readonly life?: unknown;
  readonly jti?: unknown;
  /** URLs from which its keys are fetched. */
  readonly keyUrls?: readonly unknown[];
}

/** What an issuer of this kit was told: whose tokens it takes for its own, or which tokens it makes. */
export interface IssuerSetting {
  readonly kind: 'issuer-setting';
  readonly place: Location;
  readonly target: Extract<Target, { readonly kind: `issuer${string}` }>;
  /** `iss` of the tokens that are taken or made; absent where the profile says, or nothing does. */
  readonly issuer?: string;
  readonly profile?: IssuerConfig;
  readonly variant?: string;
  /** Absent: any. */
  readonly audiences?: readonly string[];
  /** By claim, of which each must have one of the values. */
  readonly admit: Readonly<Record<string, readonly Matcher[]>>;
  readonly grants: Grants;
}

export type Resource = AwsRole | AwsProvider | VaultMount | VaultRole | VaultPolicy | TokenIssuer | IssuerSetting;
