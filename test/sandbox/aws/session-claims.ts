/** The claims in AWS's own namespace: which roles a token may take, and the tags and source identity of the session. */
import { z } from 'zod';
import { StsError } from './sts-error.ts';
import type { Claims } from './web-identity.ts';

export interface SessionClaims {
  /** ARNs of roles; nothing where the issuer leaves the choice to trust policies. */
  readonly roles: readonly string[] | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity: string | undefined;
}

const ROLES = 'https://aws.amazon.com/roles';
const TAGS = 'https://aws.amazon.com/tags';
const SOURCE_IDENTITY = 'https://aws.amazon.com/source_identity';

/** STS service model: 50 tags, keys of 128 and values of 256 characters; a source identity of 2 to 64. */
const Tags = z.object({
  principal_tags: z
    .record(z.string().min(1).max(128), z.tuple([z.string().max(256)]))
    .refine((tags) => Object.keys(tags).length <= 50, 'more than 50 tags'),
  transitive_tag_keys: z.array(z.string()).default([]),
});
const Roles = z.union([z.array(z.string()), z.string().transform((role) => [role])]);
const SourceIdentity = z
  .string()
  .min(2)
  .max(64)
  .regex(/^[\w+=,.@-]*$/);

export function sessionClaims(claims: Claims): SessionClaims {
  const tags = optional(Tags, claims, TAGS);
  return {
    roles: optional(Roles, claims, ROLES),
    tags: Object.fromEntries(Object.entries(tags?.principal_tags ?? {}).map(([key, [value]]) => [key, value])),
    transitiveTagKeys: tags?.transitive_tag_keys ?? [],
    sourceIdentity: optional(SourceIdentity, claims, SOURCE_IDENTITY),
  };
}

function optional<Shape>(shape: z.ZodType<Shape>, claims: Claims, name: string): Shape | undefined {
  if (claims[name] === undefined) return undefined;
  const parsed = shape.safeParse(claims[name]);
  if (parsed.success) return parsed.data;
  const detail = `${name}: ${parsed.error.issues.map(({ message }) => message).join('; ')}`;
  throw new StsError('InvalidIdentityToken', 'The web identity token provided could not be validated.', detail);
}

/**
 * How full the session's packed policy is, in percent. AWS packs in a form of its own that it does not publish; here a session
 * policy and the tags share 2,048 characters, which is near enough to be refused where it should be.
 */
export function packedPolicySize(policy: string | undefined, { tags }: SessionClaims): number {
  const tagged = Object.entries(tags).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  return Math.ceil(((policy?.length ?? 0) + tagged) / 20.48);
}
