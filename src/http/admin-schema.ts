/** The bodies of the admin API: parsed once, every problem at once. */

import { z } from 'zod';
import { type Problem, type Result, accept, problem, refuse } from '../claims/problem.ts';
import { PROFILE_NAMES } from '../claims/profile.ts';
import { type TokenConfiguration } from '../issuer/organization.ts';
import { type RegistrationRequest } from '../issuer/registration.ts';
import { ALGORITHMS } from '../keys/algorithms.ts';

/** Names that stand in paths and in the audit. */
const NAME = /^[A-Za-z0-9_.-]{1,100}$/;
const name = z.string().regex(NAME, 'a name has 1 to 100 letters, digits, `_`, `-` and `.`');

/** Less than a minute is over before the relying party's clock agrees. */
const life = z.int().min(60);

const configurationFields = {
  profile: z.enum(PROFILE_NAMES),
  sub_fields: z.array(z.string()).default([]),
  audiences: z.array(z.string()).min(1).nullable().default(null),
  token_life_seconds: life.nullable().default(null),
  algorithm: z.enum(ALGORITHMS).nullable().default(null),
};

const configuration = z.strictObject(configurationFields);

export const organizationId = name;

export const organizationBody = configuration.transform(toConfiguration);

export const previewBody = z
  .strictObject({ organization: name, ...configurationFields })
  .transform(({ organization, ...rest }) => ({ organization, configuration: toConfiguration(rest) }));

export const registrationBody = z
  .strictObject({
    organization: name,
    profile: z.enum(PROFILE_NAMES).nullable().default(null),
    variant: z.string().nullable().default(null),
    facts: z.record(z.string(), z.json()),
    token_life_seconds: life.nullable().default(null),
    expires_at: z.int().nullable().default(null),
  })
  .transform(({ organization, profile, variant, facts, token_life_seconds, expires_at }): RegistrationRequest => ({
    organization,
    profile,
    variant,
    facts,
    tokenLifeSeconds: token_life_seconds,
    expiresAt: expires_at,
  }));

export const auditQuery = z.strictObject({ limit: z.coerce.number().int().min(1).max(1000).default(100) });

function toConfiguration(body: z.infer<typeof configuration>): TokenConfiguration {
  return {
    profile: body.profile,
    subFields: body.sub_fields,
    audiences: body.audiences,
    tokenLifeSeconds: body.token_life_seconds,
    algorithm: body.algorithm,
  };
}

/** Parses a body, or says everything that is wrong with it. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): Result<T> {
  const parsed = schema.safeParse(body);
  return parsed.success ? accept(parsed.data) : refuse(...parsed.error.issues.flatMap(toProblems));
}

/** One problem for each unknown member, where it stands. */
function toProblems(issue: z.core.$ZodIssue): Problem[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  if (issue.code !== 'unrecognized_keys') return [problem(path, issue.message)];
  return issue.keys.map((key) => problem([...path, key], 'there is no such member'));
}
