/** What changes from one catalog to another: for each role who gains it, who loses it, and what it hands out otherwise. */

import { type IssuerProfile } from '../claims/profile.ts';
import { AWS_AUDIENCE } from '../trust/aws/compile.ts';
import { parseTrustPolicy } from '../trust/aws/policy.ts';
import { tokensOfTrustPolicy } from '../trust/aws/tokens.ts';
import { type DiffVerdict } from '../trust/diff.ts';
import { text } from '../trust/language/regular.ts';
import {
  type Target,
  type TargetDiff as AnyTargetDiff,
  type TargetVersion as AnyTargetVersion,
  diffTarget,
  keyOfTarget,
  worst,
} from '../trust/target-diff.ts';
import { spaceOf } from '../trust/tokens/profile-space.ts';
import { type TokenSpace } from '../trust/tokens/space.ts';
import { all, any, claimIn } from '../trust/tokens/token-set.ts';
import { asVaultRole, compileVaultMount } from '../trust/vault/compile.ts';
import { VAULT_AUDIENCE } from '../trust/vault/grant.ts';
import { grantsOfVaultRole } from '../trust/vault/grants.ts';
import { lifeOfTokens } from '../trust/vault/life.ts';
import { pathRules } from '../trust/vault/path.ts';
import { tokensOfVaultRole } from '../trust/vault/tokens.ts';
import { compileAtAws, compileAtVault } from './compile.ts';
import {
  type CatalogPlan,
  type Environments,
  type PlannedAccess,
  type PlannedGroup,
  type PlannedIssuer,
  admissionsOf,
} from './planned.ts';

/** Where a catalog grants something. */
export type CatalogTarget = Extract<Target, { readonly kind: 'aws' | 'vault' | 'vault-group' }>;
export type TargetDiff = AnyTargetDiff<CatalogTarget>;
type TargetVersion = AnyTargetVersion<CatalogTarget>;

export interface CatalogDiff {
  readonly verdict: DiffVerdict;
  readonly targets: readonly TargetDiff[];
}

/** What a catalog that is not there yet, or not any more, grants. */
export const EMPTY_CATALOG: CatalogPlan = { issuers: [], access: [], groups: [], environments: [] };

export function diffCatalogs(before: CatalogPlan, after: CatalogPlan): CatalogDiff {
  const spaces = new SpaceCache();
  const changed = [
    ...pairs(before, after, ({ access }) => access, keyOfAccess).map(([old, next]): Versions => [
      old === undefined ? [] : rolesOf(old, before, spaces),
      next === undefined ? [] : rolesOf(next, after, spaces),
    ]),
    ...pairs(before, after, ({ groups }) => groups, keyOfGroup).map(([old, next]): Versions => [
      old === undefined ? [] : [groupAtVault(old, before, spaces)],
      next === undefined ? [] : [groupAtVault(next, after, spaces)],
    ]),
  ];
  const targets = paired(changed).flatMap(([old, next]) => diffTarget(old, next) ?? []);
  return { verdict: worst(targets.map(({ verdict }) => verdict)), targets };
}

/** What one entry makes, before and after. */
type Versions = readonly [before: readonly TargetVersion[], after: readonly TargetVersion[]];
type Pair = readonly [TargetVersion | undefined, TargetVersion | undefined];

/** By target: first within an entry, then among what is left, since an entry may have another name and the role the same. */
function paired(entries: readonly Versions[]): Pair[] {
  const left: TargetVersion[] = [];
  const added: TargetVersion[] = [];
  const found = entries.flatMap(([before, after]): Pair[] => {
    const keys = new Map(after.map((version) => [keyOfTarget(version.target), version]));
    const known = before.filter(({ target }) => keys.has(keyOfTarget(target)));
    const taken = new Set(known.map(({ target }) => keyOfTarget(target)));
    left.push(...before.filter((version) => !known.includes(version)));
    added.push(...after.filter(({ target }) => !taken.has(keyOfTarget(target))));
    return known.map((version): Pair => [version, keys.get(keyOfTarget(version.target))]);
  });
  const rest = Map.groupBy(added, ({ target }) => keyOfTarget(target));
  const moved = left.map((version): Pair => [version, rest.get(keyOfTarget(version.target))?.shift()]);
  return [...found, ...moved, ...[...rest.values()].flat().map((version): Pair => [undefined, version])];
}

/** Entries of one name before and after, without those that are the same. */
function pairs<T extends { readonly name: string; readonly environments: Environments }>(
  before: CatalogPlan,
  after: CatalogPlan,
  entriesOf: (plan: CatalogPlan) => readonly T[],
  keyOf: (one: T, plan: CatalogPlan) => string,
): [T | undefined, T | undefined][] {
  const old = new Map(entriesOf(before).map((one) => [one.name, one]));
  const next = new Map(entriesOf(after).map((one) => [one.name, one]));
  const same = (left: T, right: T) =>
    keyOf(left, before) === keyOf(right, after) && placesOf(left, before).join() === placesOf(right, after).join();
  const names = [...new Set([...old.keys(), ...next.keys()])];
  return names.flatMap((name): [T | undefined, T | undefined][] => {
    const [left, right] = [old.get(name), next.get(name)];
    return left !== undefined && right !== undefined && same(left, right) ? [] : [[left, right]];
  });
}

/** The environments that have the entry, with where they are; none where the catalog knows no environments. */
const placesOf = ({ environments }: { readonly environments: Environments }, plan: CatalogPlan): string[] =>
  plan.environments
    .filter(({ name }) => environments?.includes(name) !== false)
    .map(({ name, account, namespace }) => [name, account, namespace].filter((part) => part !== undefined).join(' '));

const keyOfAccess = (entry: PlannedAccess): string =>
  JSON.stringify([
    admissionsOf(entry).map(({ issuer, args }) => [keyOfIssuer(issuer), args]),
    entry.aws,
    entry.vault,
    entry.vaultRole,
  ]);
const keyOfGroup = (group: PlannedGroup, plan: CatalogPlan): string =>
  JSON.stringify([
    keyOfIssuer(group.issuer),
    group.memberOf,
    group.grant,
    rolesWithGroups(group, plan).map((entry) => [keyOfAccess(entry), placesOf(entry, plan)]),
  ]);
const keyOfIssuer = ({ config, vaultMount, ca }: PlannedIssuer) => [config, vaultMount, ca];

/** The tokens of an issuer, for all entries that trust it. */
class SpaceCache {
  readonly #known = new Map<IssuerProfile, Map<string, TokenSpace>>();

  of(issuer: IssuerProfile, audience: string): TokenSpace {
    const known = this.#known.get(issuer) ?? new Map<string, TokenSpace>();
    this.#known.set(issuer, known);
    const space = known.get(audience) ?? spaceOf(issuer, { audience });
    known.set(audience, space);
    return space;
  }

  /** All tokens that the entry could be about. */
  ofEntry(entry: PlannedAccess, audience: string): TokenSpace {
    const issuers = [...new Set(admissionsOf(entry).map(({ issuer }) => issuer.profile))];
    return issuers.flatMap((issuer) => this.of(issuer, audience));
  }
}

function rolesOf(entry: PlannedAccess, plan: CatalogPlan, spaces: SpaceCache): TargetVersion[] {
  return [roleAtAws(entry, plan, spaces), roleAtVault(entry, plan, spaces)].filter((role) => role !== undefined);
}

const DEFAULT_SESSION = 3600;

function roleAtAws(entry: PlannedAccess, plan: CatalogPlan, spaces: SpaceCache): TargetVersion | undefined {
  const { aws, name } = entry;
  if (aws === undefined) return undefined;
  const compiled = compileAtAws(admissionsOf(entry), aws.audiences);
  const policy = compiled.ok ? parseTrustPolicy(compiled.value) : compiled;
  if (!policy.ok) throw new Error(`the entry ${name} was planned, and cannot be compiled`);
  const profiles = new Map(admissionsOf(entry).map(({ issuer: { profile } }) => [profile.issuer, profile]));
  const { managed, inline, boundary, session = DEFAULT_SESSION } = aws;
  return {
    target: { kind: 'aws', role: aws.role ?? name },
    space: spaces.ofEntry(entry, aws.audiences?.[0] ?? AWS_AUDIENCE),
    tokens: any(
      ...[...profiles].map(([issuer, { awsClaims: visible }]) =>
        all(claimIn('iss', text(issuer)), tokensOfTrustPolicy(policy.value, { issuer, visible })),
      ),
    ),
    grants: { managed, inline, boundary, session, environments: placesOf(entry, plan) },
    life: { kind: 'seconds', seconds: session },
  };
}

function roleAtVault(entry: PlannedAccess, plan: CatalogPlan, spaces: SpaceCache): TargetVersion | undefined {
  const { issuer, name, vault, vaultRole } = entry;
  if (vault === undefined) return undefined;
  const compiled = compileAtVault(admissionsOf(entry), vault);
  if (!compiled.ok) throw new Error(`the entry ${name} was planned, and cannot be compiled`);
  const role = asVaultRole(compiled.value.role);
  const { boundIssuer, jwtSupportedAlgs, ...keys } = compileVaultMount(issuer.profile);
  return {
    target: { kind: 'vault', mount: issuer.vaultMount, role: vaultRole.name },
    space: spaces.ofEntry(entry, role.bound_audiences?.[0] ?? VAULT_AUDIENCE),
    tokens: tokensOfVaultRole(role, { bound_issuer: boundIssuer }),
    grants: {
      ...grantsOfVaultRole(role),
      paths: compiled.value.rules,
      keys: 'jwksUrl' in keys ? keys.jwksUrl : keys.oidcDiscoveryUrl,
      algorithms: jwtSupportedAlgs,
      ca: issuer.ca,
      environments: placesOf(entry, plan),
    },
    life: lifeOfTokens(role),
  };
}

/** Members of a group are tokens of the roles at its mount which list the group. */
function groupAtVault(group: PlannedGroup, plan: CatalogPlan, spaces: SpaceCache): TargetVersion {
  const { issuer, memberOf, grant } = group;
  const members = rolesWithGroups(group, plan).flatMap((entry) => {
    const claim = entry.vault?.groupsClaim;
    const role = roleAtVault(entry, plan, spaces);
    return claim === undefined || role === undefined ? [] : [all(role.tokens, claimIn(claim, text(memberOf)))];
  });
  return {
    target: { kind: 'vault-group', mount: issuer.vaultMount, group: group.name },
    space: spaces.of(issuer.profile, VAULT_AUDIENCE),
    tokens: any(...members),
    grants: { policies: grant.policies, paths: pathRules(grant), environments: placesOf(group, plan) },
    life: { kind: 'system' },
  };
}

const rolesWithGroups = ({ issuer }: PlannedGroup, { access }: CatalogPlan): PlannedAccess[] =>
  access.filter((entry) => entry.vault?.groupsClaim !== undefined && entry.issuer.vaultMount === issuer.vaultMount);
