/** Organizations: the tenants of an issuer, each with its token configuration. */

import { isDeepStrictEqual } from 'node:util';
import { type Problem, type Result, accept, problem, refuse, under } from '../claims/problem.ts';
import { type Claims } from '../claims/claims.ts';
import { type ProfileName } from '../claims/profile.ts';
import { ALGORITHMS, type Algorithm } from '../keys/algorithms.ts';
import { remembered } from '../keys/remembered.ts';
import { type RingSettings } from '../keys/ring.ts';
import { type OrganizationRow } from '../store/schema.ts';
import { checkAudience } from './audience.ts';
import { type AwsSession, checkAwsSession } from './aws-session.ts';
import { auditChange } from './audit.ts';
import { type Outcome, type Refusal, done, refusal } from './outcome.ts';
import { checkFactsOfAny, factTable } from './facts.ts';
import { checkLifeChoice } from './life.ts';
import { checkOrganizationId } from './organization-issuer.ts';
import { checkFieldsOfAny, offeredProfiles, selectProfile } from './profile.ts';
import { type Issuer, type IssuerSettings } from './settings.ts';
import { type Known } from './shape.ts';

/** Which tokens the workloads of an organization get. */
export interface TokenConfiguration {
  readonly profile: ProfileName;
  /** Fields of `sub`, as the profile offers them; empty leaves the profile's own form. */
  readonly subFields: readonly string[];
  /** The audiences that its workloads may ask for; null: any. */
  readonly audiences: readonly string[] | null;
  /** Null: the profile's. */
  readonly tokenLifeSeconds: number | null;
  /** None of its tokens lives longer, whatever a registration says. Null: the profile's. */
  readonly maxTokenLifeSeconds: number | null;
  /** Null: the issuer's. */
  readonly algorithm: Algorithm | null;
  /** Facts that all of its workloads share, such as its id in tokens: none of them can have others. */
  readonly facts: Claims;
  /** AWS's own claims in tokens for AWS; null: none. */
  readonly awsSession: AwsSession | null;
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

/** In the order of their ids. @param after the id that the page before ended with */
export async function listOrganizations(
  { settings, store }: Issuer,
  limit: number,
  after?: string,
): Promise<readonly Organization[]> {
  return (await store.organizations.list(settings.name, limit, after)).map(fromRow);
}

/**
 * Creates or changes an organization. Where it is so already nothing happens: neither a version nor an entry of the audit.
 * @param expected its version as the caller knows it; without one the change applies to whatever is there
 */
export async function putOrganization(
  issuer: Issuer,
  id: string,
  configuration: TokenConfiguration,
  expected?: number,
): Promise<Outcome<Organization>> {
  const problems = [...checkOrganizationId(issuer.settings, id), ...checkConfiguration(issuer, configuration)];
  if (problems.length > 0) return refusal('invalid', problems);
  const before = await findOrganization(issuer, id);
  if (expected !== undefined && expected !== before?.version) return outdated(id, expected, before);
  if (before !== undefined && isSame(before, configuration)) return done(before);
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
  const entry = { kind: 'organization-changed', organization: id, reason: `version ${after.version}` } as const;
  const written = await auditChange(issuer, entry, (row) =>
    before === undefined ? queries.insert(toRow(after), row) : queries.update(before.version, toRow(after), row),
  );
  if (!written)
    return expected === undefined ? changed(id) : outdated(id, expected, await findOrganization(issuer, id));
  return done(after);
}

function isSame(organization: Organization, configuration: TokenConfiguration): boolean {
  return isDeepStrictEqual(toRow({ ...organization, ...configuration }), toRow(organization));
}

/** Somebody else was faster, and the caller had asked for no version. */
function changed(id: string): Refusal {
  return refusal('conflict', [
    problem([], `the organization ${id} was changed by somebody else at the same time`, 'Repeat the change.'),
  ]);
}

function outdated(id: string, expected: number, now: Organization | undefined): Refusal {
  const state = now === undefined ? 'is not there' : `has version ${now.version} now`;
  return refusal('outdated', [
    problem([], `the organization ${id} ${state}, not version ${expected}`, 'Read it again and repeat the change.'),
  ]);
}

/** Everything that is wrong with what is known of a token configuration at this issuer. */
export function checkConfiguration(issuer: Issuer, known: Known<TokenConfiguration>): Problem[] {
  const { settings, ring } = issuer;
  const { profile, subFields = [], algorithm, audiences, facts, awsSession } = known;
  const selected = profile === undefined ? undefined : selectProfile(settings, { profile, subFields });
  const found = algorithm === undefined || algorithm === null ? accept(null) : findAlgorithm(ring.settings, algorithm);
  return [
    ...(selected === undefined ? checkFieldsOfAny(settings, subFields) : problemsOf(selected)),
    ...checkLifeChoice(settings, profile, known),
    ...under(['algorithm'], problemsOf(found)),
    ...(audiences ?? []).flatMap((audience, index) => under(['audiences', index], checkAudience(audience))),
    ...under(['facts'], checkSharedFacts(settings, facts ?? {})),
    ...under(
      ['aws_session'],
      awsSession == null ? [] : checkAwsSession(awsSession, selected?.ok === true ? selected.value : undefined),
    ),
  ];
}

/** They are for every profile that the organization can switch to. */
function checkSharedFacts(settings: IssuerSettings, facts: Claims): Problem[] {
  const variants = offeredProfiles(settings).flatMap((profile) => Object.values(profile.variants));
  return checkFactsOfAny(facts, variants.map(factTable));
}

/** What is known of a workload, with what the organization says of all. */
export function factsOf(organization: Pick<TokenConfiguration, 'facts'>, facts: Claims): Claims {
  return { ...facts, ...organization.facts };
}

function problemsOf(result: Result<unknown>): readonly Problem[] {
  return result.ok ? [] : result.problems;
}

/** The algorithm of that name, where the issuer has keys for it. */
export function findAlgorithm({ algorithms: offered }: RingSettings, name: string): Result<Algorithm> {
  const found = offered.find((algorithm) => algorithm === name);
  if (found !== undefined) return accept(found);
  const has = `it has: ${offered.join(', ')}`;
  const known = ALGORITHMS.some((algorithm) => algorithm === name);
  const hint = known ? `${has}; add it to \`algorithms\` of the issuer` : has;
  return refuse(problem([], `the issuer has no ${name} keys`, hint));
}

/** The same object for as long as it is the same row. */
const fromRow = remembered((row: OrganizationRow): Organization => {
  return {
    issuer: row.issuer,
    id: row.id,
    version: row.version,
    profile: row.profile as ProfileName,
    subFields: JSON.parse(row.sub_fields) as readonly string[],
    audiences: row.audiences === null ? null : (JSON.parse(row.audiences) as readonly string[]),
    tokenLifeSeconds: row.token_life_seconds,
    maxTokenLifeSeconds: row.max_token_life_seconds,
    algorithm: ALGORITHMS.find((known) => known === row.algorithm) ?? null,
    facts: JSON.parse(row.facts) as Claims,
    awsSession: row.aws_session === null ? null : (JSON.parse(row.aws_session) as AwsSession),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
});

function toRow(organization: Organization): OrganizationRow {
  return {
    issuer: organization.issuer,
    id: organization.id,
    version: organization.version,
    profile: organization.profile,
    sub_fields: JSON.stringify(organization.subFields),
    audiences: organization.audiences === null ? null : JSON.stringify(organization.audiences),
    token_life_seconds: organization.tokenLifeSeconds,
    max_token_life_seconds: organization.maxTokenLifeSeconds,
    algorithm: organization.algorithm,
    facts: JSON.stringify(organization.facts),
    aws_session: organization.awsSession === null ? null : JSON.stringify(organization.awsSession),
    created_at: organization.createdAt,
    updated_at: organization.updatedAt,
  };
}
