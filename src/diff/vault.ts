/** Roles and mounts of Vault's JWT method, before and after. */

import { describeProblem } from '../claims/problem.ts';
import { gapsIn, knownMembers } from '../lint/known.ts';
import { type Spaces } from '../lint/spaces.ts';
import { splitRole } from '../lint/vault/comma.ts';
import { type VaultTrust, issuerOf, vaultTrust } from '../lint/vault/login.ts';
import { normalRole } from '../lint/vault/normal.ts';
import { type Grants } from '../trust/grants.ts';
import { text } from '../trust/language/regular.ts';
import { type VaultMount, type VaultPolicy, type VaultRole } from '../trust/resource.ts';
import { type TargetVersion, type UnknownGrant } from '../trust/target-diff.ts';
import { genericSpace } from '../trust/tokens/profile-space.ts';
import { type TokenSpace } from '../trust/tokens/space.ts';
import { EVERY_TOKEN, NO_TOKEN, claimIn } from '../trust/tokens/token-set.ts';
import { grantsOfVaultRole } from '../trust/vault/grants.ts';
import { lifeOfTokens } from '../trust/vault/life.ts';
import { parseVaultRole } from '../trust/vault/parse.ts';
import { type VaultJwtConfig, type VaultJwtRole } from '../trust/vault/role.ts';
import { tokensOfVaultRole } from '../trust/vault/tokens.ts';
import { type Unreadable } from './aws.ts';
import { type Identified, type Side, type Versions, fileWithin, inPairs, resourcesOf } from './versions.ts';

export interface VaultSides {
  readonly before: Side;
  readonly after: Side;
  readonly spaces: Spaces;
  readonly profile?: string | undefined;
}

export function vaultVersions(sides: VaultSides, unreadable: Unreadable[]): Versions {
  const { before, after } = sides;
  const mounts = inPairs(identifiedMounts(before), identifiedMounts(after));
  // A mount that only one side tells of may be there in both, and is taken to be the same.
  const known = (at: 0 | 1) => mounts.flatMap(([old, next]) => (at === 0 ? (old ?? next) : (next ?? old)) ?? []);
  const roles = inPairs(identifiedRoles(before), identifiedRoles(after)).map(([old, next]) => {
    const left = old && readLogin(old, known(0), sides, unreadable);
    const right = next && readLogin(next, known(1), sides, unreadable);
    // Tokens as both versions tell of them: what the one does not name, the other may.
    const space = [left, right].flatMap((one) => one?.trust?.questions.issuer.space ?? []);
    return [
      old && left && roleVersion(old, left, space, before),
      next && right && roleVersion(next, right, space, after),
    ] as const;
  });
  const configured = mounts.map(
    ([old, next]) => [mountVersion(old, unreadable), mountVersion(next, unreadable)] as const,
  );
  return [...roles, ...configured];
}

function identifiedRoles(side: Side): Identified<VaultRole>[] {
  return resourcesOf(side, 'vault-role').map((resource) => {
    const { name, mount = '', place } = resource;
    const at = name === undefined ? [fileWithin(side, resource), place.resource] : [name.toLowerCase()];
    return { key: JSON.stringify([mount, ...at]), named: name !== undefined && mount !== '', resource };
  });
}

const identifiedMounts = (side: Side): Identified<VaultMount>[] =>
  resourcesOf(side, 'vault-mount').map((resource) => ({
    key: resource.path ?? `file ${fileWithin(side, resource)}`,
    named: resource.path !== undefined,
    resource,
  }));

interface Login {
  readonly role: VaultJwtRole | undefined;
  readonly config: VaultJwtConfig | undefined;
  readonly trust: VaultTrust | undefined;
  readonly gaps: readonly string[];
}

function readLogin(
  source: VaultRole,
  mounts: readonly VaultMount[],
  { spaces, profile }: VaultSides,
  unreadable: Unreadable[],
): Login {
  const mount = mountOf(source, mounts);
  const gaps = [...gapsIn(source.role), ...gapsIn(mount?.config)].map(
    ({ path, why }) => `${path} is not known: ${why}`,
  );
  const parsed = parseVaultRole(knownMembers(normalRole(source.role)), mount && knownMembers(mount.config));
  if (!parsed.ok) {
    // A role of which the claim that names the entity is not known cannot even be read.
    if (gaps.length === 0)
      unreadable.push(...parsed.problems.map((found) => ({ ...source.place, message: describeProblem(found) })));
    return { role: undefined, config: undefined, trust: undefined, gaps };
  }
  const { config } = parsed.value;
  const role = source.splitsCommas ? splitRole(parsed.value.role) : parsed.value.role;
  const { splitsCommas, declared } = source;
  return { role, config, gaps, trust: vaultTrust(role, { spaces, config, profile, splitsCommas, declared }) };
}

/** The mount that the role names; the only one there is where neither has a name. */
function mountOf({ mount, place }: VaultRole, mounts: readonly VaultMount[]): VaultMount | undefined {
  const [only, ...others] = mounts;
  if (mount === undefined || only?.path === undefined) return others.length === 0 ? only : undefined;
  const named = mounts.filter(({ path }) => path === mount);
  return named.find((one) => one.place.file === place.file) ?? named[0];
}

function roleVersion(source: VaultRole, login: Login, space: TokenSpace, side: Side): TargetVersion {
  const { role, config, gaps } = login;
  const isKnown = gaps.length === 0 && role !== undefined;
  const set = role === undefined ? NO_TOKEN : tokensOfVaultRole(role, config ?? {});
  return {
    target: {
      kind: 'vault',
      mount: source.mount ?? '(not named)',
      role: source.name ?? `${source.place.file}: ${source.place.resource}`,
    },
    space: space.length > 0 ? space : genericSpace(),
    tokens: isKnown ? set : NO_TOKEN,
    ...(gaps.length > 0 ? { atMost: EVERY_TOKEN, gaps } : {}),
    grants: role === undefined ? {} : { ...grantsOfVaultRole(role), ...configGrants(config), ...rulesOf(role, side) },
    unknownGrants: role === undefined ? [] : unknownRules(role, side),
    ...(role === undefined ? {} : { life: lifeOfTokens(role) }),
  };
}

/** Whoever holds the keys makes the tokens. */
function configGrants(config: VaultJwtConfig | undefined): Grants {
  if (config === undefined) return {};
  const { jwks_pairs: pairs, jwt_validation_pubkeys: keys, jwt_supported_algs: algorithms = [] } = config;
  return {
    keys: [config.oidc_discovery_url, config.jwks_url, pairs, keys].find(isSet),
    // Unset, Vault takes ten of them.
    algorithms: algorithms.length === 0 ? undefined : [...algorithms].sort(),
  };
}

const isSet = (value: unknown): boolean =>
  value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0);

const policiesOf = (role: VaultJwtRole, side: Side): VaultPolicy[] =>
  resourcesOf(side, 'vault-policy').filter(({ name }) => name !== undefined && role.token_policies?.includes(name));

/** The texts of its policies, of those that are among the documents. */
function rulesOf(role: VaultJwtRole, side: Side): Grants {
  const texts = policiesOf(role, side).flatMap(({ name, text }) =>
    typeof text === 'string' ? [[name ?? '', text]] : [],
  );
  return { rules: Object.fromEntries(texts) as unknown };
}

const unknownRules = (role: VaultJwtRole, side: Side): UnknownGrant[] =>
  policiesOf(role, side).flatMap(({ name = '', text }) =>
    gapsIn(text).map(({ why }) => ({ what: 'rules', why: `the policy ${name} is not known: ${why}` })),
  );

/** Every role of a mount, in these documents or not, lives by its configuration. */
function mountVersion(mount: VaultMount | undefined, unreadable: Unreadable[]): TargetVersion | undefined {
  if (mount === undefined) return undefined;
  const { place, path } = mount;
  const target = { kind: 'vault-mount', mount: path ?? `(${place.file})` } as const;
  const gaps = gapsIn(mount.config).map(({ path: at, why }) => `config.${at} is not known: ${why}`);
  const parsed = parseVaultRole({ user_claim: 'sub' }, knownMembers(mount.config));
  if (!parsed.ok) unreadable.push(...parsed.problems.map((found) => ({ ...place, message: describeProblem(found) })));
  const config = parsed.ok ? (parsed.value.config ?? {}) : {};
  const { bound_issuer: bound = '' } = config;
  const tokens = bound === '' ? EVERY_TOKEN : claimIn('iss', text(bound));
  return {
    target,
    space: genericSpace(bound === '' ? issuerOf(config) : undefined),
    tokens: gaps.length > 0 ? NO_TOKEN : tokens,
    ...(gaps.length > 0 ? { atMost: EVERY_TOKEN, gaps } : {}),
    grants: configGrants(config),
  };
}
