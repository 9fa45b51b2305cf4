/** The shape of `access.yaml`: one source for the checks, the types and the JSON Schema that editors complete from. */

import { z } from 'zod';
import { ALGORITHMS } from '../claims/issuer.ts';
import { PROFILE_NAMES } from '../claims/profile.ts';

/** Names become IAM role names and Vault role names, which Vault lowercases. */
const entryName = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, {
  error: 'a name has lower-case letters, digits and hyphens, begins with a letter and has at most 63 characters',
});

const DURATION = /^([1-9][0-9]*)(s|m|h|d)$/;
const SECONDS = { s: 1, m: 60, h: 3600, d: 86400 } as const;

const A_DURATION = 'a duration is a whole number and a unit: 60s, 15m, 1h, 7d';

const duration = z
  .string({ error: A_DURATION })
  .regex(DURATION, { error: A_DURATION })
  .meta({ description: 'A duration: a whole number and a unit (s, m, h, d).' });

/** `15m` in seconds. */
export function durationSeconds(text: string): number {
  const [, amount = '0', unit = 's'] = DURATION.exec(text) ?? [];
  return Number(amount) * SECONDS[unit as keyof typeof SECONDS];
}

const oneOrMore = <T extends z.ZodType>(item: T) => z.union([item, z.array(item).min(1)]);

const text = z.string({
  error: ({ input }) =>
    typeof input === 'number' || typeof input === 'boolean'
      ? `claims are strings: write "${input}" in quotes`
      : 'a string is wanted here',
});

const bound = z
  .union([
    oneOrMore(text),
    z.strictObject({ like: oneOrMore(text).meta({ description: '`*` stands for any run of characters.' }) }),
  ])
  .meta({ description: 'A value, a list of which any will do, or { like: pattern }.' });

const paths = z.array(z.string()).min(1);

const issuer = z.strictObject({
  profile: z.enum(PROFILE_NAMES).meta({ description: 'What its tokens look like.' }),
  url: z.string().optional().meta({ description: 'The issuer, exactly as in `iss`.' }),
  iss: z.string().optional().meta({ description: 'gitlab-job-jwt: the domain in `iss`.' }),
  jwks_url: z
    .string()
    .optional()
    .meta({ description: 'gitlab-job-jwt: where the keys are. Default: https://<iss>/-/jwks.' }),
  sub_fields: z
    .array(z.string())
    .optional()
    .meta({ description: 'Claims that the issuer was told to put into `sub`.' }),
  algorithm: z.enum(ALGORITHMS).optional().meta({ description: 'What it signs with. Default: RS256.' }),
  ca_file: z
    .string()
    .optional()
    .meta({ description: 'PEM of the CA of an issuer that is not publicly trusted; relative to this file.' }),
  vault_mount: z
    .string()
    .regex(/^[A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+)*$/, {
      error: 'a mount path has letters, digits, - and _, without slashes at its ends',
    })
    .optional()
    .meta({ description: 'Path of the JWT mount. Default: jwt-<name of the issuer>.' }),
});

const vaultPaths = {
  policies: z.array(z.string()).min(1).optional().meta({ description: 'Policies that exist already.' }),
  read: paths.optional().meta({ description: 'Secret paths to read; {claim} stands for the value of the token.' }),
  write: paths.optional().meta({ description: 'Secret paths to create and update.' }),
  kv: z
    .literal([1, 2])
    .optional()
    .meta({ description: 'Version of the KV engine of the paths: 2 inserts data/. Default: 1.' }),
};

const vault = z.strictObject({
  ...vaultPaths,
  ttl: duration.optional().meta({ description: 'Life of the Vault token. Default: 15m.' }),
  max_ttl: duration.optional().meta({ description: 'Life to which it can be renewed. Default: ttl.' }),
  explicit_max_ttl: duration
    .optional()
    .meta({ description: 'Life after which it ends for certain. Default: max_ttl.' }),
  audience: oneOrMore(z.string())
    .optional()
    .meta({ description: 'Default: vault.hashicorp.com, or none where tokens have none.' }),
  user_claim: z
    .string()
    .optional()
    .meta({ description: 'Claim that names the Vault entity. Default: an id that tells workloads apart.' }),
  groups_claim: z.string().optional().meta({ description: 'Claim that lists groups, for `groups`.' }),
});

const aws = z.strictObject({
  managed: z.array(z.string()).min(1).optional().meta({ description: 'Managed policies: names of AWS ones, or ARNs.' }),
  inline: oneOrMore(z.string().min(1, { error: 'a file is named here' }))
    .optional()
    .meta({ description: 'Files with IAM policies, relative to this file.' }),
  boundary: z
    .string()
    .optional()
    .meta({ description: 'Permissions boundary: name of an AWS managed policy, or an ARN.' }),
  session: duration.optional().meta({ description: 'Longest session, 1h to 12h. Default: 1h.' }),
  audience: oneOrMore(z.string()).optional().meta({ description: 'Default: sts.amazonaws.com.' }),
});

const access = z.strictObject({
  issuer: z.string().meta({ description: 'A name under `issuers`.' }),
  variant: oneOrMore(z.string())
    .optional()
    .meta({ description: 'Kind of token, e.g. user. Default: the main one of the issuer.' }),
  scope: z
    .literal('organization')
    .optional()
    .meta({ description: 'Says that a whole organization is let in on purpose.' }),
  admit: z.record(z.string(), bound).meta({ description: 'Claims, all of which must match.' }),
  aws: aws.optional(),
  vault: vault.optional(),
});

const group = z.strictObject({
  issuer: z.string().meta({ description: 'A name under `issuers`.' }),
  member_of: z
    .string()
    .regex(/^[^*]+$/, { error: 'a group is named as the token lists it; a `*` would be compared literally' })
    .meta({ description: 'The group as the token lists it.' }),
  vault: z.strictObject(vaultPaths),
});

export const catalogSchema = z
  .strictObject({
    issuers: z.record(entryName, issuer).meta({ description: 'Who signs tokens.' }),
    access: z.record(entryName, access).meta({ description: 'Which tokens are let in, and what they get.' }),
    groups: z
      .record(entryName, group)
      .optional()
      .meta({ description: 'What members of a group get at Vault, beside their role.' }),
  })
  .meta({ title: 'idp-kit access catalog' });

/** One entry of each section. */
export const entrySchemas = { issuers: issuer, access, groups: group };

export type IssuerEntry = z.infer<typeof issuer>;
export type AccessEntry = z.infer<typeof access>;
export type GroupEntry = z.infer<typeof group>;
export type BoundEntry = z.infer<typeof bound>;

/** The JSON Schema (draft 2020-12) of the catalog. */
export function catalogJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(catalogSchema, { io: 'input' });
}
