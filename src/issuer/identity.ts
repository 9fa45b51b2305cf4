/** Who a workload is: what all of its tokens say, whenever they are issued and whoever they are for. */

import { type Claims } from '../claims/claims.ts';
import { type Result, accept, problem, refuse } from '../claims/problem.ts';
import { type IssuerProfile, type ProfileName, type Variant, claimsFromFacts } from '../claims/profile.ts';
import { renderSubject } from '../claims/subject.ts';
import { checkFacts, subjectTable } from './facts.ts';
import { organizationSettings } from './organization-issuer.ts';
import { type Organization, type TokenConfiguration, factsOf } from './organization.ts';
import { findVariant, selectProfile } from './profile.ts';
import { type IssuerSettings } from './settings.ts';

/** What is known of a workload. */
export interface Described {
  /** Null: the organization's. */
  readonly profile: ProfileName | null;
  /** Null: the profile's main variant. */
  readonly variant: string | null;
  readonly facts: Claims;
}

export interface Identity {
  readonly profile: IssuerProfile;
  readonly sub: string;
  /** Those that the facts say, `sub` aside. */
  readonly claims: Claims;
}

/** An organization, or what it may become. */
type Choice = TokenConfiguration & Pick<Organization, 'id'>;

interface Remembered {
  readonly settings: IssuerSettings;
  readonly choice: Choice;
  readonly known: Pick<Described, 'profile' | 'variant'>;
  readonly identity: Result<Identity>;
}

/** By the facts, which are the same object for as long as the store has the same row. */
const REMEMBERED = new WeakMap<Claims, Remembered>();

/**
 * The identity under a token configuration; the same object for as long as nothing of it changes. The facts are checked here
 * too: the organization may have switched to a profile that needs others.
 */
export function identityOf(settings: IssuerSettings, choice: Choice, known: Described): Result<Identity> {
  const { profile, variant, facts } = known;
  const before = REMEMBERED.get(facts);
  if (before?.settings === settings && before.choice === choice) {
    if (before.known.profile === profile && before.known.variant === variant) return before.identity;
  }
  const identity = identify(settings, choice, known);
  REMEMBERED.set(facts, { settings, choice, known: { profile, variant }, identity });
  return identity;
}

function identify(settings: IssuerSettings, choice: Choice, known: Described): Result<Identity> {
  const profile = selectProfile(organizationSettings(settings, choice.id), choice, known.profile);
  if (!profile.ok) return profile;
  const variant = findVariant(profile.value, known.variant ?? profile.value.mainVariant);
  if (!variant.ok) return variant;
  const facts = factsOf(choice, known.facts);
  const problems = checkFacts(facts, variant.value);
  if (problems.length > 0) return refuse(...problems);
  const claims = claimsFromFacts(variant.value, facts);
  const sub = render(variant.value, facts, claims);
  return sub.ok ? accept({ profile: profile.value, sub: sub.value, claims }) : sub;
}

/** `sub` of the workload's tokens. An empty one is nobody's, though a template of optional fields can yield it. */
export function subjectOf(variant: Variant, facts: Claims): Result<string> {
  return render(variant, facts, claimsFromFacts(variant, facts));
}

function render(variant: Variant, facts: Claims, claims: Claims): Result<string> {
  const subject = renderSubject(variant.subject, { ...facts, ...claims }, subjectTable(variant));
  return subject.ok && subject.value === ''
    ? refuse(problem(['sub'], 'the subject would be empty: the workload has none of the fields it is made of'))
    : subject;
}
