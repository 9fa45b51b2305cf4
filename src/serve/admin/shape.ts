/** OIDC issuers whose tokens administrate, as people write them: by a profile of the kit, or by their `iss` alone. */

import { z } from 'zod';
import { PROFILE_NAMES } from '../../claims/profile.ts';
import { ROLES } from '../../issuer/administrator.ts';
import { type Known, partOf, readParts } from '../../issuer/shape.ts';
import { trustShape } from '../upstreams.ts';

/** Settings that mean something with a profile alone. Which of the two there is, is checked beside. */
const profileShape = {
  url: z.string().optional(),
  iss: z.string().optional(),
  sub_fields: z.array(z.string()).optional(),
  variant: z.string().optional(),
  scope: z.string().optional(),
};

const adminIssuerShape = {
  ...trustShape,
  issuer: trustShape.issuer.optional(),
  profile: z.enum(PROFILE_NAMES).optional(),
  ...profileShape,
  audiences: trustShape.audiences.describe('a list, e.g. [https://tokens.example.com/admin]'),
  /** @default the profile's */
  algorithms: trustShape.algorithms.optional(),
  role: z.enum(ROLES).default('admin'),
};

export const adminIssuerSchema = z
  .strictObject(adminIssuerShape)
  .describe('e.g. { profile: github, audiences: […], admit: { repository_id: "42" } }');

export type AdminIssuerDocument = z.infer<typeof adminIssuerSchema>;

export interface KnownAdminIssuer extends Known<AdminIssuerDocument> {
  readonly name: string;
  /** Which of `issuer` and `profile` there are, right or wrong. */
  readonly kinds: readonly string[];
  /** Which settings there are that need a profile. */
  readonly ofProfile: readonly string[];
}

export function knownAdminIssuer(name: string, entry: unknown): KnownAdminIssuer {
  const present = (setting: string) => partOf(entry, setting) !== undefined;
  return {
    name,
    ...readParts(adminIssuerShape, entry),
    kinds: ['issuer', 'profile'].filter(present),
    ofProfile: Object.keys(profileShape).filter(present),
  };
}
