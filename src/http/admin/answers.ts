/** What the admin API answers: the words of the configuration, times in seconds since 1970, and never a secret. */

import { z } from 'zod';
import { PROFILE_NAMES } from '../../claims/profile.ts';
import { AUDIT_KINDS } from '../../issuer/audit-entry.ts';
import { ALGORITHMS } from '../../keys/algorithms.ts';
import { KEY_STATES } from '../../keys/record.ts';

/** Those that have a name in the OpenAPI document. */
export const ANSWERS = z.registry<{ id: string }>();

const time = z.int().meta({ description: 'Seconds since 1970.' });
const kept = z.string().nullable();
const next = z.string().nullable().meta({ description: 'The `cursor` of the next page; null at the end.' });

export const organization = z
  .object({
    issuer: z.string(),
    id: z.string(),
    issuer_url: z.string().nullable().meta({
      description:
        '`iss` of its tokens where that is a URL. Null where the issuer has `per_organization`, and the id cannot stand in a URL.',
    }),
    version: z.int().meta({ description: 'Counts its changes, from 1; also the ETag.' }),
    profile: z.enum(PROFILE_NAMES),
    sub_fields: z.array(z.string()),
    audiences: z.array(z.string()).nullable(),
    token_life_seconds: z.int().nullable(),
    max_token_life_seconds: z.int().nullable(),
    algorithm: z.enum(ALGORITHMS).nullable(),
    facts: z.record(z.string(), z.unknown()),
    aws_session: z
      .object({
        tags: z.record(z.string(), z.string()),
        transitive_tag_keys: z.array(z.string()),
        source_identity: z.string().nullable(),
        roles: z.array(z.string()).nullable(),
      })
      .nullable(),
    created_at: time,
    updated_at: time,
  })
  .register(ANSWERS, { id: 'Organization' });

export const organizations = z
  .object({ organizations: z.array(organization), next })
  .register(ANSWERS, { id: 'Organizations' });

const registrationMembers = {
  id: z.string(),
  issuer: z.string(),
  organization: z.string(),
  state: z.enum(['active', 'expired']).meta({ description: 'An expired one gets no more tokens.' }),
  profile: z.enum(PROFILE_NAMES).nullable(),
  variant: z.string(),
  facts: z.record(z.string(), z.unknown()),
  token_life_seconds: z.int().nullable(),
  expires_at: time.nullable(),
  created_at: time,
};

export const registration = z.object(registrationMembers).register(ANSWERS, { id: 'Registration' });

export const newRegistration = z
  .object({
    ...registrationMembers,
    subject: z.string().meta({ description: '`sub` of its tokens, as the organization is configured now.' }),
    credential: z.string().meta({ description: 'Shown this once, and kept as a hash.' }),
  })
  .register(ANSWERS, { id: 'NewRegistration' });

export const registrations = z
  .object({ registrations: z.array(registration), next })
  .register(ANSWERS, { id: 'Registrations' });

const key = z
  .object({
    kid: z.string(),
    algorithm: z.enum(ALGORITHMS),
    state: z.enum(KEY_STATES),
    created_at: time,
    published_at: time.nullable(),
    active_at: time.nullable(),
    retiring_at: time.nullable(),
    removed_at: time.nullable(),
    public_jwk: z.record(z.string(), z.unknown()).meta({ description: 'RFC 7517.' }),
  })
  .register(ANSWERS, { id: 'Key' });

export const keys = z.object({ keys: z.array(key) }).register(ANSWERS, { id: 'Keys' });

export const resealed = z.object({ resealed: z.array(z.string()) }).register(ANSWERS, { id: 'Resealed' });

const entry = z
  .object({
    id: z.int(),
    time,
    kind: z.enum(AUDIT_KINDS),
    issuer: z.string(),
    actor: kept.meta({
      description: 'Who changed something: `token`, or the name of an issuer and `sub`. Null for tokens of workloads.',
    }),
    organization: kept,
    registration: kept,
    upstream: kept,
    jti: kept,
    kid: kept,
    sub: kept,
    aud: z.array(z.string()).nullable(),
    token_sha256: kept,
    reason: kept,
  })
  .register(ANSWERS, { id: 'AuditEntry' });

export const audit = z.object({ entries: z.array(entry), next }).register(ANSWERS, { id: 'Audit' });

const subject = z.union([
  z.object({
    iss: z.string(),
    sub: z.string(),
    token_life_seconds: z.int().meta({ description: 'How long its tokens live, within every bound.' }),
  }),
  z.object({ problems: z.array(z.string()) }),
]);

export const previews = z
  .object({
    subjects: z.array(
      z.object({
        registration: z.string(),
        before: subject,
        after: subject,
        changes: z.boolean().meta({ description: 'Whether `iss` or `sub` does, on which trust rests.' }),
      }),
    ),
  })
  .register(ANSWERS, { id: 'SubjectPreviews' });

/** RFC 9457. */
export const problem = z
  .object({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z
      .array(
        z.object({
          pointer: z.string().optional().meta({ description: 'Where in the body: a JSON pointer in a fragment.' }),
          detail: z.string(),
          hint: z.string().optional(),
        }),
      )
      .optional(),
  })
  .register(ANSWERS, { id: 'Problem' });

/** Whatever it is, it is a JSON object: the OpenAPI document itself. */
export const document = z.looseObject({ openapi: z.string() }).register(ANSWERS, { id: 'OpenApi' });

export type OrganizationAnswer = z.infer<typeof organization>;
export type RegistrationAnswer = z.infer<typeof registration>;
export type NewRegistrationAnswer = z.infer<typeof newRegistration>;
export type KeysAnswer = z.infer<typeof keys>;
export type AuditEntryAnswer = z.infer<typeof entry>;
export type PreviewsAnswer = z.infer<typeof previews>;
