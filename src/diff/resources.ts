/** Who gains access, who loses it, and what is handed out otherwise, between two sets of documents. */

import { type IssuerProfile } from '../claims/profile.ts';
import { type ProfileOptions } from '../lint/profiles.ts';
import { Spaces } from '../lint/spaces.ts';
import { type DiffVerdict } from '../trust/diff.ts';
import { type TargetDiff, diffTarget, worst } from '../trust/target-diff.ts';
import { type Unreadable, awsVersions } from './aws.ts';
import { issuerVersions } from './issuer.ts';
import { vaultVersions } from './vault.ts';
import { type Side, resourcesOf } from './versions.ts';

export interface ResourcesDiff {
  readonly verdict: DiffVerdict;
  readonly targets: readonly TargetDiff[];
  /** What AWS or Vault would not store, and so cannot be compared. */
  readonly unreadable: readonly Unreadable[];
}

export function diffResources(before: Side, after: Side, options: ProfileOptions = {}): ResourcesDiff {
  const spaces = new Spaces({ ...options, declared: declaredBy([before, after], options) });
  const unreadable: Unreadable[] = [];
  const sides = { before, after, spaces, profile: options.otherwise };
  const versions = [...awsVersions(sides, unreadable), ...vaultVersions(sides, unreadable), ...issuerVersions(sides)];
  const targets = versions.flatMap(([old, next]) => diffTarget(old, next) ?? []);
  return { verdict: worst(targets.map(({ verdict }) => verdict)), targets, unreadable };
}

/** Issuers that a catalog on either side declares. */
function declaredBy(
  sides: readonly Side[],
  { declared }: ProfileOptions,
): ReadonlyMap<string, readonly IssuerProfile[]> {
  const profiles = sides.flatMap((side) => resourcesOf(side, 'issuer').flatMap(({ profile }) => profile ?? []));
  return new Map([...(declared ?? []), ...Map.groupBy(profiles, ({ issuer }) => issuer)]);
}
