/** What Vault's validator says to the registered claims: issuer, subject, audience, then the times. */

import { type Claims, type JsonValue } from '../../claims/claims.ts';
import { type Check, show } from '../decision.ts';
import { type RegisteredClaim, plain, registered, registeredTime, spellingsOf } from './lookup.ts';
import { type VaultJwtConfig, type VaultJwtRole } from './role.ts';

/** Default leeways in seconds (Vault API, JWT auth: create role). */
const CLOCK_SKEW = 60;
const LEEWAY = 150;

/** The last second that Go can tell; a later one is to it in the distant past (time.Unix). */
const LAST_SECOND = 2 ** 63 - 62_135_596_800;
const DISTANT_PAST = -(2 ** 63);

type Fits = (value: JsonValue | undefined) => boolean;

const isText: Fits = (value) => typeof value === 'string';
const isNumber: Fits = (value) => typeof value === 'number';

/** A claim of another type than this makes the token unreadable, bound or not. */
const TYPES: readonly (readonly [claim: RegisteredClaim, kind: string, fits: Fits])[] = [
  ['iss', 'a string', isText],
  ['sub', 'a string', isText],
  ['aud', 'a string or a list of strings', (aud) => isText(aud) || (Array.isArray(aud) && aud.every(isText))],
  ['jti', 'a string', isText],
  ['exp', 'a number', isNumber],
  ['nbf', 'a number', isNumber],
  ['iat', 'a number', isNumber],
];

export function checkTypes(claims: Claims): Check[] {
  return TYPES.flatMap(([claim, kind, fits]) =>
    spellingsOf(claims, claim)
      // Of all claims only the audience may not even be null.
      .filter((key) => !fits(claims[key]) && (claims[key] !== null || claim === 'aud'))
      .map((key) => ({
        verdict: false,
        claim: key,
        operator: 'type',
        expected: kind,
        actual: show(claims[key]),
        place: 'token',
        advice: `the issuer must write \`${claim}\` as ${kind} (RFC 7519, section 4.1)`,
      })),
  );
}

/** `iss` and `sub` are compared as they are. */
export function checkNames(role: VaultJwtRole, config: VaultJwtConfig, claims: Claims): Check[] {
  const wildcard = role.bound_subject?.includes('*') === true;
  const rows = [
    {
      claim: 'iss' as const,
      expected: config.bound_issuer ?? '',
      place: 'config.bound_issuer',
      advice: 'the mount trusts another issuer: use the mount of this one',
    },
    {
      claim: 'sub' as const,
      expected: role.bound_subject ?? '',
      place: 'role.bound_subject',
      advice: wildcard
        ? 'a `*` in bound_subject is itself: bind sub in bound_claims with bound_claims_type glob'
        : 'compare with the token: idp token --decode',
    },
  ];
  return rows
    .filter(({ expected }) => expected !== '')
    .map(({ claim, expected, place, advice }) => {
      const actual = registered(claims, claim);
      const verdict = actual === expected;
      return {
        verdict,
        claim,
        operator: 'equals',
        expected,
        actual: show(actual),
        place,
        ...(verdict ? {} : { advice }),
      };
    });
}

const listOf = (aud: JsonValue | undefined): readonly JsonValue[] =>
  aud === undefined ? [] : Array.isArray(aud) ? (aud as readonly JsonValue[]) : [aud];

/** A role without audiences refuses every token that has one, and the empty string is none. */
export function checkAudience(role: VaultJwtRole, claims: Claims): Check[] {
  const bound = role.bound_audiences ?? [];
  const audiences = listOf(bound.length > 0 ? registered(claims, 'aud') : plain(claims, 'aud'));
  const none = audiences.length === 0 || claims.aud === '';
  if (bound.length === 0 && none) return [];
  const verdict = bound.some((audience) => audiences.includes(audience));
  const advice =
    bound.length === 0
      ? 'the token has an audience, so the role must bind it in bound_audiences'
      : none
        ? 'the token has no audience: leave bound_audiences out, or use a token that has one'
        : `ask for the audience that the role binds: idp token --audience ${bound[0] ?? ''}`;
  return [
    {
      verdict,
      claim: 'aud',
      operator: 'any of',
      expected: bound.join(', ') || 'no audience',
      actual: show(claims.aud),
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

interface Times {
  readonly exp: number;
  readonly nbf: number;
  readonly iat: number;
}

/** Times with a fraction lose it; 0 is the same as absent. */
function timesOf(claims: Claims): Times {
  const time = (claim: RegisteredClaim): number => {
    const value = registeredTime(claims, claim);
    if (typeof value !== 'number') return 0;
    return value > LAST_SECOND ? DISTANT_PAST : Math.trunc(value);
  };
  return { exp: time('exp'), nbf: time('nbf'), iat: time('iat') };
}

export function checkTimes(role: VaultJwtRole, claims: Claims, now: number | undefined): Check[] {
  const given = timesOf(claims);
  if (given.exp === 0 && given.nbf === 0 && given.iat === 0) {
    return [
      {
        verdict: false,
        claim: 'exp',
        operator: 'required',
        expected: 'one of exp, nbf, iat',
        actual: 'none of them',
        place: 'token',
        advice: 'the issuer must say how long the token lives',
      },
    ];
  }
  if (now === undefined) return [];
  const skew = leeway(role.clock_skew_leeway, CLOCK_SKEW);
  const { exp, nbf, iat } = withMissingTimes(role, given);
  const never = nbf > exp;
  const rows: readonly (readonly [string, string, boolean, number, string])[] = [
    [
      'nbf',
      'not before',
      now + skew >= nbf,
      nbf,
      never
        ? 'nbf is after exp: this token can never be accepted; the issuer must be mended'
        : 'not valid yet: check the clocks',
    ],
    ['exp', 'expires', now - skew <= exp, exp, 'the token has expired: get a new one'],
    ['iat', 'issued', now + skew >= iat, iat, 'issued in the future: check the clocks'],
  ];
  return rows.map(([claim, operator, verdict, time, advice]) => ({
    verdict,
    claim,
    operator,
    expected: `now is ${now}, with ${skew} s of leeway`,
    actual: `${time}${timeNote(claim, given)}`,
    place: 'token',
    ...(verdict ? {} : { advice: claim === 'exp' && never ? (rows[0]?.[4] ?? advice) : advice }),
  }));
}

const timeNote = (claim: string, given: Times): string =>
  (claim === 'exp' || claim === 'nbf') && given[claim] === 0 ? ' (absent, so assumed)' : '';

/** What Vault puts in for claims that are missing (cap/jwt, Validator.Validate). */
function withMissingTimes(role: VaultJwtRole, { exp, nbf, iat }: Times): Times {
  const expires = exp === 0 ? Math.max(iat, nbf) + leeway(role.expiration_leeway, LEEWAY) : exp;
  const begins = nbf !== 0 ? nbf : iat !== 0 ? iat : expires - leeway(role.not_before_leeway, LEEWAY);
  return { exp: expires, nbf: begins, iat };
}
