/** An upstream issuer: whose tokens are exchanged for the issuer's own, and what becomes of their claims. Pure. */

import { type Claims, type JsonValue, atPointer } from '../../claims/claims.ts';
import { type Problem, problem } from '../../claims/problem.ts';
import { type ProfileName } from '../../claims/profile.ts';
import { type Matcher, admits, matcherText } from '../../trust/matcher.ts';

/** A claim of an upstream token: its name, or a JSON pointer (RFC 6901) where it begins with `/`. */
export type ClaimRef = string;

export interface UpstreamConstraint {
  readonly claim: ClaimRef;
  /** Any of them; of a claim that is a list, any element. */
  readonly anyOf: readonly Matcher[];
}

/** A fact of the workload: written down, or taken from the upstream token. */
export type FactSource = { readonly value: JsonValue } | { readonly claim: ClaimRef };

/** An issuer whose tokens are taken, and which of them. */
export interface TrustedIssuer {
  /** What the configuration and the audit call it. */
  readonly name: string;
  /** Byte-identical with `iss`. */
  readonly issuer: string;
  /** Where the keys are; absent: where the discovery document says. */
  readonly jwksUrl?: string;
  /** The token must be meant for one of them. */
  readonly audiences: readonly string[];
  /** JWS algorithms (RFC 7518, section 3.1), asymmetric ones alone. */
  readonly algorithms: readonly string[];
  /** All of them must hold. */
  readonly admit: readonly [UpstreamConstraint, ...UpstreamConstraint[]];
}

export interface Upstream extends TrustedIssuer {
  readonly organization: string;
  /** Null: the organization's. */
  readonly profile: ProfileName | null;
  /** Null: the profile's main variant. */
  readonly variant: string | null;
  readonly facts: Readonly<Record<string, FactSource>>;
}

/** The value of a claim; null is absent. */
export function upstreamClaim(claims: Claims, ref: ClaimRef): JsonValue | undefined {
  if (ref.startsWith('/')) return atPointer(claims as JsonValue, ref) ?? undefined;
  return (Object.hasOwn(claims, ref) ? claims[ref] : undefined) ?? undefined;
}

/** What keeps a token from being admitted; nothing where it is. Only texts are compared: 1 is not "1". */
export function checkAdmitted({ admit }: TrustedIssuer, claims: Claims): Problem[] {
  return admit.flatMap(({ claim, anyOf }) => {
    const actual = upstreamClaim(claims, claim);
    const values: readonly JsonValue[] = Array.isArray(actual) ? (actual as readonly JsonValue[]) : [actual ?? null];
    const fits = values.some((value) => typeof value === 'string' && anyOf.some((matcher) => admits(matcher, value)));
    if (fits) return [];
    const found = actual === undefined ? 'absent' : JSON.stringify(actual).slice(0, 200);
    return [problem([claim], `expected ${anyOf.map(matcherText).join(' or ')}, and it is ${found}`)];
  });
}

/** What is known of the workload. A claim that the token lacks is a fact that is missing, which the facts' own check says. */
export function upstreamFacts({ facts }: Upstream, claims: Claims): Claims {
  return Object.fromEntries(
    Object.entries(facts).flatMap(([name, source]): [string, JsonValue][] => {
      const value = 'value' in source ? source.value : upstreamClaim(claims, source.claim);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
