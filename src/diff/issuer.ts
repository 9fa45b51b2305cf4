/** What an issuer of this kit was told, before and after: whose tokens it takes, which ones it makes. */

import { profileOfKind, readIssuer } from '../claims/issuer.ts';
import { type IssuerProfile } from '../claims/profile.ts';
import { gapsIn } from '../lint/known.ts';
import { type Spaces } from '../lint/spaces.ts';
import { choice, text, wildcards } from '../trust/language/regular.ts';
import { type Matcher } from '../trust/matcher.ts';
import { type IssuerSetting } from '../trust/resource.ts';
import { type TargetVersion, keyOfTarget } from '../trust/target-diff.ts';
import { genericSpace } from '../trust/tokens/profile-space.ts';
import { type TokenSpace } from '../trust/tokens/space.ts';
import { EVERY_TOKEN, NO_TOKEN, type TokenSet, all, claimIn, isVariant } from '../trust/tokens/token-set.ts';
import { type Side, type Versions, inPairs, resourcesOf } from './versions.ts';

export interface IssuerSides {
  readonly before: Side;
  readonly after: Side;
  readonly spaces: Spaces;
}

export function issuerVersions({ before, after, spaces }: IssuerSides): Versions {
  const identified = (side: Side) =>
    resourcesOf(side, 'issuer-setting').map((resource) => ({
      key: keyOfTarget(resource.target),
      named: true,
      resource,
    }));
  return inPairs(identified(before), identified(after)).map(
    ([old, next]) => [old && versionOf(old, spaces), next && versionOf(next, spaces)] as const,
  );
}

function versionOf(setting: IssuerSetting, spaces: Spaces): TargetVersion {
  const { target, variant, grants } = setting;
  const profile = profileOf(setting);
  const gaps = gapsIn({ admit: setting.admit, audiences: setting.audiences }).map(
    ({ path, why }) => `${path} is not known: ${why}`,
  );
  const chosen = variant ?? (target.kind === 'issuer-administrators' ? profile?.mainVariant : undefined);
  return {
    target,
    space: spaceOf(setting, profile, spaces),
    tokens:
      gaps.length > 0 ? NO_TOKEN : all(tokensOf(setting), chosen === undefined ? EVERY_TOKEN : isVariant([chosen])),
    ...(gaps.length > 0 ? { atMost: EVERY_TOKEN, gaps } : {}),
    grants,
  };
}

function profileOf({ profile }: IssuerSetting): IssuerProfile | undefined {
  if (profile === undefined) return undefined;
  const read = readIssuer(profile);
  return read.ok ? read.value : profileOfKind(profile.profile);
}

function spaceOf(
  { issuer, audiences = [] }: IssuerSetting,
  profile: IssuerProfile | undefined,
  spaces: Spaces,
): TokenSpace {
  const audience = audiences[0] ?? 'audience.example';
  if (profile !== undefined) return spaces.ofProfiles([profile], profile.issuer, audience).space;
  return issuer === undefined ? genericSpace() : spaces.of(issuer, [], audience).space;
}

function tokensOf({ issuer, profile, audiences, admit }: IssuerSetting): TokenSet {
  const constraints = Object.entries(admit).map(([claim, anyOf]) =>
    claimIn(claim, choice(...anyOf.map(languageOf)), 'string'),
  );
  return all(
    issuer === undefined || profile !== undefined ? EVERY_TOKEN : claimIn('iss', text(issuer)),
    audiences === undefined ? EVERY_TOKEN : claimIn('aud', choice(...audiences.map(text))),
    ...constraints,
  );
}

const languageOf = (matcher: Matcher) =>
  'equals' in matcher ? text(matcher.equals) : wildcards(matcher.like, { one: '' });
