/** From an admission and a grant to a Vault role, its claim mappings and its policy: they depend on each other. */

import { type Problem, type Result, accept, problem, refuse } from '../../claims/problem.ts';
import { type ClaimSpec } from '../../claims/claim.ts';
import { type IssuerProfile } from '../../claims/profile.ts';
import { suggest } from '../../claims/suggest.ts';
import { type Admission, type Constraint, isExact, tableOf, variantsOf } from '../admission.ts';
import { matcherText } from '../matcher.ts';
import { VAULT_AUDIENCE, type VaultGrantArgs } from './grant.ts';
import { type PathRule, checkPaths, compilePaths } from './path.ts';

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
  const problems: Problem[] = [
    ...(bound.ok ? [] : bound.problems),
    ...(paths.ok ? [] : paths.problems),
    ...checkVaultGrant(grant),
    ...checkAudiences(admission.issuer, grant),
    ...checkGroups(admission, grant),
  ];
  const mapped = paths.ok ? paths.value.claims : [];
  const user = chooseUserClaim(admission, grant.userClaim, mapped);
  if (!user.ok) problems.push(...user.problems);
  if (problems.length > 0 || !bound.ok || !paths.ok || !user.ok) return refuse(...problems);
  const ttl = grant.ttl ?? Math.min(DEFAULT_TTL, grant.maxTtl ?? DEFAULT_TTL, grant.explicitMaxTtl ?? DEFAULT_TTL);
  const maxTtl = grant.maxTtl ?? Math.max(ttl, 0);
  const role: VaultRoleDocument = {
    userClaim: user.value,
    ...bound.value,
    boundAudiences: audiencesOf(admission.issuer, grant),
    claimMappings: Object.fromEntries(mapped.map((claim) => [claim, claim])),
    ...(grant.groupsClaim === undefined ? {} : { groupsClaim: grant.groupsClaim }),
    tokenPolicies: grant.policies ?? [],
    tokenTtl: ttl,
    tokenMaxTtl: maxTtl,
    tokenExplicitMaxTtl: grant.explicitMaxTtl ?? maxTtl,
  };
  return accept({ role, rules: paths.value.rules });
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
    table[claim]?.pointer ?? claim,
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
    bound.every((claim) => claim === 'sub' || claim in (admission.issuer.variants[name]?.claims ?? {})),
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

/** What can be said of a grant without knowing who gets it. */
export function checkVaultGrant(grant: VaultGrantArgs): Problem[] {
  return [...checkTtls(grant), ...checkGranted(grant), ...checkPaths(grant)];
}

function checkTtls(grant: VaultGrantArgs): Problem[] {
  const { ttl, maxTtl, explicitMaxTtl } = grant;
  const over = (low: number | undefined, high: number | undefined) =>
    low !== undefined && high !== undefined && low > high;
  return [
    ...(over(ttl, maxTtl) ? [problem(['vault', 'ttl'], '`ttl` is longer than `max_ttl`')] : []),
    ...(over(ttl, explicitMaxTtl) ? [problem(['vault', 'ttl'], '`ttl` is longer than `explicit_max_ttl`')] : []),
    ...Object.entries({ ttl, max_ttl: maxTtl, explicit_max_ttl: explicitMaxTtl }).flatMap(([name, value]) =>
      value !== undefined && value <= 0
        ? [
            problem(
              ['vault', name],
              `\`${name}\` is no time`,
              'a token without a maximum life outlives the trust it came from',
            ),
          ]
        : [],
    ),
  ];
}

function checkGranted({ policies = [], read = [], write = [] }: VaultGrantArgs): Problem[] {
  const root = policies
    .filter((name) => name === 'root')
    .map(() =>
      problem(['vault', 'policies'], '`root` may do everything in Vault', 'grant the paths that the workload needs'),
    );
  if (policies.length + read.length + write.length > 0) return root;
  return [problem(['vault'], 'nothing is granted', 'write `read`, `write` or `policies`')];
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

/** Is the claim bound to one value, so that all tokens of the role share it? */
function pinned(constraints: readonly Constraint[], claim: string): boolean {
  return constraints.some((one) => one.claim === claim && one.anyOf.length === 1 && isExact(one));
}

/** Vault keeps one entity for each value of this claim, with one set of metadata: it must tell workloads apart. */
function chooseUserClaim(admission: Admission, wanted: string | undefined, mapped: readonly string[]): Result<string> {
  if (wanted !== undefined) return checkUserClaim(admission, wanted);
  const candidates = variantsOf(admission)[0]?.identities ?? [];
  const found = candidates.find(({ claim, fixes }) =>
    mapped.every((key) => key === claim || fixes.includes(key) || pinned(admission.constraints, key)),
  );
  if (found !== undefined) return accept(found.claim);
  return refuse(
    problem(
      ['vault', 'read'],
      `no claim tells workloads apart that differ in ${mapped.join(', ')}: their Vault entities would merge`,
      'use fewer claims in paths, or bind them to one value',
    ),
  );
}

function checkUserClaim(admission: Admission, wanted: string): Result<string> {
  const path = ['vault', 'user_claim'];
  if (wanted === 'sub') return accept(wanted);
  const spec: ClaimSpec | undefined = tableOf(admission)[wanted];
  if (spec === undefined)
    return refuse(
      problem(
        path,
        `tokens of ${admission.issuer.profile} have no claim \`${wanted}\``,
        suggest(wanted, Object.keys(tableOf(admission))),
      ),
    );
  if (spec.type !== 'string') return refuse(problem(path, `\`${wanted}\` is no string`));
  const bound = admission.constraints.some(({ claim }) => claim === wanted);
  if (spec.presence === 'sometimes' && !bound)
    return refuse(
      problem(
        path,
        `\`${wanted}\` is there only when ${spec.when ?? 'it is set'}; other tokens could not log in`,
        'bind it in `admit`, or choose another',
      ),
    );
  if (spec.immutable || pinned(admission.constraints, wanted)) return accept(wanted);
  return refuse(
    problem(
      path,
      `\`${wanted}\` can pass from one workload to another, and their Vault entities would merge`,
      `bind it to one value in \`admit\`, or leave user_claim out for an id`,
    ),
  );
}
