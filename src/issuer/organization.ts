/** Organizations: the tenants of an issuer, each with its token configuration. */

import { type Problem, problem, under } from '../claims/problem.ts';
import { type ProfileName } from '../claims/profile.ts';
import { ALGORITHMS, type Algorithm } from '../keys/algorithms.ts';
import { type OrganizationRow } from '../store/schema.ts';
import { checkAudience } from './audience.ts';
import { audit } from './audit.ts';
import { type Outcome, done, missing, refusal } from './outcome.ts';
import { selectProfile } from './profile.ts';
import { type Issuer } from './settings.ts';

/** Which tokens the workloads of an organization get. */
export interface TokenConfiguration {
  readonly profile: ProfileName;
  /** Fields of `sub`, as the profile offers them; empty leaves the profile's own form. */
  readonly subFields: readonly string[];
  /** The audiences that its workloads may ask for; null: any. */
  readonly audiences: readonly string[] | null;
  /** Null: the profile's. */
  readonly tokenLifeSeconds: number | null;
  /** Null: the issuer's. */
  readonly algorithm: Algorithm | null;
}

export interface Organization extends TokenConfiguration {
  readonly issuer: string;
  readonly id: string;
  /** Counts its changes, from 1. */
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export async function findOrganization(issuer: Issuer, id: string): Promise<Organization | undefined> {
  const row = await issuer.store.organizations.find(issuer.settings.name, id);
  return row === undefined ? undefined : fromRow(row);
}

/**
 * Creates or changes an organization.
 * @param expected its version as the caller knows it; without one the change applies to whatever is there
 */
export async function putOrganization(
  issuer: Issuer,
  id: string,
  configuration: TokenConfiguration,
  expected?: number,
): Promise<Outcome<Organization>> {
  const problems = checkConfiguration(issuer, configuration);
  if (problems.length > 0) return refusal('invalid', problems);
  const before = await findOrganization(issuer, id);
  if (before === undefined && expected !== undefined) return missing('organization', id);
  if (before !== undefined && expected !== undefined && expected !== before.version) return changed(id, before.version);
  const now = issuer.now();
  const after: Organization = {
    ...configuration,
    issuer: issuer.settings.name,
    id,
    version: (before?.version ?? 0) + 1,
    createdAt: before?.createdAt ?? now,
    updatedAt: now,
  };
  const queries = issuer.store.organizations;
  const written =
    before === undefined ? await queries.insert(toRow(after)) : await queries.update(before.version, toRow(after));
  if (!written) return changed(id, undefined);
  await audit(issuer, { kind: 'organization-changed', organization: id, reason: `version ${after.version}` });
  return done(after);
}

function changed(id: string, version: number | undefined) {
  const now = version === undefined ? '' : `, it has version ${version} now`;
  return refusal('conflict', [
    problem([], `the organization ${id} was changed by somebody else${now}`, 'Read it again and repeat the change.'),
  ]);
}

/** Everything that is wrong with a token configuration at this issuer. */
export function checkConfiguration(issuer: Issuer, configuration: TokenConfiguration): Problem[] {
  const { tokenLifeSeconds: life, algorithm, audiences } = configuration;
  const selected = selectProfile(issuer.settings, configuration);
  const problems = selected.ok ? [] : [...selected.problems];
  if (selected.ok && life !== null && life > selected.value.life.max) {
    problems.push(
      problem(
        ['token_life_seconds'],
        `${configuration.profile} tokens live at most ${selected.value.life.max} seconds`,
      ),
    );
  }
  const offered = issuer.ring.settings.algorithms;
  if (algorithm !== null && !offered.includes(algorithm)) {
    problems.push(
      problem(
        ['algorithm'],
        `the issuer has no ${algorithm} keys`,
        `it has: ${offered.join(', ')}; add it to \`algorithms\` of the issuer`,
      ),
    );
  }
  return [
    ...problems,
    ...(audiences ?? []).flatMap((audience, index) => under(['audiences', index], checkAudience(audience))),
  ];
}

function fromRow(row: OrganizationRow): Organization {
  return {
    issuer: row.issuer,
    id: row.id,
    version: row.version,
    profile: row.profile as ProfileName,
    subFields: JSON.parse(row.sub_fields) as readonly string[],
    audiences: row.audiences === null ? null : (JSON.parse(row.audiences) as readonly string[]),
    tokenLifeSeconds: row.token_life_seconds,
    algorithm: ALGORITHMS.find((known) => known === row.algorithm) ?? null,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function toRow(organization: Organization): OrganizationRow {
  return {
    issuer: organization.issuer,
    id: organization.id,
    version: organization.version,
    profile: organization.profile,
    sub_fields: JSON.stringify(organization.subFields),
    audiences: organization.audiences === null ? null : JSON.stringify(organization.audiences),
    token_life_seconds: organization.tokenLifeSeconds,
    algorithm: organization.algorithm,
    created_at: organization.createdAt,
    updated_at: organization.updatedAt,
  };
}
