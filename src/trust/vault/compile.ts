/** From an admission and a grant to a Vault role, its claim mappings and its policy: they depend on each other. */

import { type Problem, type Result, accept, problem, refuse } from '../../claims/problem.ts';
import { specOf } from '../../claims/claim.ts';
import { type IssuerProfile } from '../../claims/profile.ts';
import { suggest } from '../../claims/suggest.ts';
import { type Admission, tableOf, variantsOf } from '../admission.ts';
import { matcherText } from '../matcher.ts';
import { checkVaultGrant } from './check-grant.ts';
import { VAULT_AUDIENCE, type VaultGrantArgs, VaultTokenType } from './grant.ts';
import { mapClaims } from './mappings.ts';
import { type PathRule, compilePaths } from './path.ts';
import { type VaultJwtRole } from './role.ts';
import { chooseUserClaim } from './user-claim.ts';

export { checkVaultGrant } from './check-grant.ts';

export interface VaultRoleDocument {
  readonly userClaim: string;
  readonly boundAudiences: readonly string[];
  readonly boundSubject?: string;
  readonly boundClaimsType: 'string' | 'glob';
  /** Claim (or JSON pointer) to the values of which it must have one. */
  readonly boundClaims: Readonly<Record<string, readonly string[]>>;
  readonly claimMappings: Readonly<Record<string, string>>;
  readonly groupsClaim?: string;
  readonly tokenPolicies: readonly string[];
  readonly tokenNoDefaultPolicy: boolean;
  readonly tokenType: VaultTokenType;
  readonly tokenBoundCidrs: readonly string[];
  readonly tokenTtl: number;
  readonly tokenMaxTtl: number;
  readonly tokenExplicitMaxTtl: number;
}

export interface VaultAccess {
  readonly role: VaultRoleDocument;
  /** Rules of the policy that goes with the role; none where it grants existing policies alone. */
  readonly rules: readonly PathRule[];
}

const DEFAULT_TTL = 900;

/** Role, claim mappings and policy rules together, or everything that Vault cannot enforce. */
export function compileVaultAccess(admission: Admission, grant: VaultGrantArgs): Result<VaultAccess> {
  const bound = bindClaims(admission);
  const paths = compilePaths(admission, grant);
  const groups = checkGroups(admission, grant);
  const mappings = mapClaims(admission, grant, paths.ok ? paths.value.claims : []);
  const problems: Problem[] = [
    ...(bound.ok ? [] : bound.problems),
    ...(paths.ok ? [] : paths.problems),
    ...(mappings.ok ? [] : mappings.problems),
    ...checkVaultGrant(grant),
    ...checkAudiences(admission.issuer, grant),
    ...groups,
  ];
  const claimMappings = mappings.ok ? mappings.value : {};
  const mapped = Object.keys(claimMappings);
  // Policies of a group go to the entity, so whoever shares the entity must share the groups.
  const shared = grant.groupsClaim === undefined || groups.length > 0 ? mapped : [...mapped, grant.groupsClaim];
  const user = chooseUserClaim(admission, grant.userClaim, shared);
  if (!user.ok) problems.push(...user.problems);
  if (problems.length > 0 || !bound.ok || !paths.ok || !user.ok) return refuse(...problems);
  const ttl = grant.ttl ?? Math.min(DEFAULT_TTL, grant.maxTtl ?? DEFAULT_TTL, grant.explicitMaxTtl ?? DEFAULT_TTL);
  const maxTtl = grant.maxTtl ?? Math.max(ttl, 0);
  const role: VaultRoleDocument = {
    userClaim: user.value,
    ...bound.value,
    boundAudiences: audiencesOf(admission.issuer, grant),
    claimMappings,
    ...(grant.groupsClaim === undefined ? {} : { groupsClaim: grant.groupsClaim }),
    tokenPolicies: grant.policies ?? [],
    tokenNoDefaultPolicy: !(grant.defaultPolicy ?? maxTtl > ttl),
    tokenType: grant.tokenType ?? VaultTokenType.Service,
    tokenBoundCidrs: grant.boundCidrs ?? [],
    tokenTtl: ttl,
    tokenMaxTtl: maxTtl,
    tokenExplicitMaxTtl: grant.explicitMaxTtl ?? maxTtl,
  };
  return accept({ role, rules: paths.value.rules });
}

/** A compiled role as Vault's API has it. */
export function asVaultRole(document: VaultRoleDocument): VaultJwtRole {
  return {
    role_type: 'jwt',
    user_claim: document.userClaim,
    bound_audiences: document.boundAudiences,
    bound_claims_type: document.boundClaimsType,
    bound_claims: document.boundClaims,
    claim_mappings: document.claimMappings,
    ...(document.boundSubject === undefined ? {} : { bound_subject: document.boundSubject }),
    ...(document.groupsClaim === undefined ? {} : { groups_claim: document.groupsClaim }),
    token_policies: document.tokenPolicies,
    token_no_default_policy: document.tokenNoDefaultPolicy,
    token_type: document.tokenType,
    token_bound_cidrs: document.tokenBoundCidrs,
    token_ttl: document.tokenTtl,
    token_max_ttl: document.tokenMaxTtl,
    token_explicit_max_ttl: document.tokenExplicitMaxTtl,
  };
}

/** The mount's configuration for an issuer: its keys, its name, one algorithm. */
export function compileVaultMount(issuer: IssuerProfile) {
  return {
    ...(issuer.url === undefined ? { jwksUrl: issuer.jwksUrl ?? '' } : { oidcDiscoveryUrl: issuer.url }),
    boundIssuer: issuer.issuer,
    jwtSupportedAlgs: issuer.algorithms.slice(0, 1),
  };
}

type Bound = Pick<VaultRoleDocument, 'boundSubject' | 'boundClaims' | 'boundClaimsType'>;

function bindClaims(admission: Admission): Result<Bound> {
  const marker = discriminatorOf(admission);
  if (!marker.ok) return marker;
  const subject = admission.constraints.find(({ claim }) => claim === 'sub');
  const only = subject?.anyOf.length === 1 ? subject.anyOf[0] : undefined;
  const boundSubject = only !== undefined && 'equals' in only ? only.equals : undefined;
  const constraints = admission.constraints.filter(({ claim }) => claim !== 'sub' || boundSubject === undefined);
  const table = tableOf(admission);
  const entries = constraints.map(({ claim, anyOf }): [string, string[]] => [
    specOf(table, claim)?.pointer ?? claim,
    anyOf.map(matcherText),
  ]);
  const glob =
    marker.value !== undefined || constraints.some(({ anyOf }) => anyOf.some((matcher) => 'like' in matcher));
  const several = entries.some(([, values]) => values.length > 1);
  const commas = several
    ? entries.flatMap(([claim, values]) => values.filter((value) => value.includes(',')).map((value) => [claim, value]))
    : [];
  if (commas.length > 0) {
    return refuse(
      ...commas.map(([claim = '', value = '']) =>
        problem(
          ['admit', claim],
          `\`${value}\` holds a comma, at which the Vault provider splits values into alternatives`,
          'give this value an entry of its own, with one value for each claim',
        ),
      ),
    );
  }
  const marked: [string, string[]][] = marker.value === undefined ? [] : [[marker.value, ['*']]];
  return accept({
    ...(boundSubject === undefined ? {} : { boundSubject }),
    boundClaims: Object.fromEntries([...entries, ...marked]),
    boundClaimsType: glob ? 'glob' : 'string',
  });
}

/**
 * A claim that must be there so that no other variant's tokens are let in: `organization_id` alone would admit Ona's
 * users and service accounts beside its environments.
 */
function discriminatorOf(admission: Admission): Result<string | undefined> {
  const others = Object.keys(admission.issuer.variants).filter((name) => !admission.variants.includes(name));
  const bound = admission.constraints.map(({ claim }) => claim);
  const open = others.filter((name) =>
    bound.every(
      (claim) => claim === 'sub' || specOf(admission.issuer.variants[name]?.claims ?? {}, claim) !== undefined,
    ),
  );
  if (open.length === 0) return accept(undefined);
  const [variant, ...more] = variantsOf(admission);
  if (more.length === 0 && variant?.discriminator !== undefined) return accept(variant.discriminator);
  return refuse(
    problem(
      ['variant'],
      `one Vault role cannot admit ${admission.variants.join(' and ')} tokens without ${open.join(' and ')} tokens`,
      'write an entry for each variant',
    ),
  );
}

function audiencesOf(issuer: IssuerProfile, grant: VaultGrantArgs): readonly string[] {
  return grant.audiences ?? (issuer.audience === 'none' ? [] : [VAULT_AUDIENCE]);
}

function checkAudiences(issuer: IssuerProfile, grant: VaultGrantArgs): Problem[] {
  if (issuer.audience === 'none' && (grant.audiences ?? []).length > 0) {
    return [
      problem(
        ['vault', 'audience'],
        `tokens of ${issuer.profile} have no audience, and a role that binds one refuses them`,
        'leave the audience out',
      ),
    ];
  }
  if (issuer.audience === 'none' || grant.audiences === undefined || grant.audiences.length > 0) return [];
  return [
    problem(
      ['vault', 'audience'],
      'without an audience a token that was meant for somebody else can be replayed here',
      `leave it out for the default, ${VAULT_AUDIENCE}`,
    ),
  ];
}

function checkGroups(admission: Admission, { groupsClaim }: VaultGrantArgs): Problem[] {
  if (groupsClaim === undefined) return [];
  const offered = variantsOf(admission).flatMap(({ groups }) => groups ?? []);
  if (offered.includes(groupsClaim)) return [];
  return [
    problem(
      ['vault', 'groups_claim'],
      `tokens of ${admission.issuer.profile} have no list of groups \`${groupsClaim}\``,
      offered.length === 0 ? 'only id tokens of GitLab have one' : suggest(groupsClaim, offered),
    ),
  ];
}
