/** Registrations: the workloads that may have tokens, and what is known of each. */

import { isDeepStrictEqual } from 'node:util';
import { type Claims } from '../claims/claims.ts';
import { type Problem, type Result, accept, problem, refuse, under } from '../claims/problem.ts';
import { type IssuerProfile, type ProfileName, type Variant } from '../claims/profile.ts';
import { suggest } from '../claims/suggest.ts';
import { remembered } from '../keys/remembered.ts';
import { type RegistrationRow } from '../store/schema.ts';
import { type RegistrationCursor, type Store } from '../store/store.ts';
import { auditChange } from './audit.ts';
import { type AuditEntry } from './audit-entry.ts';
import { createCredential } from './credential.ts';
import { checkFacts, checkFactsOfAny, checkOtherFacts, factTable } from './facts.ts';
import { subjectOf } from './identity.ts';
import { type Organization, findOrganization, factsOf } from './organization.ts';
import { type Outcome, done, refusal } from './outcome.ts';
import { checkWish } from './life.ts';
import { findVariant, offeredProfiles, selectProfile } from './profile.ts';
import { type Issuer, type IssuerSettings } from './settings.ts';
import { type Known } from './shape.ts';

export interface RegistrationRequest {
  readonly organization: string;
  /** Null: the organization's. */
  readonly profile: ProfileName | null;
  /** Null: the main variant of the profile. */
  readonly variant: string | null;
  readonly facts: Claims;
  /** Null: the organization's. */
  readonly tokenLifeSeconds: number | null;
  /** From then on there are no tokens; null: until it is removed. */
  readonly expiresAt: number | null;
}

export interface Registration extends RegistrationRequest {
  readonly id: string;
  readonly issuer: string;
  readonly variant: string;
  readonly createdAt: number;
}

export interface NewRegistration {
  readonly registration: Registration;
  /** `sub` of its tokens, as the organization's configuration is now. */
  readonly subject: string;
  /** Not kept: this is the only time it is seen. */
  readonly credential: string;
}

/** Registers a workload, or says everything that is wrong with the request. */
export async function register(issuer: Issuer, request: RegistrationRequest): Promise<Outcome<NewRegistration>> {
  const prepared = await prepareRegistration(issuer, request);
  if (!prepared.ok) return prepared;
  const { made, row, entry } = prepared.value;
  await auditChange(issuer, entry, (audited) => issuer.store.registrations.insert(row, audited));
  return done(made);
}

export interface PreparedRegistration {
  readonly made: NewRegistration;
  readonly row: RegistrationRow;
  /** What the audit has of it, once it is in the store. */
  readonly entry: AuditEntry;
}

/** A registration that is not in the store yet, or everything that is wrong with the request. */
export async function prepareRegistration(
  issuer: Issuer,
  request: RegistrationRequest,
): Promise<Outcome<PreparedRegistration>> {
  const workload = await readWorkload(issuer, request);
  if (!workload.ok) return refusal('invalid', workload.problems);
  const { id, credential, sha256 } = createCredential(issuer.random);
  const { variant, subject } = workload.value;
  const registration = { ...request, variant, id, issuer: issuer.settings.name, createdAt: issuer.now() };
  const entry = { kind: 'registered', organization: request.organization, registration: id, sub: subject } as const;
  return done({ made: { registration, subject, credential }, row: toRow(registration, sha256), entry });
}

/** Everything that is wrong with what is known of a request. */
export async function checkRegistration(
  issuer: Issuer,
  known: Known<RegistrationRequest>,
): Promise<readonly Problem[]> {
  const workload = await readWorkload(issuer, known);
  return workload.ok ? [] : workload.problems;
}

export async function findRegistration(store: Store, id: string): Promise<Registration | undefined> {
  const row = await store.registrations.find(id);
  return row === undefined ? undefined : fromRow(row);
}

/** The newest first. @param after what the page before ended with */
export async function listRegistrations(
  { settings, store }: Issuer,
  organization: string,
  limit: number,
  after?: RegistrationCursor,
): Promise<readonly Registration[]> {
  return (await store.registrations.list(settings.name, organization, limit, after)).map(fromRow);
}

/** Has its time come? */
export function isExpired({ expiresAt }: Pick<Registration, 'expiresAt'>, now: number): boolean {
  return expiresAt !== null && expiresAt <= now;
}

/** Its credential is worthless from now on; tokens that are out live to their end. False where there is none. */
export async function unregister(issuer: Issuer, registration: Registration): Promise<boolean> {
  const { organization, id } = registration;
  const entry = { kind: 'unregistered', organization, registration: id } as const;
  return auditChange(issuer, entry, (row) => issuer.store.registrations.remove(id, row));
}

interface Workload {
  readonly variant: string;
  readonly subject: string;
}

/** Without any problem where what is known is right, but not enough to say what the workload's tokens are. */
async function readWorkload(issuer: Issuer, known: Known<RegistrationRequest>): Promise<Result<Workload>> {
  const { settings } = issuer;
  const { organization: id, facts: own, tokenLifeSeconds: life, expiresAt } = known;
  const organization = id === undefined ? undefined : await findOrganization(issuer, id);
  const shared = organization?.facts ?? {};
  const facts = own === undefined ? undefined : factsOf({ facts: shared }, own);
  const profile = profileOf(issuer, organization, known.profile);
  const variant = variantOf(issuer, profile, known.variant);
  const name = known.profile ?? (known.profile === null ? organization?.profile : undefined);
  const problems = [
    ...(id === undefined || organization !== undefined ? [] : [noOrganization(id)]),
    ...(profile?.ok === false ? profile.problems : []),
    ...(variant?.ok === false ? variant.problems : []),
    ...under(['facts'], checkShared(own ?? {}, shared)),
    ...under(['facts'], facts === undefined ? [] : checkAllFacts(issuer, facts, variant)),
    ...(life === undefined || life === null ? [] : checkWish(settings, name, organization, life)),
    ...(expiresAt === undefined || expiresAt === null ? [] : checkExpiry(issuer, expiresAt)),
  ];
  if (problems.length > 0 || variant?.ok !== true || facts === undefined) return refuse(...problems);
  const subject = subjectOf(variant.value.variant, facts);
  return subject.ok ? accept({ variant: variant.value.name, subject: subject.value }) : subject;
}

/** A workload of an organization cannot be of another. */
function checkShared(own: Claims, shared: Claims): Problem[] {
  return Object.keys(shared).flatMap((name) =>
    own[name] === undefined || isDeepStrictEqual(own[name], shared[name])
      ? []
      : [
          problem(
            [name],
            `\`${name}\` is ${JSON.stringify(shared[name])} for all of this organization`,
            'leave it out',
          ),
        ],
  );
}

function noOrganization(id: string): Problem {
  return problem(['organization'], `the issuer has no organization ${id}`, 'put it first');
}

/** Undefined where it cannot be told. A profile that the request names itself needs no organization to be checked. */
function profileOf(
  { settings }: Issuer,
  organization: Organization | undefined,
  own: ProfileName | null | undefined,
): Result<IssuerProfile> | undefined {
  if (own === undefined) return undefined;
  if (organization !== undefined) return selectProfile(settings, organization, own);
  return own === null ? undefined : selectProfile(settings, { profile: own, subFields: [] });
}

interface NamedVariant {
  readonly name: string;
  readonly variant: Variant;
}

/** Undefined where it cannot be told. */
function variantOf(
  { settings }: Issuer,
  profile: Result<IssuerProfile> | undefined,
  own: string | null | undefined,
): Result<NamedVariant> | undefined {
  if (own === undefined) return undefined;
  if (profile?.ok !== true) return own === null ? undefined : variantOfAny(settings, own);
  const name = own ?? profile.value.mainVariant;
  const found = findVariant(profile.value, name);
  return found.ok ? accept({ name, variant: found.value }) : found;
}

/** Without the profile it can only be told that none has such a variant. */
function variantOfAny(settings: IssuerSettings, name: string): Result<never> | undefined {
  const names = offeredProfiles(settings).flatMap(({ variants }) => Object.keys(variants));
  if (names.includes(name)) return undefined;
  const hint = suggest(name, [...new Set(names)]);
  return refuse(problem(['variant'], `no profile of the issuer has a variant ${name}`, hint));
}

/** Against the variant, else against all that the issuer offers. */
function checkAllFacts(issuer: Issuer, facts: Claims, variant: Result<NamedVariant> | undefined): Problem[] {
  if (variant?.ok !== true) {
    const variants = offeredProfiles(issuer.settings).flatMap((profile) => Object.values(profile.variants));
    return checkFactsOfAny(facts, variants.map(factTable));
  }
  const { name, variant: found } = variant.value;
  return [...checkFacts(facts, found), ...checkOtherFacts(facts, found, otherTables(issuer, name))];
}

function checkExpiry(issuer: Issuer, expiresAt: number): Problem[] {
  if (expiresAt > issuer.now()) return [];
  return [problem(['expires_at'], 'this time is past', 'it is in seconds since 1970')];
}

/** Facts for other profiles of the issuer are welcome, so that the organization can switch between them. */
function otherTables(issuer: Issuer, variant: string) {
  return offeredProfiles(issuer.settings).flatMap((profile) => {
    const found = findVariant(profile, variant);
    return found.ok ? [factTable(found.value)] : [];
  });
}

/** The same object for as long as it is the same row. */
export const fromRow = remembered((row: RegistrationRow): Registration => {
  return {
    id: row.id,
    issuer: row.issuer,
    organization: row.organization,
    profile: row.profile as ProfileName | null,
    variant: row.variant,
    facts: JSON.parse(row.facts) as Claims,
    tokenLifeSeconds: row.token_life_seconds,
    expiresAt: row.expires_at,
    createdAt: row.created_at,
  };
});

function toRow(registration: Registration, credentialSha256: string): RegistrationRow {
  return {
    id: registration.id,
    issuer: registration.issuer,
    organization: registration.organization,
    profile: registration.profile,
    variant: registration.variant,
    facts: JSON.stringify(registration.facts),
    token_life_seconds: registration.tokenLifeSeconds,
    expires_at: registration.expiresAt,
    credential_sha256: credentialSha256,
    created_at: registration.createdAt,
  };
}
