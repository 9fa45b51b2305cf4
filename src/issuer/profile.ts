/** Which profile a token is of: the registration's choice, else the organization's, among those the issuer offers. */

import { type IssuerConfig, readIssuer } from '../claims/issuer.ts';
import { type Path, type Problem, type Result, accept, problem, refuse, under } from '../claims/problem.ts';
import { type IssuerProfile, type ProfileName, type Variant } from '../claims/profile.ts';
import { suggest } from '../claims/suggest.ts';
import { type IssuerSettings, type OfferedProfile, splitUrl } from './settings.ts';

/** The part of an organization's token configuration that shapes the profile. */
export interface ProfileChoice {
  readonly profile: ProfileName;
  readonly subFields: readonly string[];
}

/**
 * The profile of a registration's tokens.
 * @param own the registration's own choice; the organization's fields of `sub` are of its own profile, so they do not
 * apply to another
 */
export function selectProfile(
  settings: IssuerSettings,
  organization: ProfileChoice,
  own: ProfileName | null = null,
): Result<IssuerProfile> {
  const name = own ?? organization.profile;
  const offered = settings.profiles.find(({ profile }) => profile === name);
  if (offered === undefined) return refuse(...under(['profile'], [notOffered(settings, name)]));
  const subFields = name === organization.profile ? organization.subFields : [];
  const key = JSON.stringify([settings.url, settings.jwksPaths[0], offered, subFields]);
  const kept = PROFILES.get(key);
  if (kept !== undefined) return kept;
  const read = readIssuer(configOf(settings, offered, subFields));
  if (PROFILES.size >= PROFILES_KEPT) PROFILES.clear();
  PROFILES.set(key, read);
  return read;
}

/** Profiles are pure values of these settings, and building one enumerates the forms of its `sub`. */
const PROFILES = new Map<string, Result<IssuerProfile>>();
const PROFILES_KEPT = 500;

/** Every profile that the issuer offers, as it is without an organization's choices. */
export function offeredProfiles(settings: IssuerSettings): IssuerProfile[] {
  return settings.profiles.flatMap(({ profile }) => {
    const read = selectProfile(settings, { profile, subFields: [] });
    return read.ok ? [read.value] : [];
  });
}

/** The profile of that name, where the issuer offers it. */
export function findOffered(settings: IssuerSettings, name: string): Result<ProfileName> {
  const offered = settings.profiles.find(({ profile }) => profile === name);
  return offered === undefined ? refuse(notOffered(settings, name)) : accept(offered.profile);
}

export function findVariant(profile: IssuerProfile, name: string): Result<Variant> {
  const variant = Object.hasOwn(profile.variants, name) ? profile.variants[name] : undefined;
  if (variant !== undefined) return accept(variant);
  const hint = suggest(name, Object.keys(profile.variants));
  return refuse(problem(['variant'], `${profile.profile} has no variant ${name}`, hint));
}

/** One profile of an issuer's settings, as it is without an organization's choices. */
export function offeredProfile(settings: KeyPlaces, offered: OfferedProfile): Result<IssuerProfile> {
  return readIssuer(configOf(settings, offered, []));
}

/**
 * Is the life within what the profile's tokens may have?
 * @param name undefined where the profile is not known: then it is the longest of all that the issuer offers
 */
export function checkLife(settings: IssuerSettings, name: ProfileName | undefined, seconds: number): Problem[] {
  const profiles = offeredProfiles(settings).filter(({ profile }) => name === undefined || profile === name);
  const max = Math.max(...profiles.map(({ life }) => life.max));
  if (profiles.length === 0 || seconds <= max) return [];
  return [problem([], `${name ?? "the issuer's"} tokens live at most ${max} seconds`)];
}

/** The fields of `sub` that none of the issuer's profiles takes: they are wrong whichever is meant. */
export function checkFieldsOfAny(settings: IssuerSettings, subFields: readonly string[]): Problem[] {
  const refused = settings.profiles.map(({ profile }) =>
    refusedFields(selectProfile(settings, { profile, subFields })),
  );
  return subFields.flatMap((field, index) => {
    if (!refused.every((hints) => hints.has(index) || hints.has(ALL_FIELDS))) return [];
    const hint = refused.map((hints) => hints.get(index)).find((text) => text !== undefined);
    return [problem(['sub_fields', index], `no profile of the issuer can put \`${field}\` into \`sub\``, hint)];
  });
}

/** For profiles that take no fields at all. */
const ALL_FIELDS = undefined;

/** Hints by the places of the fields. */
function refusedFields(
  result: Result<IssuerProfile>,
): ReadonlyMap<Path[number] | typeof ALL_FIELDS, string | undefined> {
  const problems = result.ok ? [] : result.problems.filter(({ path }) => path[0] === 'sub_fields');
  return new Map(problems.map(({ path, hint }) => [path[1], hint]));
}

/** The part of the settings that a profile's own depend on. */
type KeyPlaces = Pick<IssuerSettings, 'url' | 'jwksPaths'>;

function configOf(settings: KeyPlaces, offered: OfferedProfile, subFields: readonly string[]): IssuerConfig {
  const { profile, iss } = offered;
  const chosen = subFields.length === 0 ? {} : { subFields };
  if (profile === 'gitlab-job-jwt') {
    const { host } = splitUrl(settings.url);
    return { profile, iss: iss ?? host, jwksUrl: `https://${host}${settings.jwksPaths[0]}`, ...chosen };
  }
  return { profile, url: settings.url, ...(iss === undefined ? {} : { iss }), ...chosen };
}

function notOffered(settings: IssuerSettings, name: string): Problem {
  const names = settings.profiles.map(({ profile }) => profile);
  return problem([], `the issuer ${settings.name} does not offer the profile ${name}`, suggest(name, names));
}
