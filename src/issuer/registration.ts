/** Registrations: the workloads that may have tokens, and what is known of each. */

import { type Claims } from '../claims/claims.ts';
import { type Problem, type Result, accept, problem, refuse, under } from '../claims/problem.ts';
import { type IssuerProfile, type ProfileName, type Variant } from '../claims/profile.ts';
import { suggest } from '../claims/suggest.ts';
import { type RegistrationRow } from '../store/schema.ts';
import { type Store } from '../store/store.ts';
import { audit } from './audit.ts';
import { createCredential } from './credential.ts';
import { checkFacts, checkOtherFacts, factTable } from './facts.ts';
import { subjectOf } from './mint.ts';
import { type Organization, findOrganization } from './organization.ts';
import { type Outcome, done, refusal } from './outcome.ts';
import { offeredProfiles, selectProfile } from './profile.ts';
import { type Issuer } from './settings.ts';

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
  const organization = await findOrganization(issuer, request.organization);
  if (organization === undefined) {
    return refusal('invalid', [
      problem(['organization'], `the issuer has no organization ${request.organization}`, 'put it first'),
    ]);
  }
  const checked = checkRequest(issuer, organization, request);
  if (!checked.ok) return refusal('invalid', checked.problems);
  const { id, credential, sha256 } = createCredential(issuer.random);
  const { variant, subject } = checked.value;
  const registration = { ...request, variant, id, issuer: issuer.settings.name, createdAt: issuer.now() };
  await issuer.store.registrations.insert(toRow(registration, sha256));
  await audit(issuer, { kind: 'registered', organization: organization.id, registration: id, sub: subject });
  return done({ registration, subject, credential });
}

export async function findRegistration(store: Store, id: string): Promise<Registration | undefined> {
  const row = await store.registrations.find(id);
  return row === undefined ? undefined : fromRow(row);
}

/** Its credential is worthless from now on; tokens that are out live to their end. False where there is none. */
export async function unregister(issuer: Issuer, registration: Registration): Promise<boolean> {
  const removed = await issuer.store.registrations.remove(registration.id);
  const { organization, id } = registration;
  if (removed) await audit(issuer, { kind: 'unregistered', organization, registration: id });
  return removed;
}

function checkRequest(
  issuer: Issuer,
  organization: Organization,
  request: RegistrationRequest,
): Result<{ readonly variant: string; readonly subject: string }> {
  const times = checkTimes(issuer, request);
  const profile = selectProfile(issuer.settings, organization, request.profile);
  if (!profile.ok) return refuse(...profile.problems, ...times);
  const { tokenLifeSeconds: life } = request;
  if (life !== null && life > profile.value.life.max) {
    const max = `${profile.value.profile} tokens live at most ${profile.value.life.max} seconds`;
    times.push(problem(['token_life_seconds'], max));
  }
  const name = request.variant ?? profile.value.mainVariant;
  const variant = findVariant(profile.value, name);
  if (!variant.ok) return refuse(...variant.problems, ...times);
  const facts = [
    ...checkFacts(request.facts, variant.value),
    ...checkOtherFacts(request.facts, variant.value, otherTables(issuer, name)),
  ];
  const problems = [...under(['facts'], facts), ...times];
  if (problems.length > 0) return refuse(...problems);
  const subject = subjectOf(variant.value, request.facts);
  return subject.ok ? accept({ variant: name, subject: subject.value }) : subject;
}

function checkTimes(issuer: Issuer, { expiresAt }: RegistrationRequest): Problem[] {
  if (expiresAt === null || expiresAt > issuer.now()) return [];
  return [problem(['expires_at'], 'this time is past', 'it is in seconds since 1970')];
}

export function findVariant(profile: IssuerProfile, name: string): Result<Variant> {
  const variant = Object.hasOwn(profile.variants, name) ? profile.variants[name] : undefined;
  if (variant !== undefined) return accept(variant);
  const hint = suggest(name, Object.keys(profile.variants));
  return refuse(problem(['variant'], `${profile.profile} has no variant ${name}`, hint));
}

/** Facts for other profiles of the issuer are welcome, so that the organization can switch between them. */
function otherTables(issuer: Issuer, variant: string) {
  return offeredProfiles(issuer.settings).flatMap((profile) => {
    const found = findVariant(profile, variant);
    return found.ok ? [factTable(found.value)] : [];
  });
}

export function fromRow(row: RegistrationRow): Registration {
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
}

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
