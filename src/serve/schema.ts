/** The shape of the configuration as people write it. */

import { z } from 'zod';
import { type Problem, problem } from '../claims/problem.ts';
import { PROFILE_NAMES } from '../claims/profile.ts';
import { suggest } from '../claims/suggest.ts';
import { ALGORITHMS } from '../keys/algorithms.ts';

/** Neither `:` nor `*`, which the router would read as parameters. */
export const URL_PATH = /^(?:\/[A-Za-z0-9._~-]+)+$/;

const file = z.string().min(1, 'a path is not empty');
const tls = z.strictObject({ cert_file: file, key_file: file });
const listener = { host: z.string().min(1).default('127.0.0.1'), port: z.int().min(0).max(65535), tls: tls.optional() };

const issuer = z.strictObject({
  url: z.string(),
  profiles: z
    .array(z.strictObject({ profile: z.enum(PROFILE_NAMES), iss: z.string().optional() }))
    .nonempty('an issuer offers at least one profile'),
  jwks_paths: z
    .array(z.string().regex(URL_PATH, 'a path on the host, such as /-/jwks'))
    .nonempty('keys are served at one path at least')
    .optional(),
  algorithm: z.enum(ALGORITHMS).default('RS256'),
  /** What organizations may choose; the usual one is always among them. */
  algorithms: z.array(z.enum(ALGORITHMS)).default([]),
  kid: z
    .string()
    .regex(
      /^(?:thumbprint|[A-Za-z0-9._-]*\{n\}[A-Za-z0-9._-]*)$/,
      'kid is `thumbprint`, or has {n} for the count, as in k{n}',
    )
    .default('thumbprint'),
});

export const configSchema = z.strictObject({
  listen: z.strictObject(listener),
  admin: z.strictObject({
    ...listener,
    token_sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'the SHA-256 of the token: 64 hexadecimal digits, lower case')
      .optional(),
    token_file: file.optional(),
  }),
  store: z.strictObject({ sqlite: file }),
  sealing_secret_file: file,
  keys: z
    .strictObject({ cache_seconds: z.int().min(0).default(300), publish_seconds: z.int().min(0).default(900) })
    .prefault({}),
  issuers: z.record(z.string().regex(/^[a-z][a-z0-9-]{0,49}$/, 'a name has small letters, digits and `-`'), issuer),
});

export type ConfigDocument = z.infer<typeof configSchema>;
export type IssuerDocument = z.infer<typeof issuer>;

/** One problem for each unknown key, where it stands, instead of one for all of them where they are missing. */
export function schemaProblems(error: z.ZodError): Problem[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.filter((step) => typeof step !== 'symbol');
    if (issue.code !== 'unrecognized_keys') return [problem(path, issue.message)];
    return issue.keys.map((key) => problem([...path, key], 'there is no such setting', suggest(key, settingsAt(path))));
  });
}

/** The settings that there are at a place; list items and the issuers' names stand for any. */
function settingsAt(path: readonly (string | number)[]): string[] {
  let at: unknown = configSchema;
  for (const step of path) at = inner(unwrap(at), step);
  const found = unwrap(at);
  return found instanceof z.ZodObject ? Object.keys(found.shape) : [];
}

function inner(at: unknown, step: string | number): unknown {
  if (at instanceof z.ZodObject) return (at.shape as Record<string, unknown>)[String(step)];
  if (at instanceof z.ZodRecord) return at.valueType;
  return at instanceof z.ZodArray ? at.element : undefined;
}

function unwrap(at: unknown): unknown {
  if (at instanceof z.ZodOptional || at instanceof z.ZodDefault || at instanceof z.ZodPrefault)
    return unwrap(at.unwrap());
  return at;
}
