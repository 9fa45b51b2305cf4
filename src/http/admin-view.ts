/** What the admin API shows: the words of the configuration, times in seconds since 1970, and never a secret. */

import { type Result, describeProblem } from '../claims/problem.ts';
import { type AuditRecord } from '../issuer/audit.ts';
import { type KeyStatus } from '../issuer/keys.ts';
import { type Organization } from '../issuer/organization.ts';
import { type SubjectPreview } from '../issuer/preview.ts';
import { type Registration } from '../issuer/registration.ts';

export function showOrganization(organization: Organization) {
  return {
    issuer: organization.issuer,
    id: organization.id,
    version: organization.version,
    profile: organization.profile,
    sub_fields: organization.subFields,
    audiences: organization.audiences,
    token_life_seconds: organization.tokenLifeSeconds,
    algorithm: organization.algorithm,
    created_at: organization.createdAt,
    updated_at: organization.updatedAt,
  };
}

export function showRegistration(registration: Registration) {
  return {
    id: registration.id,
    issuer: registration.issuer,
    organization: registration.organization,
    profile: registration.profile,
    variant: registration.variant,
    facts: registration.facts,
    token_life_seconds: registration.tokenLifeSeconds,
    expires_at: registration.expiresAt,
    created_at: registration.createdAt,
  };
}

export function showKeys(keys: readonly KeyStatus[]) {
  return {
    keys: keys.map((key) => ({
      kid: key.kid,
      algorithm: key.algorithm,
      state: key.state,
      created_at: key.createdAt,
      active_at: key.activeAt,
      retiring_at: key.retiringAt,
      removed_at: key.removedAt,
      public_jwk: key.publicJwk,
    })),
  };
}

export function showAudit(entries: readonly AuditRecord[]) {
  return { entries };
}

export function showPreviews(previews: readonly SubjectPreview[]) {
  return {
    subjects: previews.map(({ registration, before, after }) => ({
      registration,
      before: showSubject(before),
      after: showSubject(after),
      changes: !before.ok || !after.ok || before.value !== after.value,
    })),
  };
}

function showSubject(subject: Result<string>) {
  return subject.ok ? { sub: subject.value } : { problems: subject.problems.map(describeProblem) };
}
