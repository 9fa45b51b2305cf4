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

const like = oneOrMore(text).meta({ description: '`*` stands for any run of characters.' });

const bound = z
  .union([
    oneOrMore(text),
    z.strictObject({
      equals: oneOrMore(text).optional().meta({ description: 'Values that will do beside the patterns.' }),
      like,
    }),
  ])
  .meta({ description: 'A value, a list of which any will do, or { like: pattern }.' });

const paths = z.array(z.string()).min(1);

const existing = z.enum(['create', 'adopt', 'existing']);

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
  own: z
    .union([
      z.literal(true),
      z
        .string()
        .regex(/^\/[^/?#\s]+(?:\/[^/?#\s]+)*$/, { error: 'write true, or a path below the URL, such as /acme' }),
    ])
    .optional()
    .meta({
      description:
        "This kit's own issuer, instead of `url`: the stack takes its URL from idp-kit:issuerUrl or idp-kit:issuerStack. A path names one organization's issuer below it: /acme.",
    }),
  at_aws: existing.optional().meta({
    description:
      'The OIDC provider: create it; adopt one that is there, by importing it; existing leaves it to whoever made it. Default: create.',
  }),
  at_vault: existing.optional().meta({
    description:
      'The JWT mount: create it; adopt one that is there, by importing it; existing leaves it to whoever made it. Default: create.',
  }),
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

const adopt = z.literal(true).optional().meta({
  description: 'The role is there already: the next `pulumi up` imports it as it is. Then take this away.',
});

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
  claim_mappings: z
    .record(z.string(), z.string())
    .optional()
    .meta({ description: 'Further claims for policies of your own, each with its metadata key.' }),
  token_type: z
    .enum(['service', 'batch'])
    .optional()
    .meta({ description: 'batch is not stored, so neither renewed nor revoked. Default: service.' }),
  default_policy: z
    .boolean()
    .optional()
    .meta({ description: "Whether tokens have Vault's policy `default` too. Default: where they can be renewed." }),
  bound_cidrs: z
    .array(z.string())
    .min(1)
    .optional()
    .meta({ description: 'Networks from which the login must come, such as 10.0.0.0/8.' }),
  role: z
    .string()
    .regex(/^[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/, {
      error: 'Vault lowers the names of roles: use a-z, 0-9 and between them . _ -',
    })
    .optional()
    .meta({ description: "Name of the role. Default: the entry's." }),
  adopt,
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
  role: z
    .string()
    .regex(/^[\w+=,.@-]{1,64}$/, { error: 'AWS takes 1 to 64 of A-Z a-z 0-9 _ + = , . @ -' })
    .optional()
    .meta({ description: "Name of the role. Default: the entry's." }),
  path: z
    .string()
    .regex(/^\/(?:[\x21-\x7e]{1,510}\/)?$/, { error: 'a path begins and ends with a slash: /workloads/' })
    .optional()
    .meta({ description: 'Path of the role. Default: /.' }),
  adopt,
});

const admission = {
  issuer: z.string().meta({ description: 'A name under `issuers`.' }),
  variant: oneOrMore(z.string())
    .optional()
    .meta({ description: 'Kind of token, e.g. user. Default: the main one of the issuer.' }),
  scope: z
    .literal('organization')
    .optional()
    .meta({ description: 'Says that a whole organization is let in on purpose.' }),
  admit: z.record(z.string(), bound).meta({ description: 'Claims, all of which must match.' }),
};

const environments = z
  .array(z.string())
  .min(1)
  .optional()
  .meta({ description: 'Names under `environments`, of those that have it. Default: all.' });

const access = z.strictObject({
  ...admission,
  also: z.array(z.strictObject(admission)).min(1).optional().meta({
    description: 'Further tokens that the same roles let in, such as those of the next version of an issuer.',
  }),
  environments,
  aws: aws.optional(),
  vault: vault.optional(),
});

const group = z.strictObject({
  issuer: z.string().meta({ description: 'A name under `issuers`.' }),
  member_of: z
    .string()
    .regex(/^[^*]+$/, { error: 'a group is named as the token lists it; a `*` would be compared literally' })
    .meta({ description: 'The group as the token lists it.' }),
  environments,
  vault: z.strictObject(vaultPaths),
});

const environment = z.strictObject({
  account: z
    .string({ error: 'an account has 12 digits, in quotes' })
    .regex(/^[0-9]{12}$/, { error: 'an account has 12 digits, in quotes' })
    .optional()
    .meta({ description: 'AWS account; with credentials of another one nothing is provisioned.' }),
  namespace: z
    .string()
    .regex(/^[A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)*$/, { error: 'a namespace is written without slashes around it' })
    .optional()
    .meta({ description: 'Namespace of Vault Enterprise or HCP. Default: that of the provider.' }),
});

const DAY = 'a day is written as YYYY-MM-DD, in quotes';

const suppression = z.strictObject({
  rule: z.string().min(1).meta({ description: 'Id of the rule, as `idp lint` prints it.' }),
  resource: z
    .string()
    .min(1)
    .meta({ description: 'What is named in the finding: an entry, or an address such as aws_iam_role.ci.' }),
  reason: z
    .string({ error: 'say why it is accepted' })
    .regex(/\S/, { error: 'say why it is accepted' })
    .meta({ description: 'Why it is accepted.' }),
  until: z.iso.date({ error: DAY }).meta({ description: 'The last day, YYYY-MM-DD: after it the finding is back.' }),
});

export const catalogSchema = z
  .strictObject({
    issuers: z.record(entryName, issuer).meta({ description: 'Who signs tokens.' }),
    access: z.record(entryName, access).meta({ description: 'Which tokens are let in, and what they get.' }),
    groups: z
      .record(entryName, group)
      .optional()
      .meta({ description: 'What members of a group get at Vault, beside their role.' }),
    environments: z
      .record(entryName, environment)
      .optional()
      .meta({ description: 'Where it is provisioned: a stack says which one it is by idp-kit:environment.' }),
    suppressions: z
      .array(suppression)
      .optional()
      .meta({ description: 'Findings of `idp lint` that are accepted, each for a reason and until a day.' }),
  })
  .meta({ title: 'idp-kit access catalog' });

/** One entry of each section. */
export const entrySchemas = { issuers: issuer, access, groups: group, environments: environment };

export type IssuerEntry = z.infer<typeof issuer>;
export type AccessEntry = z.infer<typeof access>;
export type GroupEntry = z.infer<typeof group>;
export type EnvironmentEntry = z.infer<typeof environment>;
export type AdmissionEntry = Pick<AccessEntry, 'issuer' | 'variant' | 'scope' | 'admit'>;
export type SuppressionEntry = z.infer<typeof suppression>;
export type BoundEntry = z.infer<typeof bound>;

/** The JSON Schema (draft 2020-12) of the catalog. */
export function catalogJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(catalogSchema, { io: 'input' });
}
