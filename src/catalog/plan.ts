/** What a catalog means: issuers with their profiles, and for each entry an admission with what it gets. */

import { type Path, type Problem, type Result, accept, problem, refuse, under } from '../claims/problem.ts';
import { conditionPrefix } from '../claims/profile.ts';
import { type IssuerConfig, profileOfKind, readIssuer } from '../claims/issuer.ts';
import { suggest } from '../claims/suggest.ts';
import { type Admission, type AdmissionArgs } from '../trust/admission.ts';
import { compileTrustPolicy, providerArn } from '../trust/aws/compile.ts';
import { readAdmission } from '../trust/read-admission.ts';
import { checkVaultGrant, compileVaultAccess } from '../trust/vault/compile.ts';
import { type VaultGrantArgs } from '../trust/vault/grant.ts';
import { type AwsGrant, type ReadFile, checkAwsGrant, readAwsGrant, readVaultGrant } from './grants.ts';
import { type CatalogPlan, type PlannedAccess, type PlannedGroup, type PlannedIssuer } from './planned.ts';
import { checkEntities, checkMounts } from './mounts.ts';
import { type Readable, type ReadableCatalog } from './parse.ts';
import { type AccessEntry, type BoundEntry, type GroupEntry, type IssuerEntry } from './schema.ts';

export { type CatalogPlan, type PlannedAccess, type PlannedGroup, type PlannedIssuer } from './planned.ts';

/** Longest ARN parts that can occur, so that a policy which fits here fits in every account. */
const SOME_ACCOUNT = '000000000000';

export function planCatalog(document: ReadableCatalog, readFile: ReadFile): Result<CatalogPlan> {
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
  const planned = each('issuers', document.issuers, (name, entry) => planIssuer(name, entry, readFile));
  const issuers: Issuers = new Map(planned.map(([name, issuer]) => [name, issuer ?? document.issuers[name]]));
  const known = present(planned);
  problems.push(...checkMounts(known));
  const access = each('access', document.access, (name, entry) => planAccess(name, entry, issuers, readFile));
  const groups = each('groups', document.groups, (name, entry) => planGroup(name, entry, issuers));
  problems.push(...checkEntities(present(access)), ...checkGroups(present(groups)));
  if (problems.length > 0) return refuse(...problems);
  return accept({ issuers: known, access: present(access), groups: present(groups) });
}

function present<T>(entries: readonly (readonly [string, T | undefined])[]): T[] {
  return entries.flatMap(([, entry]) => (entry === undefined ? [] : [entry]));
}

function planIssuer(name: string, entry: IssuerEntry, readFile: ReadFile): Result<PlannedIssuer> {
  const config: IssuerConfig = {
    profile: entry.profile,
    ...(entry.url === undefined ? {} : { url: entry.url }),
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
  return typeof bound === 'object' && 'like' in bound ? { like: list(bound.like) } : { equals: list(bound) };
}

function planAccess(name: string, entry: AccessEntry, issuers: Issuers, readFile: ReadFile): Result<PlannedAccess> {
  const issuer = findIssuer(entry.issuer, issuers);
  const args = admissionArgs(entry);
  const admission = planAdmission(entry.issuer, issuers, args);
  const aws = entry.aws === undefined ? accept(undefined) : readAwsGrant(entry.aws, readFile);
  const vault = entry.vault === undefined ? undefined : readVaultGrant(entry.vault);
  const problems: Problem[] = [
    ...problemsOf(admission),
    ...problemsOf(aws),
    ...(entry.aws === undefined && entry.vault === undefined ? [GETS_NOTHING] : []),
    ...(vault === undefined ? [] : checkVault(admission, vault)),
    ...(aws.ok && aws.value !== undefined ? checkAws(admission, aws.value) : []),
  ];
  if (problems.length > 0 || !issuer.ok || !admission.ok || !aws.ok) return refuse(...problems);
  return accept({
    name,
    issuer: issuer.value,
    args,
    admission: admission.value,
    ...(aws.value === undefined ? {} : { aws: aws.value }),
    ...(vault === undefined ? {} : { vault }),
  });
}

const GETS_NOTHING = problem([], 'this entry gets nothing', 'write `aws` or `vault`, and what it gets there');

function checkVault(admission: Result<Admission>, grant: VaultGrantArgs): readonly Problem[] {
  return admission.ok ? problemsOf(compileVaultAccess(admission.value, grant)) : checkVaultGrant(grant);
}

function checkAws(admission: Result<Admission>, grant: AwsGrant): readonly Problem[] {
  return [...checkAwsGrant(grant), ...(admission.ok ? checkTrust(admission.value, grant) : [])];
}

function checkTrust(admission: Admission, grant: AwsGrant): readonly Problem[] {
  const arn = providerArn('aws-us-gov', SOME_ACCOUNT, conditionPrefix(admission.issuer) ?? '');
  const audiences = grant.audiences === undefined ? {} : { audiences: grant.audiences };
  return problemsOf(compileTrustPolicy(admission, { providerArn: arn, ...audiences }));
}

const problemsOf = (result: Result<unknown>): readonly Problem[] => (result.ok ? [] : result.problems);

function planGroup(name: string, entry: GroupEntry, issuers: Issuers): Result<PlannedGroup> {
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
  const problems = [...checkVaultGrant(grant), ...checkNoTemplates(grant)];
  if (problems.length > 0) return refuse(...problems);
  return accept({ name, issuer: issuer.value, memberOf: entry.member_of, grant });
}

/** Vault knows a group of the token by one name at each mount. */
function checkGroups(groups: readonly PlannedGroup[]): Problem[] {
  return groups.flatMap(({ name, issuer, memberOf }, at) => {
    const other = groups
      .slice(0, at)
      .find((one) => one.issuer.vaultMount === issuer.vaultMount && one.memberOf === memberOf);
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
