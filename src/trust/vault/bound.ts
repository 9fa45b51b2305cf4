/** What Vault says to the claims that a role names: its identity, its groups, its mappings, its bound claims. */

import { type Claims, type JsonValue } from '../../claims/claims.ts';
import { type Check, show } from '../decision.ts';
import { matchesWildcards } from '../matcher.ts';
import { lookUp, plain } from './lookup.ts';
import { type BoundValue, type VaultJwtRole } from './role.ts';

/** Longest metadata value, in bytes (Vault, identity: alias metadata). */
const METADATA_LIMIT = 512;

export function checkIdentity(role: VaultJwtRole, claims: Claims): Check[] {
  return [checkUser(role, claims), ...checkMappings(role, claims), ...checkGroups(role, claims)];
}

function userOf({ user_claim: claim, user_claim_json_pointer: pointer }: VaultJwtRole, claims: Claims) {
  return pointer === true ? lookUp(claims, claim) : plain(claims, claim);
}

function checkUser(role: VaultJwtRole, claims: Claims): Check {
  const user = userOf(role, claims);
  const verdict = typeof user === 'string';
  const advice =
    role.user_claim.startsWith('/') && role.user_claim_json_pointer !== true
      ? 'a user_claim is a pointer only with user_claim_json_pointer: true'
      : 'choose a user_claim that every token of this role has';
  return {
    verdict,
    claim: role.user_claim,
    operator: 'user_claim',
    expected: 'a string',
    actual: show(user),
    place: 'role.user_claim',
    ...(verdict ? {} : { advice }),
  };
}

function checkMappings(role: VaultJwtRole, claims: Claims): Check[] {
  return Object.entries(role.claim_mappings ?? {}).flatMap(([claim, key]): Check[] => {
    const value = lookUp(claims, claim);
    if (value === undefined || typeof value === 'string') return [];
    return [
      {
        verdict: false,
        claim,
        operator: 'claim_mappings',
        expected: 'a string',
        actual: show(value),
        place: `role.claim_mappings.${key}`,
        advice: 'only strings can be mapped: map another claim',
      },
    ];
  });
}

/** What the identity store says, after everything else. */
export function checkEntity(role: VaultJwtRole, claims: Claims): Check[] {
  const nameless: Check[] =
    userOf(role, claims) === ''
      ? [
          {
            verdict: false,
            claim: role.user_claim,
            operator: 'identity',
            expected: 'not empty',
            actual: '',
            place: 'role.user_claim',
            advice: 'choose a user_claim that is never empty',
          },
        ]
      : [];
  const long = Object.entries(role.claim_mappings ?? {}).flatMap(([claim, key]): Check[] => {
    const value = lookUp(claims, claim);
    const bytes = typeof value === 'string' ? utf8Length(value) : 0;
    if (bytes <= METADATA_LIMIT) return [];
    return [
      {
        // Seen with 1.21: the first login of an entity is refused, later ones are not.
        verdict: 'unknown',
        claim,
        operator: 'identity',
        expected: `at most ${METADATA_LIMIT} bytes`,
        actual: `${bytes} bytes`,
        place: `role.claim_mappings.${key}`,
        advice: 'Vault refuses longer metadata when it creates the entity: map an id instead',
      },
    ];
  });
  return [...nameless, ...long];
}

function checkGroups(role: VaultJwtRole, claims: Claims): Check[] {
  const { groups_claim: claim = '' } = role;
  if (claim === '') return [];
  const groups = lookUp(claims, claim);
  const verdict =
    typeof groups === 'string' || (Array.isArray(groups) && groups.every((group) => typeof group === 'string'));
  const advice = 'tokens without groups are refused by a role with groups_claim: give them a role without it';
  return [
    {
      verdict,
      claim,
      operator: 'groups_claim',
      expected: 'a list of strings',
      actual: show(groups),
      place: 'role.groups_claim',
      ...(verdict ? {} : { advice }),
    },
  ];
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}

export function checkBoundClaims(role: VaultJwtRole, claims: Claims): Check[] {
  const glob = role.bound_claims_type === 'glob';
  return Object.entries(role.bound_claims ?? {}).map(([name, bound]): Check => {
    const expected: readonly BoundValue[] = Array.isArray(bound)
      ? (bound as readonly BoundValue[])
      : [bound as BoundValue];
    const actual = lookUp(claims, name);
    const verdict = areLarge(expected, actual) ? 'unknown' : matchesAny(expected, actual, glob);
    return {
      verdict,
      claim: name,
      operator: glob ? 'glob' : 'equals',
      expected: expected.map(show).join(', '),
      actual: show(actual),
      place: `role.bound_claims.${name}`,
      ...(verdict === true ? {} : { advice: boundAdvice(expected, actual, glob) }),
    };
  });
}

/** Numbers of which Vault knows more digits in the role than in the token, and their reader here in neither. */
function areLarge(expected: readonly BoundValue[], actual: JsonValue | undefined): boolean {
  return isLarge(actual) && expected.some(isLarge);
}

const isLarge = (value: unknown): boolean => typeof value === 'number' && !Number.isSafeInteger(Math.trunc(value));

/** Any of the token's values equals any of the bound ones, of the same type; top-level numbers lose their fraction. */
function matchesAny(expected: readonly BoundValue[], actual: JsonValue | undefined, glob: boolean): boolean {
  const single = typeof actual === 'number' ? Math.trunc(actual) : actual;
  const values: readonly (JsonValue | undefined)[] = Array.isArray(single)
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
