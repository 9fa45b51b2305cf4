/** The typed way to write an admission: a misspelt claim, or one that the variant has not, does not compile. */

import { type IssuerProfile, type Variant } from '../claims/profile.ts';
import { type AdmissionArgs } from './admission.ts';

/** One value, several of which any will do, or a pattern that says so. */
export type Bound = string | readonly string[] | { readonly like: string | readonly string[] };

type ClaimOf<V> = V extends Variant<infer C> ? C | 'sub' : never;

export interface AdmissionBuilder<C extends string> {
  /** Lets in the tokens in which all the given claims match. */
  admit(claims: Partial<Record<C, Bound>>): AdmissionArgs;
  /** The same for a whole organization, on purpose. */
  admitOrganization(claims: Partial<Record<C, Bound>>): AdmissionArgs;
}

export type AdmissionBuilders<V> = { readonly [K in keyof V]: AdmissionBuilder<ClaimOf<V[K]>> };

const list = (value: string | readonly string[]): string[] => (typeof value === 'string' ? [value] : [...value]);

function constraintArgs(bound: Bound) {
  return typeof bound === 'object' && 'like' in bound ? { like: list(bound.like) } : { equals: list(bound) };
}

/** `admissions(onaV3()).environment.admit({ organization_id, project_id })`. */
export function admissions<V extends Readonly<Record<string, Variant>>>(
  issuer: IssuerProfile<V>,
): AdmissionBuilders<V> {
  const builder = (variant: string): AdmissionBuilder<string> => {
    const admit = (claims: Partial<Record<string, Bound>>): AdmissionArgs => ({
      variants: [variant],
      claims: Object.fromEntries(
        Object.entries(claims).flatMap(([claim, bound]) =>
          bound === undefined ? [] : [[claim, constraintArgs(bound)]],
        ),
      ),
    });
    return { admit, admitOrganization: (claims) => ({ ...admit(claims), scope: 'organization' }) };
  };
  return Object.fromEntries(
    Object.keys(issuer.variants).map((name) => [name, builder(name)]),
  ) as unknown as AdmissionBuilders<V>;
}
