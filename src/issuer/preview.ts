/** What becomes of tokens, and above all of `sub`, under another token configuration, before trust that rests on it breaks. */

import { type Result, accept } from '../claims/problem.ts';
import { identityOf } from './identity.ts';
import { tokenLife } from './life.ts';
import { type Organization, type TokenConfiguration, checkConfiguration, findOrganization } from './organization.ts';
import { type Outcome, done, missing, refusal } from './outcome.ts';
import { type Registration, fromRow } from './registration.ts';
import { type Issuer, type IssuerSettings } from './settings.ts';

export interface PreviewedToken {
  readonly iss: string;
  readonly sub: string;
  readonly lifeSeconds: number;
}

export interface SubjectPreview {
  readonly registration: string;
  /** As its tokens are now, or why there are none. */
  readonly before: Result<PreviewedToken>;
  readonly after: Result<PreviewedToken>;
}

/** A preview is for a person to read. */
const PREVIEWED = 100;

/** Tokens of the organization's newest registrations, now and under the other configuration. */
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
  const { settings } = issuer;
  return done(
    rows.map(fromRow).map((registration) => ({
      registration: registration.id,
      before: tokenUnder(settings, organization, registration),
      after: tokenUnder(settings, { ...configuration, id }, registration),
    })),
  );
}

function tokenUnder(
  settings: IssuerSettings,
  choice: TokenConfiguration & Pick<Organization, 'id'>,
  registration: Registration,
): Result<PreviewedToken> {
  const identity = identityOf(settings, choice, registration);
  if (!identity.ok) return identity;
  const { profile, sub } = identity.value;
  return accept({ iss: profile.issuer, sub, lifeSeconds: tokenLife(profile, choice, registration.tokenLifeSeconds) });
}
