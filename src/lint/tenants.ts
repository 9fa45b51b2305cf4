/** How far sets of tokens reach: one tenant, or one workload, is a class of tokens, and a policy that pins some names few classes. */

import { type ClaimSpec } from '../claims/claim.ts';
import { type IssuerProfile, type Variant } from '../claims/profile.ts';
import { type SubjectTemplate } from '../claims/subject.ts';
import { ANY_TEXT, type Language, choice, sequence, text } from '../trust/language/regular.ts';
import { type Witness } from '../trust/tokens/solve.ts';
import { type TokenSet, any, claimIn } from '../trust/tokens/token-set.ts';

/** `organization`: of one tenant. `workload`: of one thing inside a tenant. `immutable`: of one tenant, by what nobody else can get. */
export type Level = 'organization' | 'workload' | 'immutable';

/** A claim by which tokens are told apart at a level. */
export interface Marker {
  /** Name, or JSON pointer. */
  readonly claim: string;
  /** The values that belong with this one. */
  readonly classOf: (value: string) => Language;
}

/** One enterprise is one tenant, whoever owns the repository; a reusable workflow that is named is one piece of code. */
const FURTHER: Readonly<Record<Level, readonly string[]>> = {
  organization: ['enterprise', 'enterprise_id'],
  workload: ['job_workflow_ref'],
  immutable: ['enterprise_id'],
};

const REACHES: Readonly<Record<Level, readonly (string | undefined)[]>> = {
  organization: ['organization', 'workload'],
  workload: ['workload', 'person'],
  immutable: ['organization', 'workload'],
};

/** The claims of the profiles' tokens that tell tenants, or workloads, apart. */
export function markersOf(profiles: readonly IssuerProfile[], level: Level): readonly Marker[] {
  const variants = profiles.flatMap((profile) => Object.values(profile.variants));
  const claims = variants.flatMap((variant) =>
    Object.entries<ClaimSpec>(variant.claims).flatMap(([claim, spec]): Marker[] => {
      const counts = REACHES[level].includes(spec.reach) && (level !== 'immutable' || spec.immutable);
      if (!counts && !FURTHER[level].includes(claim)) return [];
      return [{ claim: spec.pointer ?? claim, classOf: (value) => classOf(claim, spec, level, value) }];
    }),
  );
  return [...new Map(claims.map((marker) => [marker.claim, marker])).values()];
}

/** GitLab's namespaces lie in one another: the first segment is whose they are. */
const SEGMENTS: Readonly<Record<string, number>> = { namespace_path: 1 };

function classOf(claim: string, spec: ClaimSpec, level: Level, value: string): Language {
  const owner = spec.organizationSegments ?? SEGMENTS[claim];
  if (owner === undefined) return text(value);
  const segments = value.split('/');
  const count = level === 'workload' ? owner + 1 : owner;
  if (segments.length <= count && level === 'workload') return text(value);
  return below(segments.slice(0, count).join('/'), '/');
}

const below = (prefix: string, separator: string): Language =>
  choice(text(prefix), sequence(text(`${prefix}${separator}`), ANY_TEXT));

/** The tokens that are of the same tenant, or workload, as the witness. */
export function sameAs(markers: readonly Marker[], profiles: readonly IssuerProfile[], witness: Witness): TokenSet {
  const { claims, values } = witness;
  const marked = markers.flatMap(({ claim, classOf: own }): TokenSet[] => {
    const value = valueAt(claims, claim);
    return typeof value === 'string' ? [claimIn(claim, own(value))] : [];
  });
  return any(...marked, ...hiddenIn(profiles, witness.variant, values));
}

export function valueAt(claims: Readonly<Record<string, unknown>>, claim: string): unknown {
  if (!claim.startsWith('/')) return Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  return claim
    .split('/')
    .slice(1)
    .reduce<unknown>(
      (at, step) =>
        typeof at === 'object' && at !== null ? (at as Readonly<Record<string, unknown>>)[step] : undefined,
      claims,
    );
}

/** Parts of `sub` that are no claims, such as the project in Ona's V2 tokens: a subject that has the same there. */
function hiddenIn(profiles: readonly IssuerProfile[], variant: string, values: Witness['values']): TokenSet[] {
  return profiles.flatMap((profile) => {
    const found = profile.variants[variant];
    const hidden = Object.keys(found?.facts ?? {}).filter((fact) => found?.claims[fact] === undefined);
    return hidden.flatMap((fact) => {
      const value = values.get(fact);
      return typeof value === 'string' ? templatesOf(found).flatMap((form) => subjectWith(form, fact, value)) : [];
    });
  });
}

const templatesOf = (variant: Variant | undefined): readonly SubjectTemplate[] =>
  variant?.subject.kind === 'templates' ? variant.subject.templates : [];

function subjectWith({ parts }: SubjectTemplate, fact: string, value: string): TokenSet[] {
  if (!parts.some((part) => 'claim' in part && part.claim === fact)) return [];
  const written = parts.map((part) =>
    'literal' in part ? text(part.literal) : part.claim === fact ? text(value) : ANY_TEXT,
  );
  return [claimIn('sub', sequence(...written))];
}

/** Segments of a subject of an unknown issuer that name a tenant, and a workload: `organization:acme`, and something below. */
const UNKNOWN_SEGMENTS: Readonly<Record<Level, number>> = { organization: 2, workload: 3, immutable: 2 };

/** Claims of an issuer of which nothing is known: a text up to its second separator is taken for the tenant. */
export function unknownMarkers(claims: readonly string[], level: Level): readonly Marker[] {
  return claims.map((claim) => ({ claim, classOf: (value) => unknownClass(value, UNKNOWN_SEGMENTS[level]) }));
}

function unknownClass(value: string, count: number): Language {
  const separators = [...value.matchAll(/[:/|]+/g)];
  const last = separators[count - 1];
  if (last === undefined) return text(value);
  return sequence(text(value.slice(0, last.index + last[0].length)), ANY_TEXT);
}

/**
 * The tokens of a tenant, by any claim that has its name or its id. Digits alone are an id where the issuer has such ids: somebody else
 * may have them for a name.
 */
export function tokensOfTenant(profiles: readonly IssuerProfile[], tenant: string): TokenSet {
  const claims = profiles
    .flatMap(({ variants }) => Object.values(variants))
    .flatMap((variant) => Object.entries<ClaimSpec>(variant.claims))
    .filter(([claim, spec]) => namesTenant(claim, spec));
  const ids = claims.filter(([, { immutable, alphabet }]) => immutable && alphabet === 'digits');
  const telling = /^[0-9]+$/.test(tenant) && ids.length > 0 ? ids : claims;
  return any(
    ...telling.map(([claim, spec]) => claimIn(spec.pointer ?? claim, classOf(claim, spec, 'organization', tenant))),
  );
}

const namesTenant = (claim: string, { reach, organizationSegments }: ClaimSpec): boolean =>
  reach === 'organization' || organizationSegments !== undefined || FURTHER.organization.includes(claim);

/** The same of an issuer of which nothing is known: a claim begins with the tenant as it is written, such as `organization:acme`. */
export function tokensBeginning(claims: readonly string[], tenant: string): TokenSet {
  const behind = [':', '/', '|'].map((separator) => sequence(text(`${tenant}${separator}`), ANY_TEXT));
  return any(...claims.map((claim) => claimIn(claim, choice(text(tenant), ...behind))));
}
