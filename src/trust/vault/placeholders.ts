/** The typed way to write a secret path with claims in it: a misspelt claim, or one that the variant has not, does not compile. */

import { type IssuerProfile, type Variant } from '../../claims/profile.ts';

type ClaimOf<V> = V extends Variant<infer C> ? C : never;

/** A template tag, of which each value is a claim. */
export type PathTag<C extends string> = (texts: TemplateStringsArray, ...claims: readonly C[]) => string;

export type PathTags<V> = { readonly [K in keyof V]: PathTag<ClaimOf<V[K]>> };

const written: PathTag<string> = (texts, ...claims) =>
  String.raw({ raw: texts }, ...claims.map((claim) => `{${claim}}`));

/** ``paths(onaV3()).environment`secret/${'project_id'}/*` `` is `secret/{project_id}/*`. */
export function paths<V extends Readonly<Record<string, Variant>>>(issuer: IssuerProfile<V>): PathTags<V> {
  return Object.fromEntries(Object.keys(issuer.variants).map((name) => [name, written])) as unknown as PathTags<V>;
}
