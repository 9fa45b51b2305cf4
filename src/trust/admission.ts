/** An admission: which tokens of an issuer are let in. */

import { type ClaimTable } from '../claims/claim.ts';
import { type IssuerProfile, type Variant } from '../claims/profile.ts';
import { type Matcher, fixedBeginning } from './matcher.ts';

/** Plain form of the values that one claim may have: any of them. Maps and arrays only, for Pulumi's schema. */
export interface ConstraintArgs {
  /** Exact values. */
  equals?: string[];
  /** Patterns in which `*` stands for any run of characters. */
  like?: string[];
}

/** Plain form of an admission. */
export interface AdmissionArgs {
  /** Which kinds of token. @default the issuer's main variant, e.g. Ona's `environment` */
  variants?: string[];
  /** All of these claims must match. */
  // An index signature: Pulumi's schema analyzer knows no `Record`.
  // eslint-disable-next-line @typescript-eslint/consistent-indexed-object-style
  claims: { [claim: string]: ConstraintArgs };
  /** `organization` says that a whole organization is let in on purpose. */
  scope?: string;
}

export interface Constraint {
  readonly claim: string;
  /** Any of them. */
  readonly anyOf: readonly Matcher[];
}

/** A checked admission: each claim exists, each value can occur, and one tenant is bound. */
export interface Admission {
  readonly issuer: IssuerProfile;
  readonly variants: readonly string[];
  readonly constraints: readonly Constraint[];
  readonly scope: 'organization' | 'workload';
}

/** The variants of the admission, with their tables. */
export function variantsOf(admission: Pick<Admission, 'issuer' | 'variants'>): Variant[] {
  return admission.variants.flatMap((name) => admission.issuer.variants[name] ?? []);
}

/** The claims of all the admission's variants. */
export function tableOf(admission: Admission): ClaimTable {
  return Object.assign({}, ...variantsOf(admission).map(({ claims }) => claims)) as ClaimTable;
}

/** Has the constraint exact values alone? */
export function isExact(constraint: Constraint | undefined): boolean {
  return constraint?.anyOf.every((matcher) => fixedBeginning(matcher).complete) === true;
}

/** The one value that the claim is bound to, so that all tokens have it; undefined where there is none, or several. */
export function pinnedValue(constraints: readonly Constraint[], claim: string): string | undefined {
  const bound = constraints.find((one) => one.claim === claim);
  const [only, ...others] = bound?.anyOf ?? [];
  return only !== undefined && others.length === 0 && 'equals' in only ? only.equals : undefined;
}
