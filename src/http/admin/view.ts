/** From what the issuer knows to the answers of the admin API. */

import { type Result, describeProblem } from '../../claims/problem.ts';
import { type AuditRecord } from '../../issuer/audit.ts';
import { type KeyStatus } from '../../issuer/keys.ts';
import { issuerUrlOf } from '../../issuer/organization-issuer.ts';
import { type Organization } from '../../issuer/organization.ts';
import { type PreviewedToken, type SubjectPreview } from '../../issuer/preview.ts';
import { type NewRegistration, type Registration, isExpired } from '../../issuer/registration.ts';
import { type IssuerSettings } from '../../issuer/settings.ts';
import {
  type AuditEntryAnswer,
  type KeysAnswer,
  type NewRegistrationAnswer,
  type OrganizationAnswer,
  type PreviewsAnswer,
  type RegistrationAnswer,
} from './answers.ts';

export function showOrganization(settings: IssuerSettings, organization: Organization): OrganizationAnswer {
  return {
    issuer: organization.issuer,
    id: organization.id,
    issuer_url: issuerUrlOf(settings, organization.id) ?? null,
    version: organization.version,
    profile: organization.profile,
    sub_fields: [...organization.subFields],
    audiences: organization.audiences === null ? null : [...organization.audiences],
    token_life_seconds: organization.tokenLifeSeconds,
    max_token_life_seconds: organization.maxTokenLifeSeconds,
    algorithm: organization.algorithm,
    facts: organization.facts,
    aws_session: showSession(organization.awsSession),
    created_at: organization.createdAt,
    updated_at: organization.updatedAt,
  };
}

function showSession(session: Organization['awsSession']): OrganizationAnswer['aws_session'] {
  if (session === null) return null;
  const { tags, transitive_tag_keys, source_identity, roles } = session;
  return {
    tags,
    transitive_tag_keys: [...transitive_tag_keys],
    source_identity,
    roles: roles === null ? null : [...roles],
  };
}

/** @param now seconds since 1970 */
export function showRegistration(registration: Registration, now: number): RegistrationAnswer {
  return {
    id: registration.id,
    issuer: registration.issuer,
    organization: registration.organization,
    state: isExpired(registration, now) ? 'expired' : 'active',
    profile: registration.profile,
    variant: registration.variant,
    facts: registration.facts,
    token_life_seconds: registration.tokenLifeSeconds,
    expires_at: registration.expiresAt,
    created_at: registration.createdAt,
  };
}

export function showNewRegistration(made: NewRegistration, now: number): NewRegistrationAnswer {
  const { registration, subject, credential } = made;
  return { ...showRegistration(registration, now), subject, credential };
}

export function showKeys(keys: readonly KeyStatus[]): KeysAnswer {
  return {
    keys: keys.map((key) => ({
      kid: key.kid,
      algorithm: key.algorithm,
      state: key.state,
      created_at: key.createdAt,
      published_at: key.publishedAt,
      active_at: key.activeAt,
      retiring_at: key.retiringAt,
      removed_at: key.removedAt,
      public_jwk: { ...key.publicJwk },
    })),
  };
}

export function showEntry(record: AuditRecord): AuditEntryAnswer {
  return {
    id: record.id,
    time: record.time,
    kind: record.kind,
    issuer: record.issuer,
    actor: record.actor,
    organization: record.organization,
    registration: record.registration,
    upstream: record.upstream,
    jti: record.jti,
    kid: record.kid,
    sub: record.sub,
    aud: record.aud,
    token_sha256: record.token_sha256,
    reason: record.reason,
  };
}

export function showPreviews(previews: readonly SubjectPreview[]): PreviewsAnswer {
  return {
    subjects: previews.map(({ registration, before, after }) => ({
      registration,
      before: showToken(before),
      after: showToken(after),
      changes: !before.ok || !after.ok || before.value.iss !== after.value.iss || before.value.sub !== after.value.sub,
    })),
  };
}

function showToken(token: Result<PreviewedToken>) {
  if (!token.ok) return { problems: token.problems.map(describeProblem) };
  const { iss, sub, lifeSeconds } = token.value;
  return { iss, sub, token_life_seconds: lifeSeconds };
}
