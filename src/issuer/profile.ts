/** Which profile a token is of: the registration's choice, else the organization's, among those the issuer offers. */

import { type IssuerConfig, readIssuer } from '../claims/issuer.ts';
import { type Problem, type Result, problem, refuse } from '../claims/problem.ts';
import { type IssuerProfile, type ProfileName } from '../claims/profile.ts';
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
  if (offered === undefined) return refuse(notOffered(settings, name));
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

/** What is wrong with the profiles of an issuer's settings, each under its place in the list. */
export function checkOffered(settings: IssuerSettings): Problem[] {
  return settings.profiles.flatMap((offered, index) => {
    const read = readIssuer(configOf(settings, offered, []));
    return read.ok ? [] : read.problems.map((found) => ({ ...found, path: [index, ...found.path] }));
  });
}

function configOf(settings: IssuerSettings, offered: OfferedProfile, subFields: readonly string[]): IssuerConfig {
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
  return problem(['profile'], `the issuer ${settings.name} does not offer the profile ${name}`, suggest(name, names));
}
