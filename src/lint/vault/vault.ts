/** Roles of Vault on their mounts, with the policies that they hand out. */

import { type Problem, describeProblem } from '../../claims/problem.ts';
import { type Location, type VaultMount, type VaultPolicy, type VaultRole } from '../../trust/resource.ts';
import { parseVaultRole } from '../../trust/vault/parse.ts';
import { type VaultJwtConfig } from '../../trust/vault/role.ts';
import { tokensOfVaultRole } from '../../trust/vault/tokens.ts';
import { genericSpace } from '../../trust/tokens/profile-space.ts';
import { solve } from '../../trust/tokens/solve.ts';
import { gapsIn, knownMembers } from '../known.ts';
import { findLongVaultToken, maximumLifeText } from '../both/maximum-life.ts';
import { type LintOptions } from '../options.ts';
import {
  type Finding,
  type Found,
  type LintResult,
  NOTHING,
  type Note,
  type ShownToken,
  findingOf,
  joined,
} from '../rule.ts';
import { VAULT_RULES } from '../rules.ts';
import { insecureUrlText } from '../issuer/insecure-url.ts';
import { type Spaces } from '../spaces.ts';
import { undecidedGap, undecidedText } from '../undecided.ts';
import { shownToken } from '../witness.ts';
import { type VaultTrust, vaultTrust } from './login.ts';
import { canAsk, knownRole } from './known-role.ts';
import { algorithmsText, findAlgorithms, findMountUrls, findNoIssuer, noIssuerText } from './mount.ts';
import { normalRole } from './normal.ts';
import { findLoosePaths, findMappings, templateText, templatedPaths } from './template.ts';

export interface VaultResources {
  readonly mounts: readonly VaultMount[];
  readonly roles: readonly VaultRole[];
  readonly policies: readonly VaultPolicy[];
}

export function lintVault(resources: VaultResources, spaces: Spaces, options: LintOptions): LintResult {
  const { mounts, roles, policies } = resources;
  const read = roles.map((role) => readLogin(role, mounts, spaces, options));
  const logins = read.flatMap((one) => (Array.isArray(one) ? [] : [one]));
  const unreadable = read.flatMap((one) => (Array.isArray(one) ? one : []));
  return joined([
    ...logins.map((login) => lintLogin(login, policies, options)),
    ...mounts.map((mount) => lintMount(mount, logins)),
    ...policies.map((policy) => lintPolicy(policy, logins)),
    { ...NOTHING, unreadable },
  ]);
}

interface Login {
  readonly source: VaultRole;
  readonly mount: VaultMount | undefined;
  readonly trust: VaultTrust | undefined;
}

function readLogin(
  source: VaultRole,
  mounts: readonly VaultMount[],
  spaces: Spaces,
  options: LintOptions,
): Login | Note[] {
  const mount = mountOf(source, mounts);
  const parsed = parseVaultRole(knownRole(normalRole(source.role)), mount && knownMembers(mount.config));
  if (!parsed.ok) return unreadable(source.place, parsed.problems);
  const { role, config } = parsed.value;
  // Roles of the browser's flow take no token.
  if (role.role_type !== 'jwt') return { source, mount, trust: undefined };
  const { splitsCommas, declared } = source;
  const { otherwise: profile, tenants } = options;
  const trust = vaultTrust(role, { spaces, config, profile, splitsCommas, declared, tenants });
  return { source, mount, trust };
}

const unreadable = (place: Location, problems: readonly Problem[]): Note[] =>
  problems.map((found) => ({ place, message: describeProblem(found) }));

/** The mount that the role names; the only one there is where it names none. */
function mountOf({ mount, place }: VaultRole, mounts: readonly VaultMount[]): VaultMount | undefined {
  const [only, ...others] = mounts;
  if (mount === undefined || only?.path === undefined) return others.length === 0 ? only : undefined;
  const named = mounts.filter(({ path }) => path === mount);
  return named.find((one) => one.place.file === place.file) ?? named[0];
}

function lintLogin(
  { source, mount, trust }: Login,
  policies: readonly VaultPolicy[],
  { maximum = {} }: LintOptions,
): LintResult {
  const { place } = source;
  const gaps = gapsIn(normalRole(source.role));
  const unknown = gaps.map((gap) => findingOf(undecidedText, place, undecidedGap(gap)));
  if (trust === undefined) {
    const message = 'it is a role of the browser flow (role_type oidc): no token logs in, and it is not judged';
    return { ...NOTHING, findings: unknown, notes: [{ place, message }] };
  }
  const found = VAULT_RULES.filter((rule) => canAsk(rule, gaps)).flatMap((rule) =>
    rule.find(trust).map((one) => ({ rule, one })),
  );
  const mapped = canAsk(templateText, gaps) ? findMappings(trust, keysUsed(trust, policies)) : [];
  const long = canAsk(maximumLifeText, gaps) ? findLongVaultToken(trust.role, maximum) : [];
  const undecided = [...trust.questions.undecided].map((message): Found => ({ message, path: 'role' }));
  const notes = [
    ...found.filter(({ one }) => one.isNote === true).map(({ one }) => one.message),
    ...(mount === undefined ? ['the configuration of its mount is not judged: give it as well'] : []),
  ];
  return {
    findings: [
      ...found.filter(({ one }) => one.isNote !== true).map(({ rule, one }) => findingOf(rule, place, one)),
      ...mapped.map((one) => findingOf(templateText, place, one)),
      ...long.map((one) => findingOf(maximumLifeText, place, one)),
      ...undecided.map((one) => findingOf(undecidedText, place, one)),
      ...unknown,
    ],
    notes: notes.map((message): Note => ({ place, message })),
    unreadable: [],
  };
}

/** Metadata keys that the policies of the role use; undefined where not all of them are among the documents. */
function keysUsed({ role }: VaultTrust, policies: readonly VaultPolicy[]): ReadonlySet<string> | undefined {
  const named = role.token_policies ?? [];
  const texts = named.map((name) => policies.find((policy) => policy.name === name)?.text);
  if (named.length === 0 || texts.some((text) => typeof text !== 'string')) return undefined;
  return new Set(
    texts.flatMap((text) => (typeof text === 'string' ? templatedPaths(text).flatMap(({ keys }) => keys) : [])),
  );
}

function lintMount(mount: VaultMount, logins: readonly Login[]): LintResult {
  const { place } = mount;
  const parsed = parseVaultRole({ user_claim: 'sub' }, knownMembers(mount.config));
  if (!parsed.ok) return { ...NOTHING, unreadable: unreadable(place, parsed.problems) };
  const config = parsed.value.config ?? {};
  const gaps = gapsIn(mount.config);
  const own = logins.filter((login) => login.mount === mount);
  const subject = { config, witness: tokenOf(own), foreign: foreignToken(own, config) };
  // What is not known is no member that is missing.
  const known = (found: Found) => !gaps.some(({ path }) => found.path.startsWith(`config.${path}`));
  const findings: Finding[] = [
    ...findNoIssuer(subject)
      .filter(known)
      .map((one) => findingOf(noIssuerText, place, one)),
    ...findMountUrls(subject).map((one) => findingOf(insecureUrlText, place, one)),
    ...findAlgorithms(subject)
      .filter(known)
      .map((one) => findingOf(algorithmsText, place, one)),
    ...gaps.map((gap) => findingOf(undecidedText, place, undecidedGap(gap))),
  ];
  return { ...NOTHING, findings };
}

/** A token that some role of the mount takes; where it has none, one of the issuer's. */
function tokenOf(logins: readonly Login[]): ShownToken | undefined {
  for (const { trust } of logins) {
    const found = trust?.questions.find(trust.part.tokens);
    if (found !== undefined) return shownToken(found);
  }
  return undefined;
}

/** A token of another issuer, which a role takes since nobody looks at `iss`. */
function foreignToken(logins: readonly Login[], config: VaultJwtConfig): ShownToken | undefined {
  for (const { trust } of logins) {
    if (trust === undefined) continue;
    const answer = solve(genericSpace('https://another-issuer.example'), tokensOfVaultRole(trust.role, config));
    if (answer.kind === 'witness') return shownToken(answer.witness);
  }
  return undefined;
}

function lintPolicy({ place, text, name }: VaultPolicy, logins: readonly Login[]): LintResult {
  const gaps = gapsIn(text).map((gap) => findingOf(undecidedText, place, undecidedGap({ ...gap, path: 'policy' })));
  if (typeof text !== 'string') return { ...NOTHING, findings: gaps };
  const users = logins.filter(({ trust }) => name !== undefined && trust?.role.token_policies?.includes(name) === true);
  const witness = tokenOf(users);
  const loose = findLoosePaths(text).map((found) =>
    findingOf(templateText, place, witness === undefined ? found : { ...found, witness }),
  );
  return { ...NOTHING, findings: loose };
}
