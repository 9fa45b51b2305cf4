/** What a catalog means: issuers with their profiles, and for each entry an admission with what it gets. */

import { type Path, type Problem, type Result, accept, problem, refuse, under } from '../claims/problem.ts';
import { type IssuerConfig, profileOfKind, readIssuer } from '../claims/issuer.ts';
import { suggest } from '../claims/suggest.ts';
import { type Admission, type AdmissionArgs } from '../trust/admission.ts';
import { readAdmission } from '../trust/read-admission.ts';
import { checkVaultGrant } from '../trust/vault/check-grant.ts';
import { type VaultGrantArgs } from '../trust/vault/grant.ts';
import { type Admissions, compileAtAws, compileAtVault } from './compile.ts';
import { type AwsGrant, type ReadFile, checkAwsGrant, readAwsGrant, readVaultGrant } from './grants.ts';
import {
  type CatalogPlan,
  type Environments,
  type PlannedAccess,
  type PlannedAdmission,
  type PlannedEnvironment,
  type PlannedGroup,
  type PlannedIssuer,
  meets,
} from './planned.ts';
import { checkEntities, checkMounts } from './mounts.ts';
import { type Readable, type ReadableCatalog } from './parse.ts';
import { checkRoleNames } from './role-names.ts';
import { type AdmissionEntry, type AccessEntry, type BoundEntry, type GroupEntry, type IssuerEntry } from './schema.ts';

export { type CatalogPlan, type PlannedAccess, type PlannedGroup, type PlannedIssuer } from './planned.ts';

export interface PlanOptions {
  /** URL of the kit's own issuer. Default: one that is nowhere, with which all else can be checked. */
  readonly ownUrl?: string;
}

/** RFC 2606: nothing is ever there. */
const NO_ISSUER = 'https://own-issuer.invalid';

export function planCatalog(
  document: ReadableCatalog,
  readFile: ReadFile,
  { ownUrl = NO_ISSUER }: PlanOptions = {},
): Result<CatalogPlan> {
  const problems: Problem[] = [];
  const keep = <T>(path: Path, result: Result<T>): T | undefined => {
    if (result.ok) return result.value;
    problems.push(...under(path, result.problems));
    return undefined;
  };
  const each = <E, T>(section: string, entries: Readable<E>, plan: (name: string, entry: E) => Result<T>) =>
    Object.entries(entries).map(([name, entry]): [string, T | undefined] => [
      name,
      entry === undefined ? undefined : keep([section, name], plan(name, entry)),
    ]);
  const planned = each('issuers', document.issuers, (name, entry) => planIssuer(name, entry, readFile, ownUrl));
  const issuers: Issuers = new Map(planned.map(([name, issuer]) => [name, issuer ?? document.issuers[name]]));
  const known = present(planned);
  problems.push(...checkMounts(known));
  const environments = Object.keys(document.environments);
  const within = { issuers, environments };
  const access = each('access', document.access, (name, entry) => planAccess(name, entry, within, readFile));
  const groups = each('groups', document.groups, (name, entry) => planGroup(name, entry, within));
  const [entries, members] = [present(access), present(groups)];
  problems.push(...checkEntities(entries), ...checkGroups(members), ...checkRoleNames(entries));
  if (problems.length > 0) return refuse(...problems);
  return accept({ issuers: known, access: entries, groups: members, environments: planEnvironments(document) });
}

/** What an entry refers to. */
interface Within {
  readonly issuers: Issuers;
  /** Names. */
  readonly environments: readonly string[];
}

function planEnvironments({ environments }: ReadableCatalog): PlannedEnvironment[] {
  return Object.entries(environments).map(([name, { account, namespace } = {}]) => ({
    name,
    ...(account === undefined ? {} : { account }),
    ...(namespace === undefined ? {} : { namespace }),
  }));
}

function checkEnvironments(named: Environments, declared: readonly string[]): Problem[] {
  return (named ?? []).flatMap((name, index) => {
    if (declared.includes(name)) return [];
    const hint = declared.length === 0 ? 'declare it under `environments`' : suggest(name, declared);
    return [problem(['environments', index], `there is no environment \`${name}\``, hint)];
  });
}

function present<T>(entries: readonly (readonly [string, T | undefined])[]): T[] {
  return entries.flatMap(([, entry]) => (entry === undefined ? [] : [entry]));
}

function planIssuer(name: string, entry: IssuerEntry, readFile: ReadFile, ownUrl: string): Result<PlannedIssuer> {
  if (entry.own !== undefined && entry.url !== undefined) {
    return refuse(problem(['own'], 'the URL is given, and shall be taken from the stack', 'leave out `own` or `url`'));
  }
  const url = entry.own === undefined ? entry.url : `${ownUrl}${entry.own === true ? '' : entry.own}`;
  const config: IssuerConfig = {
    profile: entry.profile,
    ...(url === undefined ? {} : { url }),
    ...(entry.iss === undefined ? {} : { iss: entry.iss }),
    ...(entry.jwks_url === undefined ? {} : { jwksUrl: entry.jwks_url }),
    ...(entry.sub_fields === undefined ? {} : { subFields: entry.sub_fields }),
    ...(entry.algorithm === undefined ? {} : { algorithm: entry.algorithm }),
  };
  const profile = readIssuer(config);
  const ca = entry.ca_file === undefined ? accept(undefined) : readFile(entry.ca_file);
  const problems = [...(profile.ok ? [] : profile.problems), ...(ca.ok ? [] : under(['ca_file'], ca.problems))];
  if (!profile.ok || !ca.ok) return refuse(...problems);
  return accept({
    name,
    config,
    profile: profile.value,
    vaultMount: entry.vault_mount ?? `jwt-${name}`,
    own: entry.own !== undefined,
    atAws: entry.at_aws ?? 'create',
    atVault: entry.at_vault ?? 'create',
    ...(ca.value === undefined ? {} : { ca: ca.value }),
  });
}

/** What is wrong stays as it was written; what cannot even be read is undefined. */
type Issuers = ReadonlyMap<string, PlannedIssuer | IssuerEntry | undefined>;

const isPlanned = (issuer: PlannedIssuer | IssuerEntry | undefined): issuer is PlannedIssuer =>
  issuer !== undefined && 'config' in issuer;

function findIssuer(name: string, issuers: Issuers): Result<PlannedIssuer> {
  if (!issuers.has(name))
    return refuse(problem(['issuer'], `there is no issuer \`${name}\``, suggest(name, [...issuers.keys()])));
  const issuer = issuers.get(name);
  return isPlanned(issuer) ? accept(issuer) : refuse();
}

/** Where the issuer is wrong, the claims are still checked as those of its kind. */
function planAdmission(name: string, issuers: Issuers, args: AdmissionArgs): Result<Admission> {
  const issuer = findIssuer(name, issuers);
  if (issuer.ok) return readAdmission(issuer.value.profile, args);
  const written = issuers.get(name);
  const kind = written === undefined || isPlanned(written) ? undefined : profileOfKind(written.profile);
  const problems = kind === undefined ? [] : problemsOf(readAdmission(kind, args));
  return refuse(...issuer.problems, ...problems);
}

/** The plain form that components take, from what the YAML says. */
export function admissionArgs(entry: Pick<AccessEntry, 'variant' | 'scope' | 'admit'>): AdmissionArgs {
  return {
    ...(entry.variant === undefined ? {} : { variants: list(entry.variant) }),
    ...(entry.scope === undefined ? {} : { scope: entry.scope }),
    claims: Object.fromEntries(Object.entries(entry.admit).map(([claim, bound]) => [claim, constraint(bound)])),
  };
}

const list = (value: string | readonly string[]): string[] => (typeof value === 'string' ? [value] : [...value]);

function constraint(bound: BoundEntry) {
  if (typeof bound !== 'object' || !('like' in bound)) return { equals: list(bound) };
  return { ...(bound.equals === undefined ? {} : { equals: list(bound.equals) }), like: list(bound.like) };
}

/** The admission of an entry, or one beside it. */
function planOneAdmission(entry: AdmissionEntry, issuers: Issuers): Result<PlannedAdmission> {
  const issuer = findIssuer(entry.issuer, issuers);
  const args = admissionArgs(entry);
  const admission = planAdmission(entry.issuer, issuers, args);
  if (!issuer.ok || !admission.ok) return refuse(...problemsOf(admission));
  return accept({ issuer: issuer.value, args, admission: admission.value });
}

/** All of them, or what is wrong with any. */
function planAdmissions(entry: AccessEntry, issuers: Issuers): Result<[PlannedAdmission, ...PlannedAdmission[]]> {
  const first = planOneAdmission(entry, issuers);
  const others = (entry.also ?? []).map((one) => planOneAdmission(one, issuers));
  const problems = [...problemsOf(first), ...others.flatMap((one, at) => under(['also', at], problemsOf(one)))];
  const known = others.flatMap((one) => (one.ok ? [one.value] : []));
  if (!first.ok || known.length < others.length) return refuse(...problems);
  return accept([first.value, ...known]);
}

function planAccess(name: string, entry: AccessEntry, within: Within, readFile: ReadFile): Result<PlannedAccess> {
  const admissions = planAdmissions(entry, within.issuers);
  const aws = entry.aws === undefined ? accept(undefined) : readAwsGrant(entry.aws, readFile);
  const vault = entry.vault === undefined ? undefined : readVaultGrant(entry.vault);
  const problems: Problem[] = [
    ...problemsOf(admissions),
    ...problemsOf(aws),
    ...checkEnvironments(entry.environments, within.environments),
    ...(entry.aws === undefined && entry.vault === undefined ? [GETS_NOTHING] : []),
    ...(vault === undefined ? [] : checkVault(admissions, vault)),
    ...(aws.ok && aws.value !== undefined ? checkAws(admissions, aws.value) : []),
  ];
  if (problems.length > 0 || !admissions.ok || !aws.ok) return refuse(...problems);
  const [own, ...also] = admissions.value;
  return accept({
    name,
    ...own,
    also,
    environments: entry.environments,
    ...(aws.value === undefined ? {} : { aws: aws.value }),
    ...(vault === undefined ? {} : { vault }),
    vaultRole: { name: entry.vault?.role ?? name, adopt: entry.vault?.adopt === true },
  });
}

const GETS_NOTHING = problem([], 'this entry gets nothing', 'write `aws` or `vault`, and what it gets there');

function checkVault(admissions: Result<Admissions>, grant: VaultGrantArgs): readonly Problem[] {
  return admissions.ok ? problemsOf(compileAtVault(admissions.value, grant)) : checkVaultGrant(grant);
}

function checkAws(admissions: Result<Admissions>, grant: AwsGrant): readonly Problem[] {
  const trust = admissions.ok ? problemsOf(compileAtAws(admissions.value, grant.audiences)) : [];
  return [...checkAwsGrant(grant), ...trust];
}

const problemsOf = (result: Result<unknown>): readonly Problem[] => (result.ok ? [] : result.problems);

function planGroup(name: string, entry: GroupEntry, { issuers, environments }: Within): Result<PlannedGroup> {
  const issuer = findIssuer(entry.issuer, issuers);
  if (!issuer.ok) return issuer;
  const { profile } = issuer.value;
  if (!Object.values(profile.variants).some(({ groups }) => groups !== undefined)) {
    return refuse(
      problem(
        ['issuer'],
        `tokens of ${profile.profile} list no groups`,
        'only id tokens of GitLab do: use the profile gitlab-id-token',
      ),
    );
  }
  const grant = readVaultGrant(entry.vault);
  const problems = [
    ...checkVaultGrant(grant),
    ...checkNoTemplates(grant),
    ...checkEnvironments(entry.environments, environments),
  ];
  if (problems.length > 0) return refuse(...problems);
  return accept({ name, issuer: issuer.value, memberOf: entry.member_of, grant, environments: entry.environments });
}

/** Vault knows a group of the token by one name at each mount. */
function checkGroups(groups: readonly PlannedGroup[]): Problem[] {
  return groups.flatMap((group, at) => {
    const { name, issuer, memberOf } = group;
    const other = groups
      .slice(0, at)
      .find((one) => one.issuer.vaultMount === issuer.vaultMount && one.memberOf === memberOf && meets(one, group));
    if (other === undefined) return [];
    const path = ['groups', name, 'member_of'];
    return [problem(path, `\`${memberOf}\` is the group of ${other.name} already`, `grant it all in ${other.name}`)];
  });
}

/** Members of a group come through several roles, and not each of them maps the claim. */
function checkNoTemplates({ read = [], write = [] }: VaultGrantArgs): Problem[] {
  const templated = [...read, ...write].find((path) => path.includes('{'));
  if (templated === undefined) return [];
  return [
    problem(['vault'], `\`${templated}\` names a claim, and a group's policy has none`, 'grant it in `access` instead'),
  ];
}
