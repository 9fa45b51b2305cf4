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

function checkUser(role: VaultJwtRole, claims: Claims): Check {
  const find = role.user_claim_json_pointer === true ? lookUp : plain;
  const user = find(claims, role.user_claim);
  const verdict = typeof user === 'string';
  const pointer = role.user_claim.startsWith('/') && role.user_claim_json_pointer !== true;
  return {
    verdict,
    claim: role.user_claim,
    operator: 'user_claim',
    expected: 'a string',
    actual: show(user),
    place: 'role.user_claim',
    ...(verdict
      ? {}
      : {
          advice: pointer
            ? 'a user_claim is a pointer only with user_claim_json_pointer: true'
            : 'choose a user_claim that every token of this role has',
        }),
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
  const find = role.user_claim_json_pointer === true ? lookUp : plain;
  const nameless: Check[] =
    find(claims, role.user_claim) === ''
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
    if (typeof value !== 'string' || utf8Length(value) <= METADATA_LIMIT) return [];
    return [
      {
        // Seen with 1.21: the first login of an entity is refused, later ones are not.
        verdict: 'unknown',
        claim,
        operator: 'identity',
        expected: `at most ${METADATA_LIMIT} bytes`,
        actual: `${utf8Length(value)} bytes`,
        place: `role.claim_mappings.${key}`,
        advice: 'Vault refuses longer metadata when it creates the entity: map an id instead',
      },
    ];
  });
  return [...nameless, ...long];
}

/** Bytes in UTF-8, counted by code points. */
function utf8Length(text: string): number {
  return Array.from(text).reduce((length, character) => {
    const point = character.codePointAt(0) ?? 0;
    return length + (point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4);
  }, 0);
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

export function checkBoundClaims(role: VaultJwtRole, claims: Claims): Check[] {
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
