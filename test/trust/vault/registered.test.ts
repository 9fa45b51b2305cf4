import { describe, expect, it } from 'vitest';
import type { Claims, JsonValue } from '../../../src/claims/claims.ts';
import { type Check, decide, firstFailure } from '../../../src/trust/decision.ts';
import { checkAudience, checkNames, checkTimes, checkTypes } from '../../../src/trust/vault/registered.ts';
import type { VaultJwtConfig, VaultJwtRole } from '../../../src/trust/vault/role.ts';

const NOW = 1_790_000_000;
const AUDIENCE = 'vault.hashicorp.com';

type Role = Partial<VaultJwtRole>;

const roleOf = (role: Role): VaultJwtRole => ({ role_type: 'jwt', user_claim: 'sub', ...role });

/** The claims that were looked at, with what came of each. */
const said = (checks: readonly Check[]) => checks.map(({ claim, verdict }) => `${claim} ${verdict}`);

describe('what a reader is told', () => {
  const CLAIMS: Claims = { iss: 'a', sub: '22', aud: AUDIENCE, iat: NOW - 10, nbf: NOW - 15, exp: NOW + 290 };
  const bound = { bound_audiences: [AUDIENCE] };

  it.each<[what: string, Role, Claims, claim: string, place: string, advice: RegExp]>([
    ['another issuer', bound, { iss: 'b' }, 'iss', 'config.bound_issuer', /use the mount of this one/],
    ['another subject', { ...bound, bound_subject: '2' }, {}, 'sub', 'role.bound_subject', /idp token --decode/],
    ['a pattern', { ...bound, bound_subject: '2*' }, {}, 'sub', 'role.bound_subject', /a `\*` in bound_subject is it/],
    ['another audience', { bound_audiences: ['x'] }, {}, 'aud', 'role.bound_audiences', /idp token --audience x/],
    ['a token without', bound, { aud: undefined }, 'aud', 'role.bound_audiences', /leave bound_audiences out/],
    ['a token with an empty one', bound, { aud: '' }, 'aud', 'role.bound_audiences', /leave bound_audiences out/],
    ['a role without', { bound_audiences: [] }, {}, 'aud', 'role.bound_audiences', /the role must bind it/],
    ['an audience of another type', bound, { aud: [5] }, 'aud', 'token', /must write `aud` as a string or a list/],
    ['a name in any letters', bound, { Sub: 5 }, 'Sub', 'token', /must write `sub` as a string/],
    ['a time of another type', bound, { exp: '5' }, 'exp', 'token', /as a number/],
    ['no time', bound, { exp: 0, nbf: null, iat: undefined }, 'exp', 'token', /how long the token lives/],
    ['an expired token', bound, { nbf: NOW - 61, exp: NOW - 61 }, 'exp', 'token', /get a new one/],
    ['a token that is not valid yet', bound, { nbf: NOW + 61 }, 'nbf', 'token', /check the clocks/],
    ['a token that never is, early', bound, { nbf: NOW + 291 }, 'nbf', 'token', /can never be accepted/],
    ['a token that never is, late', bound, { nbf: NOW - 70, exp: NOW - 71 }, 'exp', 'token', /can never be accepted/],
    ['a token from the future', bound, { iat: NOW + 61 }, 'iat', 'token', /check the clocks/],
  ])('%s', (_, given, more, claim, place, advice) => {
    const [role, claims] = [roleOf(given), { ...CLAIMS, ...more }];
    const checks = [
      ...checkTypes(claims),
      ...checkNames(role, { bound_issuer: 'a' }, claims),
      ...checkAudience(role, claims),
      ...checkTimes(role, claims, NOW),
    ];
    const failure = firstFailure(decide(checks));
    expect(failure).toMatchObject({ verdict: false, claim, place });
    expect(failure?.advice).toMatch(advice);
  });
});

describe('checkTypes', () => {
  const wrong: readonly [name: string, values: readonly JsonValue[]][] = [
    ...['iss', 'sub', 'jti'].map((name): [string, JsonValue[]] => [name, [5, true, ['x'], { x: 'y' }]]),
    ...['exp', 'nbf', 'iat'].map((name): [string, JsonValue[]] => [name, ['5', true, [5], {}]]),
    ['aud', [5, true, [5], ['x', 5], [null], {}, null]],
  ];

  it.each(wrong)('%s is not %j', (name, values) => {
    for (const value of values) {
      expect(said(checkTypes({ [name]: value, [name.toUpperCase()]: value }))).toEqual([
        `${name.toUpperCase()} false`,
        `${name} false`,
      ]);
    }
  });

  it.each<Claims>([
    { iss: '', sub: 'x', jti: 'y', aud: 'z', exp: 1.5, nbf: 0, iat: -1 },
    { iss: null, sub: null, jti: null, aud: [], exp: null, nbf: null, iat: null },
    { iss: undefined, aud: ['x', ''], exp: undefined, ıss: 5, subs: 5 },
  ])('%j is read', (claims) => {
    expect(checkTypes(claims)).toEqual([]);
  });
});

describe('checkNames', () => {
  it.each<[VaultJwtConfig, Role, Claims, string[]]>([
    [{}, {}, { iss: 'x', sub: 'y' }, []],
    [{ bound_issuer: '' }, { bound_subject: '' }, {}, []],
    [{ bound_issuer: 'x' }, { bound_subject: 'y' }, { iss: 'x', sub: 'y' }, ['iss true', 'sub true']],
    [{ bound_issuer: 'x' }, { bound_subject: 'y' }, { iss: 'X' }, ['iss false', 'sub false']],
    [{ bound_issuer: 'x' }, {}, { iss: null, ISS: 'x' }, ['iss true']],
    [{ bound_issuer: 'x' }, {}, { iss: 'x/', ISS: 'x' }, ['iss false']],
    [{ bound_issuer: 'x' }, {}, { ıss: 'x' }, ['iss false']],
    [{}, { bound_subject: 'y*' }, { sub: 'y1' }, ['sub false']],
  ])('%j, %j, %j', (config, role, claims, expected) => {
    expect(said(checkNames(roleOf(role), config, claims))).toEqual(expected);
  });
});

describe('checkAudience', () => {
  it.each<[what: string, bound: string[] | undefined, Claims, string[]]>([
    ['one of several', ['x', AUDIENCE], { aud: AUDIENCE }, ['aud true']],
    ['several', [AUDIENCE], { aud: ['x', AUDIENCE] }, ['aud true']],
    ['none in common', ['x', AUDIENCE], { aud: ['y', 'z'] }, ['aud false']],
    ['other letters', [AUDIENCE], { aud: AUDIENCE.toUpperCase() }, ['aud false']],
    ['a name in other letters', [AUDIENCE], { AUD: AUDIENCE }, ['aud true']],
    ['the last of the names', [AUDIENCE], { AUD: AUDIENCE, aud: [] }, ['aud false']],
    ['a token without', [AUDIENCE], {}, ['aud false']],
    ['neither', undefined, {}, []],
    ['an empty list', [], { aud: [] }, []],
    ['the empty text', [], { aud: '' }, []],
    ['a list with the empty text', [], { aud: [''] }, ['aud false']],
    ['a role without', undefined, { aud: 'x' }, ['aud false']],
    // Where none is bound the method looks for itself, and only at `aud`.
    ['a role without, a name in other letters', [], { AUD: 'x' }, []],
  ])('%s', (_, bound, claims, expected) => {
    expect(said(checkAudience(roleOf(bound === undefined ? {} : { bound_audiences: bound }), claims))).toEqual(
      expected,
    );
  });
});

describe('checkTimes', () => {
  /** Offsets from now. */
  type Times = readonly [nbf: number | undefined, exp: number | undefined, iat: number | undefined];

  const failing = (role: Role, claims: Claims) =>
    checkTimes(roleOf(role), claims, NOW).flatMap(({ claim, verdict }) => (verdict === true ? [] : [claim]));

  it.each<[what: string, Role, Times, failing: string[]]>([
    ['the edges of the leeway', {}, [60, -60, 60], []],
    ['beyond them', {}, [61, -61, 61], ['nbf', 'exp', 'iat']],
    ['0 is the default', { clock_skew_leeway: 0 }, [60, -60, 60], []],
    ['a leeway', { clock_skew_leeway: 30 }, [30, -30, 30], []],
    ['beyond it', { clock_skew_leeway: 30 }, [31, -31, 31], ['nbf', 'exp', 'iat']],
    ['a negative leeway is none', { clock_skew_leeway: -30 }, [0, 0, 0], []],
    ['beyond none', { clock_skew_leeway: -30 }, [1, -1, 1], ['nbf', 'exp', 'iat']],
    ['nbf alone', {}, [-210, undefined, undefined], []],
    ['nbf alone, too old', {}, [-211, undefined, undefined], ['exp']],
    ['nbf alone, too early', {}, [61, undefined, undefined], ['nbf']],
    ['iat alone', {}, [undefined, undefined, -210], []],
    ['iat alone, too old', {}, [undefined, undefined, -211], ['exp']],
    ['iat alone, too early', {}, [undefined, undefined, 61], ['nbf', 'iat']],
    ['exp alone', {}, [undefined, 210, undefined], []],
    ['exp alone, too far off', {}, [undefined, 211, undefined], ['nbf']],
    ['exp alone, too old', {}, [undefined, -61, undefined], ['exp']],
    ['no exp: it follows iat, where that is later', {}, [-400, undefined, -210], []],
    ['no exp: it follows nbf, where that is later', {}, [-210, undefined, -400], []],
    ['no exp: both too old', {}, [-211, undefined, -211], ['exp']],
    ['no nbf: it is iat, however far off exp is', {}, [undefined, 5000, -10], []],
    ['another leeway for exp', { expiration_leeway: 300 }, [undefined, undefined, -360], []],
    ['beyond it', { expiration_leeway: 300 }, [undefined, undefined, -361], ['exp']],
    ['not where exp is given', { expiration_leeway: 300 }, [undefined, -61, -400], ['exp']],
    ['no leeway for exp', { expiration_leeway: -1 }, [undefined, undefined, -61], ['exp']],
    ['another leeway for nbf', { not_before_leeway: 300 }, [undefined, 360, undefined], []],
    ['beyond it', { not_before_leeway: 300 }, [undefined, 361, undefined], ['nbf']],
    ['no leeway for nbf', { not_before_leeway: -1 }, [undefined, 61, undefined], ['nbf']],
  ])('%s', (_, role, offsets, expected) => {
    const [nbf, exp, iat] = offsets.map((offset) => (offset === undefined ? undefined : NOW + offset));
    expect(failing(role, { nbf, exp, iat })).toEqual(expected);
  });

  // Go's clock ends there: what is later is in its past.
  const LAST = 2 ** 63 - 62_135_596_800;

  it.each<[what: string, Claims, failing: string[]]>([
    ['no time at all', {}, ['exp']],
    ['0 is no time', { exp: 0, nbf: 0, iat: 0 }, ['exp']],
    ['nor is a fraction of a second', { exp: 0.5 }, ['exp']],
    ['fractions are lost', { exp: NOW - 60.5, iat: NOW + 60.5 }, ['exp']],
    ['null takes another spelling away', { exp: null, EXP: NOW - 500, iat: NOW }, []],
    ['and with it the only time', { exp: null, EXP: NOW + 500 }, ['exp']],
    ['the last second', { exp: LAST, iat: NOW }, []],
    ['and what follows it', { exp: LAST + 1024, iat: NOW }, ['exp']],
    ['the last second to begin', { exp: NOW, nbf: LAST, iat: NOW }, ['nbf']],
    ['what follows it', { exp: NOW, nbf: LAST + 1024, iat: NOW }, []],
  ])('%s', (_, claims, expected) => {
    expect(failing({}, claims)).toEqual(expected);
  });

  it('is not about when, where no time is given', () => {
    expect(checkTimes(roleOf({}), { exp: 1 }, undefined)).toEqual([]);
    expect(said(checkTimes(roleOf({}), { exp: 0 }, undefined))).toEqual(['exp false']);
  });
});
