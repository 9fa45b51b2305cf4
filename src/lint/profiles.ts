/** Which profiles the tokens behind an issuer URL can have: what was declared, else what the host tells, else none. */

import { type IssuerConfig, readIssuer } from '../claims/issuer.ts';
import { type IssuerProfile, type ProfileName } from '../claims/profile.ts';
import { specOf } from '../claims/claim.ts';
import { readForm } from '../claims/subject.ts';

/** What a person said about issuers. */
export interface ProfileOptions {
  /** By `iss`. */
  readonly declared?: ReadonlyMap<string, readonly IssuerProfile[]>;
  /** For issuers of which neither a declaration nor the host tells. */
  readonly otherwise?: ProfileName;
}

interface HostRow {
  readonly tells: (issuer: string) => boolean;
  readonly profiles: readonly ProfileName[];
}

/** Ona's organizations choose between two versions of their tokens, so both are looked at. */
const HOSTS: readonly HostRow[] = [
  { tells: (issuer) => /^https:\/\/token\.actions\.githubusercontent\.com(?:\/|$)/.test(issuer), profiles: ['github'] },
  { tells: (issuer) => issuer.endsWith('/_services/token'), profiles: ['github'] },
  { tells: (issuer) => issuer === 'https://app.gitpod.io', profiles: ['ona-v3', 'ona-v2'] },
  { tells: (issuer) => /^https:\/\/(?:services|api)\.[^/]+\/idp$/.test(issuer), profiles: ['gitpod-classic'] },
  { tells: (issuer) => /^https:\/\/gitlab\.[^/]+$/.test(issuer), profiles: ['gitlab-id-token'] },
  { tells: (issuer) => /^gitlab\.[^/:]+$/.test(issuer), profiles: ['gitlab-job-jwt'] },
];

/** Profiles of an issuer; none where nothing is known of it. */
export function profilesOf(issuer: string, { declared, otherwise }: ProfileOptions): readonly IssuerProfile[] {
  const known = declared?.get(issuer);
  if (known !== undefined) return known;
  const told = HOSTS.find(({ tells }) => tells(issuer))?.profiles ?? (otherwise === undefined ? [] : [otherwise]);
  return told.flatMap((name) => build(name, issuer));
}

/** `sub_fields` the way the issuer of these subjects must have been configured, where its usual forms do not fit them. */
export function withCustomSubjects(profile: IssuerProfile, subjects: readonly string[]): readonly IssuerProfile[] {
  const custom = subjects
    .filter((subject) => !fitsSomeForm(profile, subject))
    .map((subject) => keysIn(profile, subject))
    .filter((keys) => keys.length > 0);
  const distinct = [...new Map(custom.map((keys) => [keys.join(), keys])).values()];
  return [profile, ...distinct.flatMap((keys) => build(profile.profile, profile.issuer, keys))];
}

function build(profile: ProfileName, issuer: string, subFields?: readonly string[]): IssuerProfile[] {
  const at: Partial<IssuerConfig> = profile === 'gitlab-job-jwt' ? { iss: issuer } : { url: issuer };
  const read = readIssuer({ profile, ...at, ...(subFields === undefined ? {} : { subFields }) });
  return read.ok ? [read.value] : [];
}

function fitsSomeForm({ variants }: IssuerProfile, subject: string): boolean {
  const star = subject.search(/[*?]/);
  const [text, complete] = star < 0 ? [subject, true] : [subject.slice(0, star), false];
  return Object.values(variants).some(
    (variant) =>
      variant.subject.kind === 'templates' &&
      variant.subject.templates.some((form) => readForm(form, text, complete) !== undefined),
  );
}

/** The claims by which `key:value:key:value` goes, those aside that each subject of the profile begins with. */
function keysIn({ variants, mainVariant, profile }: IssuerProfile, subject: string): string[] {
  const table = variants[mainVariant]?.claims ?? {};
  const pieces = subject.split(':');
  const keys = pieces.filter(
    (piece) => specOf(table, piece) !== undefined || piece.startsWith('environment_initializers.'),
  );
  if (keys[0] === undefined || !subject.startsWith(`${keys[0]}:`)) return [];
  const fixed = profile === 'ona-v3' ? ['organization_id', 'project_id', 'environment_id'] : [];
  return [...new Set(keys)].filter((key) => !fixed.includes(key));
}
