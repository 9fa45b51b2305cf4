/** An issuer profile: what the tokens of one kind of issuer look like, given the issuer's configuration. */

import { type Alphabet, type ClaimTable } from './claim.ts';
import { type Claims } from './claims.ts';
import { type SubjectGrammar } from './subject.ts';

/** Registered claims that every profile sets itself (RFC 7519, section 4.1), and `sub`, which is computed. */
export const REGISTERED = ['iss', 'sub', 'aud', 'azp', 'exp', 'iat', 'nbf', 'jti'] as const;

/** How `aud` is written. `none`: the token has no audience, and a Vault role that binds one refuses it. */
export type AudienceForm = 'array' | 'array-with-azp' | 'string' | 'none';

/**
 * A claim that tells workloads apart, and which other claims are the same in all of its tokens. Vault keeps one
 * metadata record for each identity, so only those may be mapped beside it.
 */
export interface IdentityClaim {
  readonly claim: string;
  readonly fixes: readonly string[];
}

/** A piece of a claim's value: itself, the value of another claim, or a name of its own. */
export type ComposedPart = string | { readonly claim: string } | { readonly name: Alphabet };

/** One kind of token of an issuer, such as Ona's tokens of users beside those of environments. */
export interface Variant<C extends string = string> {
  readonly claims: ClaimTable<C>;
  readonly subject: SubjectGrammar;
  /** Claims that are made of other claims. */
  readonly composed?: Readonly<Record<string, readonly ComposedPart[]>>;
  /** A claim that each token of this variant has, and none of another; absent where the issuer has one variant. */
  readonly discriminator?: C;
  /** Candidates for Vault's `user_claim`, the coarsest first. */
  readonly identities: readonly IdentityClaim[];
  /** The claim that lists the workload's groups. */
  readonly groups?: C;
  /** From what is known of a registered workload to the claims in its token; by default the claims of the table. */
  readonly fromFacts?: (facts: Claims) => Claims;
  /** The other way round, from the claims and the parts of `sub` that are none. */
  readonly toFacts?: (claims: Claims) => Claims;
  /** Facts that a registration may hold beside the claims of the table. */
  readonly facts?: ClaimTable;
}

export type Variants = Readonly<Record<string, Variant>>;

/** How long a token lives, in seconds. `claim`-less: always `default`. */
export interface TokenLife {
  readonly default: number;
  readonly max: number;
}

export interface IssuerProfile<V extends Variants = Variants> {
  readonly profile: ProfileName;
  /** The exact value of `iss`. */
  readonly issuer: string;
  /** Where discovery is found (OpenID Connect Discovery 1.0, section 4); absent where there is only a JWKS. */
  readonly url?: string;
  /** The keys, for issuers without discovery. */
  readonly jwksUrl?: string;
  readonly variants: V;
  /** The variant that an admission speaks of when it names none. */
  readonly mainVariant: string;
  readonly audience: AudienceForm;
  /** Claims that AWS sees beside `aud` and `sub`. */
  readonly awsClaims: readonly string[];
  /** JWS algorithms (RFC 7518, section 3.1), the usual one first. */
  readonly algorithms: readonly string[];
  readonly life: TokenLife;
  /** Claims beside the required ones that tokens carry. */
  readonly registered: readonly ('nbf' | 'jti')[];
}

export const PROFILE_NAMES = [
  'gitpod-classic',
  'ona-v2',
  'ona-v3',
  'gitlab-job-jwt',
  'gitlab-id-token',
  'github',
] as const;

export type ProfileName = (typeof PROFILE_NAMES)[number];

/** The prefix of AWS condition keys: the issuer without `https://`, with its path. Undefined where `iss` is no URL. */
export function conditionPrefix(profile: IssuerProfile): string | undefined {
  return profile.url?.replace(/^https:\/\//, '');
}

/** The claims of one variant's tokens, `sub` aside, from what is known of a workload. */
export function claimsFromFacts(variant: Variant, facts: Claims): Claims {
  if (variant.fromFacts !== undefined) return variant.fromFacts(facts);
  const claims: Record<string, Claims[string]> = {};
  for (const claim in facts) {
    if (Object.hasOwn(variant.claims, claim) && facts[claim] !== undefined) claims[claim] = facts[claim];
  }
  return claims;
}
