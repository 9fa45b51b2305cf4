/** What becomes of `sub` under another token configuration, before trust that rests on it breaks. */

import { type Result, refuse } from '../claims/problem.ts';
import { checkFacts } from './facts.ts';
import { subjectOf } from './mint.ts';
import { type TokenConfiguration, checkConfiguration, factsOf, findOrganization } from './organization.ts';
import { type Outcome, done, missing, refusal } from './outcome.ts';
import { selectProfile } from './profile.ts';
import { type Registration, findVariant, fromRow } from './registration.ts';
import { type Issuer } from './settings.ts';

export interface SubjectPreview {
  readonly registration: string;
  /** `sub` as it is now, or why there is none. */
  readonly before: Result<string>;
  readonly after: Result<string>;
}

/** A preview is for a person to read. */
const PREVIEWED = 100;

/** `sub` of the organization's newest registrations, now and under the other configuration. */
export async function previewSubjects(
  issuer: Issuer,
  id: string,
  configuration: TokenConfiguration,
): Promise<Outcome<readonly SubjectPreview[]>> {
  const organization = await findOrganization(issuer, id);
  if (organization === undefined) return missing('organization', id);
  const problems = checkConfiguration(issuer, configuration);
  if (problems.length > 0) return refusal('invalid', problems);
  const rows = await issuer.store.registrations.list(issuer.settings.name, id, PREVIEWED);
  return done(
    rows.map(fromRow).map((registration) => ({
      registration: registration.id,
      before: subjectUnder(issuer, organization, registration),
      after: subjectUnder(issuer, configuration, registration),
    })),
  );
}

function subjectUnder(issuer: Issuer, choice: TokenConfiguration, registration: Registration): Result<string> {
  const profile = selectProfile(issuer.settings, choice, registration.profile);
  if (!profile.ok) return profile;
  const variant = findVariant(profile.value, registration.variant);
  if (!variant.ok) return variant;
  const facts = factsOf(choice, registration.facts);
  const problems = checkFacts(facts, variant.value);
  return problems.length > 0 ? refuse(...problems) : subjectOf(variant.value, facts);
}
