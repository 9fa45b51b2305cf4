/** Who can reach what: of each entry the path from the issuer through the roles to what they may do. */

import { AWS_AUDIENCE } from '../trust/aws/compile.ts';
import { matcherText } from '../trust/matcher.ts';
import { tokensOfAdmission } from '../trust/tokens/of-admission.ts';
import { spaceOf } from '../trust/tokens/profile-space.ts';
import { solve } from '../trust/tokens/solve.ts';
import { asVaultRole } from '../trust/vault/compile.ts';
import { VAULT_AUDIENCE } from '../trust/vault/grant.ts';
import { type TokenLife, lifeOfTokens } from '../trust/vault/life.ts';
import { type PathRule, pathRules } from '../trust/vault/path.ts';
import { compileAtVault } from './compile.ts';
import {
  type CatalogPlan,
  type PlannedAccess,
  type PlannedAdmission,
  type PlannedGroup,
  admissionsOf,
} from './planned.ts';

export interface AccessMap {
  readonly entries: readonly MapEntry[];
  readonly groups: readonly MapGroup[];
}

export interface MapEntry {
  readonly name: string;
  /** Names; empty where the catalog knows no environments. */
  readonly environments: readonly string[];
  /** The tokens of any of them are let in. */
  readonly admits: readonly MapAdmission[];
  readonly aws?: MapAwsRole;
  readonly vault?: MapVaultRole;
}

export interface MapAdmission {
  /** As the catalog calls it. */
  readonly issuer: string;
  /** `iss`. */
  readonly iss: string;
  readonly profile: string;
  readonly variants: readonly string[];
  readonly wholeOrganization: boolean;
  /** All of them must hold. */
  readonly claims: readonly MapClaim[];
  /** Of a shortest token that is let in. */
  readonly exampleSubject: string | null;
}

/** Any of the values will do. */
export interface MapClaim {
  readonly claim: string;
  readonly equals: readonly string[];
  /** `*` is any run of characters. */
  readonly like: readonly string[];
}

export interface MapAwsRole {
  readonly role: string;
  readonly audiences: readonly string[];
  readonly managed: readonly string[];
  readonly inline: readonly MapPolicy[];
  readonly boundary: string | null;
  /** Seconds. */
  readonly session: number;
}

export interface MapPolicy {
  readonly name: string;
  readonly statements: readonly MapStatement[];
}

export interface MapStatement {
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditional: boolean;
}

export interface MapVaultRole {
  readonly mount: string;
  readonly role: string;
  readonly audiences: readonly string[];
  readonly policies: readonly string[];
  /** Of the role's own policy; `{claim}` is the value of the token. */
  readonly paths: readonly PathRule[];
  /** Seconds. */
  readonly ttl: number;
  readonly life: TokenLife;
}

export interface MapGroup {
  readonly name: string;
  readonly issuer: string;
  readonly mount: string;
  readonly memberOf: string;
  readonly environments: readonly string[];
  readonly policies: readonly string[];
  readonly paths: readonly PathRule[];
}

export function mapOf(plan: CatalogPlan): AccessMap {
  return {
    entries: plan.access.map((entry) => mapEntry(entry, plan)),
    groups: plan.groups.map((group) => mapGroup(group, plan)),
  };
}

const environmentsOf = ({ environments }: Pick<PlannedAccess, 'environments'>, plan: CatalogPlan): readonly string[] =>
  environments ?? plan.environments.map(({ name }) => name);

function mapEntry(entry: PlannedAccess, plan: CatalogPlan): MapEntry {
  const aws = mapAws(entry);
  const vault = mapVault(entry);
  return {
    name: entry.name,
    environments: environmentsOf(entry, plan),
    admits: admissionsOf(entry).map((one) =>
      mapAdmission(one, entry.aws === undefined ? VAULT_AUDIENCE : AWS_AUDIENCE),
    ),
    ...(aws === undefined ? {} : { aws }),
    ...(vault === undefined ? {} : { vault }),
  };
}

function mapAdmission({ issuer, admission }: PlannedAdmission, audience: string): MapAdmission {
  const found = solve(spaceOf(issuer.profile, { audience }), tokensOfAdmission(admission));
  const subject = found.kind === 'witness' ? found.witness.claims.sub : undefined;
  return {
    issuer: issuer.name,
    iss: issuer.profile.issuer,
    profile: issuer.profile.profile,
    variants: admission.variants,
    wholeOrganization: admission.scope === 'organization',
    claims: admission.constraints.map(({ claim, anyOf }) => ({
      claim,
      equals: anyOf.filter((matcher) => 'equals' in matcher).map(matcherText),
      like: anyOf.filter((matcher) => 'like' in matcher).map(matcherText),
    })),
    exampleSubject: typeof subject === 'string' ? subject : null,
  };
}

const DEFAULT_SESSION = 3600;

function mapAws({ name, aws }: PlannedAccess): MapAwsRole | undefined {
  if (aws === undefined) return undefined;
  return {
    role: aws.role ?? name,
    audiences: aws.audiences ?? [AWS_AUDIENCE],
    managed: aws.managed,
    inline: Object.entries(aws.inline).map(([policy, text]) => ({ name: policy, statements: statementsOf(text) })),
    boundary: aws.boundary ?? null,
    session: aws.session ?? DEFAULT_SESSION,
  };
}

const texts = (value: unknown): string[] => [value].flat().filter((one) => typeof one === 'string');

/** @param text JSON, as the catalog has checked */
function statementsOf(text: string): MapStatement[] {
  const { Statement: given } = JSON.parse(text) as { readonly Statement: unknown };
  return [given].flat().map((one): MapStatement => {
    const statement = (one ?? {}) as Readonly<Record<string, unknown>>;
    const either = (name: string) => [
      ...texts(statement[name]),
      ...texts(statement[`Not${name}`]).map((except) => `all but ${except}`),
    ];
    return {
      effect: statement.Effect === 'Deny' ? 'Deny' : 'Allow',
      actions: either('Action'),
      resources: either('Resource'),
      conditional: statement.Condition !== undefined,
    };
  });
}

function mapVault(entry: PlannedAccess): MapVaultRole | undefined {
  if (entry.vault === undefined) return undefined;
  const compiled = compileAtVault(admissionsOf(entry), entry.vault);
  if (!compiled.ok) throw new Error(`the entry ${entry.name} was planned, and cannot be compiled`);
  const role = asVaultRole(compiled.value.role);
  const { token_no_default_policy: noDefault, token_policies: policies = [] } = role;
  return {
    mount: entry.issuer.vaultMount,
    role: entry.vaultRole.name,
    audiences: role.bound_audiences ?? [],
    policies: [...(noDefault === true ? [] : ['default']), ...policies],
    paths: compiled.value.rules,
    ttl: role.token_ttl ?? 0,
    life: lifeOfTokens(role),
  };
}

function mapGroup(group: PlannedGroup, plan: CatalogPlan): MapGroup {
  return {
    name: group.name,
    issuer: group.issuer.name,
    mount: group.issuer.vaultMount,
    memberOf: group.memberOf,
    environments: environmentsOf(group, plan),
    policies: group.grant.policies ?? [],
    paths: pathRules(group.grant),
  };
}
