/** What Vault's JWT auth method says to a token, check by check, in Vault's order. */

import { type Claims, type JsonValue, atPointer } from '../../claims/claims.ts';
import { type Check, type Decision, decide, show } from '../decision.ts';
import { matchesWildcards } from '../matcher.ts';
import { type BoundValue, type VaultJwtConfig, type VaultJwtRole } from './role.ts';

/** Default leeways in seconds (Vault API, JWT auth: create role). */
const CLOCK_SKEW = 60;
const LEEWAY = 150;

export interface VaultRequest {
  readonly claims: Claims;
  readonly header?: { readonly alg?: string; readonly kid?: string };
  /** Seconds since 1970; absent where times are not to be judged. */
  readonly now?: number;
}

/** Would Vault log this token in? The signature is not looked at here. */
export function evaluateVaultRole(role: VaultJwtRole, config: VaultJwtConfig, request: VaultRequest): Decision {
  return decide([
    ...checkRoleType(role),
    ...checkAlgorithm(config, request),
    ...checkRegistered(role, config, request.claims),
    ...checkTimes(role, request),
    ...checkIdentity(role, request.claims),
    ...checkBoundClaims(role, request.claims),
  ]);
}

function checkRoleType(role: VaultJwtRole): Check[] {
  if (role.role_type !== 'oidc' && role.role_type !== undefined) return [];
  const advice = 'set role_type to jwt; it falls back to oidc at every write that leaves it out';
  return [
    {
      verdict: false,
      claim: 'role',
      operator: 'role_type',
      expected: 'jwt',
      actual: role.role_type ?? 'oidc',
      place: 'role.role_type',
      advice,
    },
  ];
}

function checkAlgorithm(config: VaultJwtConfig, { header }: VaultRequest): Check[] {
  const supported = config.jwt_supported_algs ?? [];
  if (header?.alg === undefined || supported.length === 0) return [];
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

function checkRegistered(role: VaultJwtRole, config: VaultJwtConfig, claims: Claims): Check[] {
  const checks: Check[] = [];
  const compare = (claim: 'iss' | 'sub', expected: string | undefined, place: string, advice: string) => {
    if (expected === undefined || expected === '') return;
    const verdict = claims[claim] === expected;
    checks.push({
      verdict,
      claim,
      operator: 'equals',
      expected,
      actual: show(claims[claim]),
      place,
      ...(verdict ? {} : { advice }),
    });
  };
  compare(
    'iss',
    config.bound_issuer,
    'config.bound_issuer',
    'the mount trusts another issuer: use the mount of this one',
  );
  const wildcard = role.bound_subject?.includes('*') === true;
  compare(
    'sub',
    role.bound_subject,
    'role.bound_subject',
    wildcard
      ? 'a `*` in bound_subject is itself: bind sub in bound_claims with bound_claims_type glob'
      : 'compare with the token: idp token --decode',
  );
  checks.push(...checkAudience(role, claims));
  return checks;
}

function checkAudience(role: VaultJwtRole, claims: Claims): Check[] {
  const bound = role.bound_audiences ?? [];
  const { aud } = claims;
  const audiences: readonly JsonValue[] =
    aud === undefined ? [] : Array.isArray(aud) ? (aud as readonly JsonValue[]) : [aud];
  if (bound.length === 0 && audiences.length === 0) return [];
  const verdict = bound.some((audience) => audiences.includes(audience));
  const advice =
    bound.length === 0
      ? 'the token has an audience, so the role must bind it in bound_audiences'
      : audiences.length === 0
        ? 'the token has no audience: leave bound_audiences out, or use a token that has one'
        : `ask for the audience that the role binds: idp token --audience ${bound[0] ?? ''}`;
  return [
    {
      verdict,
      claim: 'aud',
      operator: 'any of',
      expected: bound.join(', ') || 'no audience',
      actual: show(aud),
      place: 'role.bound_audiences',
      ...(verdict ? {} : { advice }),
    },
  ];
}

/** 0 is the default, and a negative leeway is none. */
function leeway(configured: number | undefined, fallback: number): number {
  if (configured === undefined || configured === 0) return fallback;
  return Math.max(configured, 0);
}

function checkTimes(role: VaultJwtRole, { claims, now }: VaultRequest): Check[] {
  const given = { exp: timeOf(claims.exp), nbf: timeOf(claims.nbf), iat: timeOf(claims.iat) };
  if (given.exp === 0 && given.nbf === 0 && given.iat === 0) {
    return [
      {
        verdict: false,
        claim: 'exp',
        operator: 'required',
        expected: 'one of exp, nbf, iat',
        actual: 'none of them',
        place: 'token',
      },
    ];
  }
  if (now === undefined) return [];
  const skew = leeway(role.clock_skew_leeway, CLOCK_SKEW);
  const { exp, nbf, iat } = withMissingTimes(role, given);
  return [
    timeCheck(
      'nbf',
      'not before',
      now + skew >= nbf,
      nbf,
      now,
      skew,
      nbf > exp
        ? 'nbf is after exp: this token can never be accepted; the issuer must be mended'
        : 'not valid yet: check the clocks',
    ),
    timeCheck('exp', 'expires', now - skew <= exp, exp, now, skew, 'the token has expired: get a new one'),
    timeCheck('iat', 'issued', now + skew >= iat, iat, now, skew, 'issued in the future: check the clocks'),
  ];
}

/** What Vault puts in for claims that are missing (cap/jwt, Validator.Validate). */
function withMissingTimes(role: VaultJwtRole, { exp, nbf, iat }: { exp: number; nbf: number; iat: number }) {
  const latest = Math.max(iat, nbf);
  const expires = exp === 0 ? latest + leeway(role.expiration_leeway, LEEWAY) : exp;
  const begins = nbf !== 0 ? nbf : iat !== 0 ? iat : expires - leeway(role.not_before_leeway, LEEWAY);
  return { exp: expires, nbf: begins, iat };
}

const timeOf = (value: JsonValue | undefined): number => (typeof value === 'number' ? Math.trunc(value) : 0);

function timeCheck(
  claim: string,
  operator: string,
  verdict: boolean,
  time: number,
  now: number,
  skew: number,
  advice: string,
): Check {
  return {
    verdict,
    claim,
    operator,
    expected: `now is ${now}, with ${skew} s of leeway`,
    actual: String(time),
    place: 'token',
    ...(verdict ? {} : { advice }),
  };
}

/** A claim by name, or by JSON pointer where the name begins with `/`. */
function lookUp(claims: Claims, name: string): JsonValue | undefined {
  if (name.startsWith('/')) return atPointer(claims as JsonValue, name);
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}

function checkIdentity(role: VaultJwtRole, claims: Claims): Check[] {
  const user = lookUp(claims, role.user_claim);
  const checks: Check[] = [
    {
      verdict: typeof user === 'string',
      claim: role.user_claim,
      operator: 'user_claim',
      expected: 'a string',
      actual: show(user),
      place: 'role.user_claim',
      ...(typeof user === 'string' ? {} : { advice: 'choose a user_claim that every token of this role has' }),
    },
  ];
  if (role.groups_claim !== undefined && role.groups_claim !== '') {
    const groups = lookUp(claims, role.groups_claim);
    const verdict =
      typeof groups === 'string' || (Array.isArray(groups) && groups.every((group) => typeof group === 'string'));
    checks.push({
      verdict,
      claim: role.groups_claim,
      operator: 'groups_claim',
      expected: 'a list of strings',
      actual: show(groups),
      place: 'role.groups_claim',
      ...(verdict
        ? {}
        : { advice: 'tokens without groups are refused by a role with groups_claim: give them a role without it' }),
    });
  }
  for (const [claim, key] of Object.entries(role.claim_mappings ?? {})) {
    const value = lookUp(claims, claim);
    if (value === undefined || typeof value === 'string') continue;
    checks.push({
      verdict: typeof value !== 'object',
      claim,
      operator: 'claim_mappings',
      expected: 'a scalar',
      actual: show(value),
      place: `role.claim_mappings.${key}`,
    });
  }
  return checks;
}

function checkBoundClaims(role: VaultJwtRole, claims: Claims): Check[] {
  const glob = role.bound_claims_type === 'glob';
  return Object.entries(role.bound_claims ?? {}).map(([name, bound]): Check => {
    const expected: readonly BoundValue[] = Array.isArray(bound)
      ? (bound as readonly BoundValue[])
      : [bound as BoundValue];
    const actual = lookUp(claims, name);
    const verdict = actual !== undefined && matchesAny(expected, actual, glob);
    return {
      verdict,
      claim: name,
      operator: glob ? 'glob' : 'equals',
      expected: expected.map(show).join(', '),
      actual: show(actual),
      place: `role.bound_claims.${name}`,
      ...(verdict ? {} : { advice: boundAdvice(expected, actual, glob) }),
    };
  });
}

/** Any of the token's values equals any of the bound ones, of the same type; top-level numbers lose their fraction. */
function matchesAny(expected: readonly BoundValue[], actual: JsonValue, glob: boolean): boolean {
  const single = typeof actual === 'number' ? Math.trunc(actual) : actual;
  const values: readonly JsonValue[] = Array.isArray(single)
    ? (single as readonly JsonValue[]).filter((value) => typeof value !== 'number')
    : [single];
  return values.some((value) =>
    expected.some((bound) =>
      glob && typeof bound === 'string' && typeof value === 'string'
        ? matchesWildcards(bound, value, '')
        : bound === value,
    ),
  );
}

function boundAdvice(expected: readonly BoundValue[], actual: JsonValue | undefined, glob: boolean): string {
  if (actual === undefined)
    return 'the token lacks this claim: decode it (idp token --decode), and check the token version and the kind of principal';
  if (!glob && expected.some((bound) => typeof bound === 'string' && bound.includes('*')))
    return 'a `*` is itself unless bound_claims_type is glob';
  if (typeof actual !== typeof expected[0] && typeof actual !== 'object')
    return `types differ: the token has a ${typeof actual}, the role a ${typeof expected[0]}`;
  return 'values must match exactly, letters in their case: decode the token (idp token --decode) and compare';
}
