/** From a role of a JWT mount to an entry that admits exactly its tokens, or why there is none. */

import { type Result } from '../../claims/problem.ts';
import { show } from '../../trust/decision.ts';
import { type Matcher } from '../../trust/matcher.ts';
import { type VaultAccess, asVaultRole, compileVaultMount } from '../../trust/vault/compile.ts';
import { VAULT_AUDIENCE } from '../../trust/vault/grant.ts';
import { parseVaultRole } from '../../trust/vault/parse.ts';
import { type BoundValue, type VaultJwtConfig, type VaultJwtRole } from '../../trust/vault/role.ts';
import { tokensOfVaultRole } from '../../trust/vault/tokens.ts';
import { compileAtVault } from '../compile.ts';
import { readVaultGrant } from '../grants.ts';
import { type PlannedIssuer } from '../planned.ts';
import { type AccessEntry } from '../schema.ts';
import { type FoundVaultRole, type Imported } from './found.ts';
import { type Bounds, type Proposals, propose } from './propose.ts';
import { type Known, admissionsOf, differences, planEntry, proposeTogether, reasonsOf } from './prove.ts';
import { duration, listed } from './write.ts';

type VaultEntry = NonNullable<AccessEntry['vault']>;

/** Undefined where the role is none of the issuers', or is for people with a browser. */
export function importVaultRole(found: FoundVaultRole, name: string, known: Known): Imported | undefined {
  const what = `the role ${found.name} at auth/${found.mount}`;
  const parsed = parseVaultRole(found.role, found.config);
  if (!parsed.ok) return { name, what, reasons: reasonsOf(parsed), changes: [], files: {} };
  const { role, config = {} } = parsed.value;
  const issuers = known.issuers.filter((issuer) => issuer.vaultMount === found.mount && isOf(issuer, config));
  if (issuers.length === 0 || role.role_type !== 'jwt') return undefined;
  const base = grantOf(role, found.name, name);
  const candidates = candidatesOf(boundsOf(role), issuers);
  const tried = candidates.map((proposals) => tryOut(proposals, base, { role, config, issuers }));
  const best = tried.find(({ reasons }) => reasons.length === 0) ?? tried[0];
  const lost = unsaid(role);
  if (best === undefined) {
    return {
      name,
      what,
      reasons: [...lost, 'no admission of these issuers comes near to its claims'],
      changes: [],
      files: {},
    };
  }
  const planned = planEntry(name, best.entry, known, {});
  const reasons = [...lost, ...(best.reasons.length > 0 ? best.reasons : reasonsOf(planned))];
  return { name, what, entry: best.entry, reasons, changes: best.changes, files: {} };
}

/** A mount that does not say whose tokens it takes is told by what it fetches. */
function isOf({ profile }: PlannedIssuer, config: VaultJwtConfig): boolean {
  const { bound_issuer: bound = '', oidc_discovery_url: url = '' } = config;
  const named = bound === '' ? url : bound;
  return named === '' || named === profile.issuer;
}

/** Values that claims are bound to; other than text no entry binds. */
function boundsOf({
  bound_claims: claims = {},
  bound_claims_type: type,
  bound_subject: subject = '',
}: VaultJwtRole): Bounds {
  const matcher = (value: BoundValue): Matcher[] => {
    if (typeof value !== 'string') return [];
    return [type === 'glob' && value.includes('*') ? { like: value } : { equals: value }];
  };
  const bound = Object.entries(claims).map(([claim, values]): [string, Matcher[]] => [
    claim,
    [values].flat().flatMap(matcher),
  ]);
  return { ...Object.fromEntries(bound), ...(subject === '' ? {} : { sub: [{ equals: subject }] }) };
}

/** As one admission; then, where it goes by `sub`, as one for each subject. */
function candidatesOf(bounds: Bounds, issuers: readonly PlannedIssuer[]): Proposals[] {
  const whole = propose(bounds, issuers).map((proposal): Proposals => [proposal]);
  return (bounds.sub ?? []).length > 1 ? [...whole, ...proposeTogether([{ bounds, issuers }])] : whole;
}

interface Original {
  readonly role: VaultJwtRole;
  readonly config: VaultJwtConfig;
  readonly issuers: readonly PlannedIssuer[];
}

interface Tried {
  readonly entry: AccessEntry;
  readonly reasons: readonly string[];
  readonly changes: readonly string[];
}

/** The entry that these admissions make. */
function tryOut(proposals: Proposals, base: VaultEntry, original: Original): Tried {
  const { profile } = proposals[0].issuer;
  const { role, config, issuers } = original;
  const { vault, compiled } = shortest(proposals, base, role);
  const entry = entryOf(proposals, vault);
  if (!compiled.ok) return { entry, reasons: reasonsOf(compiled), changes: [] };
  const next = asVaultRole(compiled.value.role);
  const mount = compileVaultMount(profile);
  const before = tokensOfVaultRole({ ...role, token_bound_cidrs: [] }, config);
  const after = tokensOfVaultRole({ ...next, token_bound_cidrs: [] }, { bound_issuer: mount.boundIssuer });
  const reasons = differences(before, after, issuers, role.bound_audiences?.[0] ?? VAULT_AUDIENCE);
  return { entry, reasons, changes: changesAt(role, next) };
}

function entryOf([{ entry: first }, ...others]: Proposals, vault: VaultEntry): AccessEntry {
  const also = others.map(({ entry }) => entry);
  return { ...first, ...(also.length === 0 ? {} : { also }), vault: { ...vault, adopt: true } };
}

/** Without what the kit would choose by itself. */
function shortest(proposals: Proposals, base: VaultEntry, role: VaultJwtRole) {
  const short = { ...base };
  delete short.user_claim;
  delete short.audience;
  const admissions = admissionsOf(proposals);
  const compile = (vault: VaultEntry): { vault: VaultEntry; compiled: Result<VaultAccess> } => ({
    vault,
    compiled: admissions.ok ? compileAtVault(admissions.value, readVaultGrant(vault)) : admissions,
  });
  const isSame = ({ compiled }: ReturnType<typeof compile>): boolean =>
    compiled.ok &&
    compiled.value.role.userClaim === role.user_claim &&
    compiled.value.role.boundAudiences.join() === (role.bound_audiences ?? []).join();
  const { audience } = base;
  const named = audience === undefined ? {} : { audience };
  const tries = [short, { ...short, ...named }, { ...short, user_claim: role.user_claim }];
  return tries.map(compile).find(isSame) ?? compile(base);
}

/** What a login yields, as an entry says it; 0 is Vault's way to leave it to the mount. */
function grantOf(role: VaultJwtRole, name: string, entry: string): VaultEntry {
  const time = (key: string, seconds: number | undefined) =>
    seconds === undefined || seconds <= 0 ? {} : { [key]: duration(seconds) };
  const { token_ttl: ttl, token_max_ttl: maxTtl, token_explicit_max_ttl: explicit, token_type: type } = role;
  const { token_policies: policies = [], bound_audiences: audiences = [], claim_mappings: mappings = {} } = role;
  const { groups_claim: groups = '', token_bound_cidrs: cidrs = [], token_no_default_policy: none } = role;
  return {
    ...(policies.length === 0 ? {} : { policies: [...policies] }),
    ...time('ttl', ttl),
    ...(type === 'batch' || maxTtl === ttl ? {} : time('max_ttl', maxTtl)),
    ...(explicit === maxTtl ? {} : time('explicit_max_ttl', explicit)),
    ...(audiences.length === 0 ? {} : { audience: listed([...audiences]) }),
    user_claim: role.user_claim,
    ...(groups === '' ? {} : { groups_claim: groups }),
    ...(Object.keys(mappings).length === 0 ? {} : { claim_mappings: { ...mappings } }),
    ...(type === 'batch' ? { token_type: 'batch' as const } : {}),
    ...(none === true ? {} : { default_policy: true }),
    ...(cidrs.length === 0 ? {} : { bound_cidrs: [...cidrs] }),
    ...(name === entry ? {} : { role: name }),
  };
}

/** Fields that no entry has, where they are set. */
function unsaid(role: VaultJwtRole): string[] {
  const fields = [
    'token_period',
    'token_num_uses',
    'clock_skew_leeway',
    'expiration_leeway',
    'not_before_leeway',
    'user_claim_json_pointer',
  ] as const;
  const others = Object.entries(role.bound_claims ?? {}).filter(([, values]) =>
    [values].flat().some((value) => typeof value !== 'string'),
  );
  return [
    ...fields
      .filter((field) => ![undefined, 0, false].includes(role[field]))
      .map((field) => `it sets \`${field}\` to ${show(role[field])}, which no entry says`),
    ...others.map(([claim]) => `\`${claim}\` is bound to what is no text, which no entry says`),
  ];
}

/** What the next update would change, the tokens aside. */
function changesAt(before: VaultJwtRole, after: VaultJwtRole): string[] {
  const next = Object.fromEntries(handedOut(after));
  return handedOut(before).flatMap(([field, value]) => {
    const [was, becomes] = [JSON.stringify(value), JSON.stringify(next[field])];
    return was === becomes ? [] : [`${field}: ${was} becomes ${becomes}`];
  });
}

/** Fields that say what a login yields, with what Vault reads where they are not set. */
function handedOut(role: VaultJwtRole): [string, unknown][] {
  return Object.entries({
    token_ttl: role.token_ttl ?? 0,
    token_max_ttl: role.token_max_ttl ?? 0,
    token_explicit_max_ttl: role.token_explicit_max_ttl ?? 0,
    token_policies: [...(role.token_policies ?? [])].sort(),
    token_type: role.token_type === 'batch' ? 'batch' : 'service',
    token_no_default_policy: role.token_no_default_policy ?? false,
    token_bound_cidrs: role.token_bound_cidrs ?? [],
    user_claim: role.user_claim,
    groups_claim: role.groups_claim ?? '',
    claim_mappings: role.claim_mappings ?? {},
  });
}
