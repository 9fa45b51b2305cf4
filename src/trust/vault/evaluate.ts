/** What Vault's JWT auth method says to a token, check by check, in Vault's order. */

import { type Claims } from '../../claims/claims.ts';
import { type Check, type Decision, decide } from '../decision.ts';
import { checkBoundClaims, checkEntity, checkIdentity } from './bound.ts';
import { checkAudience, checkNames, checkTimes, checkTypes } from './registered.ts';
import { type VaultJwtConfig, type VaultJwtRole } from './role.ts';

export interface VaultRequest {
  readonly claims: Claims;
  readonly header?: { readonly alg?: string; readonly kid?: string };
  /** Seconds since 1970; absent where times are not to be judged. */
  readonly now?: number;
}

/** A mount: its configuration, and its roles by name. */
export interface VaultJwtMount {
  readonly config: VaultJwtConfig;
  readonly roles: ReadonlyMap<string, VaultJwtRole>;
}

/** Would the mount log this token in to the role that is named, or to its default role? Names of roles are in lower case. */
export function evaluateVaultLogin(mount: VaultJwtMount, named: string | undefined, request: VaultRequest): Decision {
  const name = named === undefined || named === '' ? (mount.config.default_role ?? '') : named;
  const role = mount.roles.get(name.toLowerCase());
  if (role !== undefined) return evaluateVaultRole(role, mount.config, request);
  const missing = name === '';
  return decide([
    {
      verdict: false,
      claim: 'role',
      operator: missing ? 'required' : 'exists',
      expected: missing ? 'a role, since the mount has no default_role' : 'a role of the mount',
      actual: missing ? 'absent' : name,
      place: missing ? 'config.default_role' : 'role',
      advice: missing ? 'name a role: idp login vault --role' : `write the role ${name}, or name another`,
    },
  ]);
}

/** Would Vault log this token in? The signature is not looked at here. */
export function evaluateVaultRole(role: VaultJwtRole, config: VaultJwtConfig, request: VaultRequest): Decision {
  const { claims, now } = request;
  const audience = checkAudience(role, claims);
  const bindsAudience = (role.bound_audiences ?? []).length > 0;
  return decide([
    ...checkRoleType(role),
    ...checkAddress(role),
    ...checkAlgorithm(config, request),
    ...checkTypes(claims),
    ...checkNames(role, config, claims),
    ...(bindsAudience ? audience : []),
    ...checkTimes(role, claims, now),
    ...(bindsAudience ? [] : audience),
    ...checkIdentity(role, claims),
    ...checkBoundClaims(role, claims),
    ...checkEntity(role, claims),
  ]);
}

function checkRoleType(role: VaultJwtRole): Check[] {
  if (role.role_type === 'jwt') return [];
  return [
    {
      verdict: false,
      claim: 'role',
      operator: 'role_type',
      expected: 'jwt',
      actual: role.role_type ?? 'oidc',
      place: 'role.role_type',
      advice: 'set role_type to jwt; it falls back to oidc at every write that leaves it out',
    },
  ];
}

/** The address that a login comes from is not in the token. */
function checkAddress({ token_bound_cidrs: cidrs = [] }: VaultJwtRole): Check[] {
  if (cidrs.length === 0) return [];
  return [
    {
      verdict: 'unknown',
      claim: 'address',
      operator: 'within',
      expected: cidrs.join(', '),
      actual: 'not known here',
      place: 'role.token_bound_cidrs',
      advice: 'log in from one of these networks',
    },
  ];
}

/** What a mount takes when it does not say (auth-jwt, pathLogin). */
const DEFAULT_ALGORITHMS: readonly string[] = 'RS256 RS384 RS512 ES256 ES384 ES512 PS256 PS384 PS512 EdDSA'.split(' ');

function checkAlgorithm(config: VaultJwtConfig, { header }: VaultRequest): Check[] {
  if (header?.alg === undefined) return [];
  const configured = config.jwt_supported_algs ?? [];
  const supported = configured.length > 0 ? configured : DEFAULT_ALGORITHMS;
  const verdict = supported.includes(header.alg);
  const advice = 'sign with one of these, or add this one to jwt_supported_algs';
  return [
    {
      verdict,
      claim: 'alg',
      operator: 'one of',
      expected: supported.join(', '),
      actual: header.alg,
      place: 'config.jwt_supported_algs',
      ...(verdict ? {} : { advice }),
    },
  ];
}
