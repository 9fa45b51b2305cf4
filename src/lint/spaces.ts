/** Tokens of the profiles that an issuer may have, kept for all policies that trust it. */

import { type IssuerProfile } from '../claims/profile.ts';
import { TAGS_CLAIM } from '../trust/aws/session.ts';
import { genericSpace, spaceOf } from '../trust/tokens/profile-space.ts';
import { text } from '../trust/language/regular.ts';
import { type TokenSpace } from '../trust/tokens/space.ts';
import { all, claimIn, not } from '../trust/tokens/token-set.ts';
import { type ProfileOptions, profilesOf, withCustomSubjects } from './profiles.ts';

const TAGS = `/${TAGS_CLAIM.replaceAll('/', '~1')}/`;

/** What is known of the tokens of an issuer. */
export interface KnownIssuer {
  /** None where it is not known what its tokens look like. */
  readonly profiles: readonly IssuerProfile[];
  readonly space: TokenSpace;
}

export class Spaces {
  readonly #options: ProfileOptions;
  readonly #profiles = new Map<string, readonly IssuerProfile[]>();
  readonly #known = new Map<string, KnownIssuer>();

  constructor(options: ProfileOptions) {
    this.#options = options;
  }

  profilesOf(issuer: string): readonly IssuerProfile[] {
    const known = this.#profiles.get(issuer) ?? profilesOf(issuer, this.#options);
    this.#profiles.set(issuer, known);
    return known;
  }

  /** @param subjects what policies compare `sub` with: it tells how the issuer makes it */
  of(issuer: string, subjects: readonly string[], audience: string): KnownIssuer {
    const profiles = this.profilesOf(issuer).flatMap((profile) => withCustomSubjects(profile, subjects));
    return this.ofProfiles(profiles, issuer, audience);
  }

  /** @param issuer `iss` of tokens of which no profile is known; undefined where even that is not */
  ofProfiles(profiles: readonly IssuerProfile[], issuer: string | undefined, audience: string): KnownIssuer {
    const forms = profiles.map(({ profile, issuer: iss, variants }) => [
      profile,
      iss,
      Object.values(variants).map(({ subject }) => subject),
    ]);
    const key = JSON.stringify([forms, issuer, audience]);
    const known = this.#known.get(key) ?? { profiles, space: spaceWith(profiles, issuer, audience) };
    this.#known.set(key, known);
    return known;
  }
}

function spaceWith(profiles: readonly IssuerProfile[], issuer: string | undefined, audience: string): TokenSpace {
  if (profiles.length === 0) {
    return genericSpace(issuer ?? SOME_ISSUER).map((one) => ({ ...one, assume: all(one.assume, ...NAMED) }));
  }
  return profiles.flatMap((profile) => spaceOf(profile, { audience })).map(withSessionTags);
}

const SOME_ISSUER = 'https://issuer.example';

/** No target takes an empty subject or audience. */
const NAMED = ['sub', 'aud'].map((claim) => not(claimIn(claim, text(''))));

/** Any issuer may send session tags, whatever else it has. */
const withSessionTags = (one: TokenSpace[number]): TokenSpace[number] => ({
  ...one,
  isFree: (claim) => claim.startsWith(TAGS) || one.isFree(claim),
});
