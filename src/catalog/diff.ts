/** What changes from one catalog to another: for each role who gains it, who loses it, and what it hands out otherwise. */

import { conditionPrefix } from '../claims/profile.ts';
import { type IssuerProfile } from '../claims/profile.ts';
import { AWS_AUDIENCE, compileTrustPolicy, providerArn } from '../trust/aws/compile.ts';
import { parseTrustPolicy } from '../trust/aws/policy.ts';
import { tokensOfTrustPolicy } from '../trust/aws/tokens.ts';
import {
  type Change,
  type DiffVerdict,
  type TokenDiff,
  type Version,
  changesOf,
  diffTokens,
  overlap,
} from '../trust/diff.ts';
import { text } from '../trust/language/regular.ts';
import { spaceOf } from '../trust/tokens/profile-space.ts';
import { type TokenSpace } from '../trust/tokens/space.ts';
import { all, any, claimIn } from '../trust/tokens/token-set.ts';
import { asVaultRole, compileVaultAccess, compileVaultMount } from '../trust/vault/compile.ts';
import { VAULT_AUDIENCE } from '../trust/vault/grant.ts';
import { type TokenLife, lifeOfTokens } from '../trust/vault/life.ts';
import { tokensOfVaultRole } from '../trust/vault/tokens.ts';
import { type CatalogPlan, type PlannedAccess, type PlannedGroup, type PlannedIssuer } from './planned.ts';

export type Target =
  | { readonly kind: 'aws'; readonly role: string }
  | { readonly kind: 'vault'; readonly mount: string; readonly role: string }
  | { readonly kind: 'vault-group'; readonly mount: string; readonly group: string };

export interface TargetDiff extends TokenDiff {
  readonly target: Target;
  /** For tokens that both versions admit; what they get more counts as widening. */
  readonly changed: readonly Change[];
  /** How long what was handed out before stays valid; absent where nobody loses anything. */
  readonly valid?: TokenLife;
}

export interface CatalogDiff {
  readonly verdict: DiffVerdict;
  readonly targets: readonly TargetDiff[];
}

export function diffCatalogs(before: CatalogPlan, after: CatalogPlan): CatalogDiff {
  const spaces = new SpaceCache();
  const targets = [
    ...pairs(before.access, after.access, keyOfAccess).flatMap(([old, next]) => diffAccess(old, next, spaces)),
    ...diffGroups(before, after, spaces),
  ];
  return { verdict: verdictOf(targets.map(({ verdict }) => verdict)), targets };
}

/** The verdict on several: what widens is said first. */
function verdictOf(verdicts: readonly DiffVerdict[]): DiffVerdict {
  return (['widens', 'unknown', 'narrows'] as const).find((verdict) => verdicts.includes(verdict)) ?? 'equal';
}

/** Entries of one name before and after, without those that are the same. */
function pairs<T extends { readonly name: string }>(
  before: readonly T[],
  after: readonly T[],
  keyOf: (one: T) => string,
): [T | undefined, T | undefined][] {
  const old = new Map(before.map((one) => [one.name, one]));
  const next = new Map(after.map((one) => [one.name, one]));
  const names = [...new Set([...old.keys(), ...next.keys()])];
  return names.flatMap((name): [T | undefined, T | undefined][] => {
    const [left, right] = [old.get(name), next.get(name)];
    return left !== undefined && right !== undefined && keyOf(left) === keyOf(right) ? [] : [[left, right]];
  });
}

const keyOfAccess = ({ issuer, args, aws, vault }: PlannedAccess): string =>
  JSON.stringify([keyOfIssuer(issuer), args, aws, vault]);
const keyOfGroup = ({ issuer, memberOf, grant }: PlannedGroup): string =>
  JSON.stringify([keyOfIssuer(issuer), memberOf, grant]);
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
}

/** A role at one target: who is admitted, and what they get. */
interface RoleVersion extends Version {
  readonly target: Target;
  readonly grants: Readonly<Record<string, unknown>>;
  readonly life: TokenLife;
}

function diffAccess(
  before: PlannedAccess | undefined,
  after: PlannedAccess | undefined,
  spaces: SpaceCache,
): TargetDiff[] {
  return [
    ...diffRoles(roleAtAws(before, spaces), roleAtAws(after, spaces)),
    ...diffRoles(roleAtVault(before, spaces), roleAtVault(after, spaces)),
  ];
}

function diffRoles(before: RoleVersion | undefined, after: RoleVersion | undefined): TargetDiff[] {
  // A role at another mount is another role: the one is gone, and the other is new.
  if (before !== undefined && after !== undefined && keyOf(before.target) !== keyOf(after.target)) {
    return [...diffRoles(before, undefined), ...diffRoles(undefined, after)];
  }
  const target = (after ?? before)?.target;
  if (target === undefined) return [];
  const tokens = diffTokens(before, after);
  const changed =
    before !== undefined && after !== undefined && overlap(before, after) ? changesOf(before.grants, after.grants) : [];
  if (tokens.verdict === 'equal' && changed.length === 0) return [];
  const verdict = verdictOf([tokens.verdict, ...changed.map(({ effect }) => effect)]);
  const narrowed = before !== undefined && (tokens.lost.length > 0 || changed.length > 0);
  return [{ ...tokens, verdict, target, changed, ...(narrowed ? { valid: before.life } : {}) }];
}

const keyOf = (target: Target): string => JSON.stringify(target);

/** Any account will do: the set of tokens is the same in all. */
const SOME_ACCOUNT = '000000000000';
const DEFAULT_SESSION = 3600;

function roleAtAws(entry: PlannedAccess | undefined, spaces: SpaceCache): RoleVersion | undefined {
  if (entry?.aws === undefined) return undefined;
  const { admission, aws, issuer } = entry;
  const { profile } = issuer;
  const audiences = aws.audiences ?? [AWS_AUDIENCE];
  const arn = providerArn('aws', SOME_ACCOUNT, conditionPrefix(profile) ?? '');
  const compiled = compileTrustPolicy(admission, { providerArn: arn, audiences });
  const policy = compiled.ok ? parseTrustPolicy(compiled.value) : compiled;
  if (!policy.ok) throw new Error(`the entry ${entry.name} was planned, and cannot be compiled`);
  const { managed, inline, boundary, session = DEFAULT_SESSION } = aws;
  return {
    target: { kind: 'aws', role: entry.name },
    space: spaces.of(profile, audiences[0] ?? AWS_AUDIENCE),
    tokens: all(
      claimIn('iss', text(profile.issuer)),
      tokensOfTrustPolicy(policy.value, { issuer: profile.issuer, visible: profile.awsClaims }),
    ),
    grants: { managed, inline, boundary, session },
    life: { kind: 'seconds', seconds: session },
  };
}

function roleAtVault(entry: PlannedAccess | undefined, spaces: SpaceCache): RoleVersion | undefined {
  if (entry?.vault === undefined) return undefined;
  const { admission, vault, issuer } = entry;
  const compiled = compileVaultAccess(admission, vault);
  if (!compiled.ok) throw new Error(`the entry ${entry.name} was planned, and cannot be compiled`);
  const role = asVaultRole(compiled.value.role);
  const { boundIssuer, jwtSupportedAlgs } = compileVaultMount(issuer.profile);
  const { token_policies: policies, token_ttl: ttl, token_max_ttl: maxTtl, token_explicit_max_ttl: explicit } = role;
  return {
    target: { kind: 'vault', mount: issuer.vaultMount, role: entry.name },
    space: spaces.of(issuer.profile, role.bound_audiences?.[0] ?? VAULT_AUDIENCE),
    tokens: tokensOfVaultRole(role, { bound_issuer: boundIssuer }),
    grants: {
      policies,
      paths: compiled.value.rules,
      ttl,
      max_ttl: maxTtl,
      explicit_max_ttl: explicit,
      user_claim: role.user_claim,
      groups_claim: role.groups_claim,
      algorithms: jwtSupportedAlgs,
      ca: issuer.ca,
    },
    life: lifeOfTokens(role),
  };
}

/** Members of a group are tokens of the roles at its mount which list the group. */
function diffGroups(before: CatalogPlan, after: CatalogPlan, spaces: SpaceCache): TargetDiff[] {
  return pairs(before.groups, after.groups, keyOfGroup).flatMap(([old, next]) =>
    diffRoles(groupAtVault(old, before, spaces), groupAtVault(next, after, spaces)),
  );
}

function groupAtVault(
  group: PlannedGroup | undefined,
  { access }: CatalogPlan,
  spaces: SpaceCache,
): RoleVersion | undefined {
  if (group === undefined) return undefined;
  const { issuer, memberOf, grant } = group;
  const members = access.flatMap((entry) => {
    const claim = entry.vault?.groupsClaim;
    const role = entry.issuer.vaultMount === issuer.vaultMount ? roleAtVault(entry, spaces) : undefined;
    return claim === undefined || role === undefined ? [] : [all(role.tokens, claimIn(claim, text(memberOf)))];
  });
  return {
    target: { kind: 'vault-group', mount: issuer.vaultMount, group: group.name },
    space: spaces.of(issuer.profile, VAULT_AUDIENCE),
    tokens: any(...members),
    grants: { policies: grant.policies, read: grant.read, write: grant.write, kv: grant.kv },
    life: { kind: 'system' },
  };
}
