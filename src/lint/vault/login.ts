/** A role of Vault's JWT method on its mount, as a set of tokens. */

import { specOf } from '../../claims/claim.ts';
import { type IssuerProfile, PROFILE_NAMES } from '../../claims/profile.ts';
import { profileOfKind } from '../../claims/issuer.ts';
import { type Declared } from '../../trust/resource.ts';
import { type BoundValue, type VaultJwtConfig, type VaultJwtRole } from '../../trust/vault/role.ts';
import { tokensOfVaultRole } from '../../trust/vault/tokens.ts';
import { type AllowedTenant, tenantsOf } from '../options.ts';
import { Questions } from '../questions.ts';
import { type Spaces } from '../spaces.ts';
import { type Part, type Trust } from '../trust.ts';

export interface VaultTrust extends Trust {
  readonly role: VaultJwtRole;
  /** The mount's; absent where it was not given. */
  readonly config: VaultJwtConfig | undefined;
  readonly part: Part;
  /** Does what wrote the role split values at commas? */
  readonly splitsCommas: boolean;
}

export interface VaultTrustOptions {
  readonly spaces: Spaces;
  readonly config?: VaultJwtConfig | undefined;
  readonly profile?: string | undefined;
  readonly splitsCommas: boolean;
  readonly declared?: Declared | undefined;
  readonly tenants?: readonly AllowedTenant[] | undefined;
}

/** `iss` of the tokens that the mount takes, as far as its configuration says. */
export function issuerOf(config: VaultJwtConfig | undefined): string | undefined {
  const { bound_issuer: bound, oidc_discovery_url: discovery } = config ?? {};
  return [bound, discovery].find((one) => one !== undefined && one !== '');
}

export function vaultTrust(role: VaultJwtRole, options: VaultTrustOptions): VaultTrust {
  const { spaces, config, declared = {}, splitsCommas } = options;
  const claims = Object.keys(role.bound_claims ?? {});
  const iss = issuerOf(config);
  const audience = role.bound_audiences?.[0] ?? 'vault.hashicorp.com';
  const told = iss === undefined ? [] : spaces.profilesOf(iss);
  const profiles = told.length > 0 ? told : guessed(claims, options.profile);
  const subjects = [role.bound_subject ?? '', ...textsOf(role.bound_claims?.sub)].filter((one) => one !== '');
  const known =
    told.length > 0 && iss !== undefined
      ? spaces.of(iss, subjects, audience)
      : spaces.ofProfiles(profiles, iss, audience);
  const part: Part = {
    path: 'role',
    tokens: tokensOfVaultRole(role, {
      ...config,
      bound_issuer: profiles.length > 0 ? '' : (config?.bound_issuer ?? ''),
    }),
    values: claims.flatMap((claim) => textsOf(role.bound_claims?.[claim])).length + (role.bound_subject ? 1 : 0),
  };
  return {
    target: 'Vault',
    issuer: iss ?? '',
    role,
    config,
    part,
    parts: [part],
    splitsCommas,
    declared,
    tenants: tenantsOf(iss ?? '', options.tenants),
    questions: new Questions(known, ['sub', ...claims.filter((claim) => !isLoose(claim))]),
    sees: () => true,
  };
}

const textsOf = (bound: BoundValue | readonly BoundValue[] = []): string[] => [bound].flat().map(String);

const ALL_PROFILES: readonly IssuerProfile[] = PROFILE_NAMES.flatMap((name) => profileOfKind(name) ?? []);

/** Without a word on the issuer: the profiles whose tokens have all of the claims that the role binds. */
function guessed(claims: readonly string[], wanted: string | undefined): readonly IssuerProfile[] {
  if (wanted !== undefined) return ALL_PROFILES.filter(({ profile }) => profile === wanted);
  const telling = claims.filter((claim) => claim !== 'sub' && !claim.startsWith('/'));
  if (telling.length === 0) return [];
  return ALL_PROFILES.filter(({ variants }) =>
    Object.values(variants).some((variant) => telling.every((claim) => specOf(variant.claims, claim) !== undefined)),
  );
}

/** Is the claim one that no profile trusts to tell tenants apart? */
function isLoose(claim: string): boolean {
  if (['aud', 'iss', 'exp', 'iat', 'nbf'].includes(claim)) return true;
  const specs = specsByName(claim);
  return specs.length > 0 && specs.every(({ reach }) => reach === undefined || reach === 'person');
}

/** The rows of the claim in the tables of all profiles. */
export const specsByName = (claim: string) =>
  ALL_PROFILES.flatMap(({ variants }) => Object.values(variants)).flatMap(({ claims }) => specOf(claims, claim) ?? []);
