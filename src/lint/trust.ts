/** What rules look at that are the same for AWS and Vault: who is let in, part by part. */

import { type ClaimSpec, specOf } from '../claims/claim.ts';
import { type Declared } from '../trust/resource.ts';
import { type TokenSet } from '../trust/tokens/token-set.ts';
import { type Questions } from './questions.ts';

/** An Allow statement, or a role of Vault: tokens are let in by any of the parts. */
export interface Part {
  readonly path: string;
  readonly tokens: TokenSet;
  /** Values by which it can pin tenants and workloads. */
  readonly values: number;
}

export interface Trust<P extends Part = Part> {
  readonly target: 'AWS' | 'Vault';
  readonly issuer: string;
  readonly parts: readonly P[];
  readonly questions: Questions;
  /** Can the target compare this claim? */
  readonly sees: (claim: string) => boolean;
  readonly declared: Declared;
  /** Who may be let in of the issuer's tenants; undefined where nobody says. */
  readonly tenants: readonly string[] | undefined;
}

/** Is a token of a tenant let in that the part does not name? */
export function isOpen({ questions }: Trust, part: Part): boolean {
  return questions.spread(part.tokens, 'organization', part.values) !== undefined;
}

/** Parts that let in the tenants which they name, and no others. */
export function boundParts<P extends Part>(trust: Trust<P>): readonly P[] {
  return trust.parts.filter((part) => !isOpen(trust, part));
}

/** The claim's row in the tables of the issuer's profiles. */
export function specIn({ questions }: Trust, claim: string): ClaimSpec | undefined {
  for (const profile of questions.issuer.profiles) {
    for (const variant of Object.values(profile.variants)) {
      const found =
        specOf(variant.claims, claim) ??
        Object.values<ClaimSpec>(variant.claims).find(({ pointer }) => pointer !== undefined && pointer === claim);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

export const profileNames = ({ questions }: Trust): readonly string[] => [
  ...new Set(questions.issuer.profiles.map(({ profile }) => profile)),
];
