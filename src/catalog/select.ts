/** The part of a catalog that one stack provisions: one environment, and one shard of it. */

import { createHash } from 'node:crypto';
import { AWS_AUDIENCE } from '../trust/aws/compile.ts';
import {
  type CatalogPlan,
  type PlannedAccess,
  type PlannedEnvironment,
  type PlannedGroup,
  type PlannedIssuer,
  admissionsOf,
} from './planned.ts';

/** Counted from 1. */
export interface Shard {
  readonly number: number;
  readonly of: number;
}

export const WHOLE: Shard = { number: 1, of: 1 };

/** What entries share: all that use it, in whichever shard. */
export interface SharedIssuer {
  readonly issuer: PlannedIssuer;
  /** Audiences of all its roles at AWS; none where it is not used there. */
  readonly awsAudiences: readonly string[];
  /** Is it used at Vault? */
  readonly atVault: boolean;
}

export interface Selection {
  readonly environment?: PlannedEnvironment;
  readonly access: readonly PlannedAccess[];
  /** Of the first shard alone. */
  readonly groups: readonly PlannedGroup[];
  /** Issuers of the environment's entries, of all shards. */
  readonly issuers: readonly SharedIssuer[];
  /** Does this stack make providers and mounts? The first shard does, once for all of them. */
  readonly makesShared: boolean;
}

export function select(plan: CatalogPlan, environment: string | undefined, shard: Shard = WHOLE): Selection {
  const isHere = ({ environments }: Pick<PlannedAccess, 'environments'>) =>
    environments === undefined || (environment !== undefined && environments.includes(environment));
  const access = plan.access.filter(isHere);
  const groups = plan.groups.filter(isHere);
  const declared = plan.environments.find(({ name }) => name === environment);
  return {
    ...(declared === undefined ? {} : { environment: declared }),
    access: access.filter(({ name }) => shardOf(name, shard.of) === shard.number),
    groups: shard.number === 1 ? groups : [],
    issuers: sharedIssuers(access, groups),
    makesShared: shard.number === 1,
  };
}

/** Which of the shards has the entry, from 1: by its name alone, so that another entry moves none. */
export function shardOf(name: string, shards: number): number {
  return (createHash('sha256').update(name).digest().readUInt32BE(0) % shards) + 1;
}

function sharedIssuers(access: readonly PlannedAccess[], groups: readonly PlannedGroup[]): SharedIssuer[] {
  const found = new Map<PlannedIssuer, { readonly audiences: Set<string>; atVault: boolean }>();
  const of = (issuer: PlannedIssuer) => {
    const known = found.get(issuer) ?? { audiences: new Set<string>(), atVault: false };
    found.set(issuer, known);
    return known;
  };
  for (const entry of access) {
    // At Vault the first issuer's mount has the role of all the entry's admissions.
    if (entry.vault !== undefined) of(entry.issuer).atVault = true;
    if (entry.aws === undefined) continue;
    for (const { issuer } of admissionsOf(entry)) {
      for (const audience of entry.aws.audiences ?? [AWS_AUDIENCE]) of(issuer).audiences.add(audience);
    }
  }
  for (const { issuer } of groups) of(issuer).atVault = true;
  return [...found].map(([issuer, { audiences, atVault }]) => ({
    issuer,
    awsAudiences: [...audiences].sort(),
    atVault,
  }));
}
