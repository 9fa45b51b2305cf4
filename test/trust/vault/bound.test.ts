import { describe, expect, it } from 'vitest';
import type { Claims, JsonValue } from '../../../src/claims/claims.ts';
import { type Check, type Verdict, decide, firstFailure } from '../../../src/trust/decision.ts';
import { checkBoundClaims, checkEntity, checkIdentity } from '../../../src/trust/vault/bound.ts';
import type { BoundValue, VaultJwtRole } from '../../../src/trust/vault/role.ts';

const CLAIMS: Claims = {
  id: '22',
  ref: 'auto-deploy-2020-04-01',
  count: 3,
  deep: { id: 'x', empty: '' },
  long: 'é'.repeat(257),
};

type Role = Partial<VaultJwtRole>;

const roleOf = (role: Role): VaultJwtRole => ({ role_type: 'jwt', user_claim: 'id', ...role });

const said = (checks: readonly Check[]) => checks.map(({ operator, verdict }) => `${operator} ${verdict}`);

describe('what a reader is told', () => {
  it.each<[what: string, Role, claim: string, place: string, advice: RegExp]>([
    ['no user claim', { user_claim: 'email' }, 'email', 'user_claim', /every token of this role has/],
    ['a user claim that is no string', { user_claim: 'count' }, 'count', 'user_claim', /every token of this role has/],
    ['a pointer that is not said to be one', { user_claim: '/id' }, '/id', 'user_claim', /user_claim_json_pointer/],
    [
      'a pointer that finds nothing',
      { user_claim: '/x', user_claim_json_pointer: true },
      '/x',
      'user_claim',
      /every token of this role has/,
    ],
    [
      'an empty user claim',
      { user_claim: '/deep/empty', user_claim_json_pointer: true },
      '/deep/empty',
      'user_claim',
      /never empty/,
    ],
    ['metadata that is too long', { claim_mappings: { long: 'l' } }, 'long', 'claim_mappings.l', /map an id instead/],
    ['a mapping of a number', { claim_mappings: { count: 'n' } }, 'count', 'claim_mappings.n', /only strings/],
    ['no groups', { groups_claim: 'groups_direct' }, 'groups_direct', 'groups_claim', /give them a role without it/],
    ['a missing claim', { bound_claims: { email: 'x' } }, 'email', 'bound_claims.email', /the token lacks this claim/],
    ['another value', { bound_claims: { id: ['23', '24'] } }, 'id', 'bound_claims.id', /must match exactly/],
    [
      'another type',
      { bound_claims: { id: 22 } },
      'id',
      'bound_claims.id',
      /the token has a string, the role a number/,
    ],
    [
      'a pattern without glob',
      { bound_claims: { ref: 'auto-deploy-*' } },
      'ref',
      'bound_claims.ref',
      /a `\*` is itself unless bound_claims_type is glob/,
    ],
  ])('%s', (_, role, claim, place, advice) => {
    const given = roleOf(role);
    const checks = [checkIdentity, checkBoundClaims, checkEntity].flatMap((check) => check(given, CLAIMS));
    const failure = firstFailure(decide(checks));
    expect(failure).toMatchObject({ claim, place: `role.${place}` });
    expect(failure?.advice).toMatch(advice);
  });
});

describe('checkIdentity', () => {
  const pointer = { user_claim: '/deep/id', user_claim_json_pointer: true };

  it.each<[what: string, Role, Claims, string[]]>([
    ['a claim', {}, {}, ['user_claim true']],
    ['a claim that is a list', {}, { id: ['22'] }, ['user_claim false']],
    ['a pointer', pointer, {}, ['user_claim true']],
    ['a pointer is no name', pointer, { '/deep/id': 'x', deep: {} }, ['user_claim false']],
    ['nor a name a pointer', { ...pointer, user_claim_json_pointer: false }, {}, ['user_claim false']],
    ['a name like a pointer', { user_claim: '/deep/id' }, { '/deep/id': 'x' }, ['user_claim true']],
    ['mappings of texts', { claim_mappings: { id: 'a', '/deep/id': 'b' } }, {}, ['user_claim true']],
    ['mappings of nothing', { claim_mappings: { x: 'a', id: 'b' } }, { id: null }, ['user_claim false']],
    [
      'mappings of what is no text',
      { claim_mappings: { count: 'a', list: 'b', id: 'c' } },
      { list: ['x'] },
      ['user_claim true', 'claim_mappings false', 'claim_mappings false'],
    ],
    ['no name of groups', { groups_claim: '' }, { '': 5 }, ['user_claim true']],
  ])('%s', (_, role, claims, expected) => {
    expect(said(checkIdentity(roleOf(role), { ...CLAIMS, ...claims }))).toEqual(expected);
  });

  it.each<[JsonValue, boolean]>([
    ['dev', true],
    ['', true],
    [['dev', 'ops'], true],
    [[], true],
    [['dev', 5], false],
    [[5, 'dev'], false],
    [[null], false],
    [5, false],
    [null, false],
    [{ dev: 'ops' }, false],
  ])('groups %j', (groups, verdict) => {
    const checks = checkIdentity(roleOf({ groups_claim: 'groups' }), { ...CLAIMS, groups });
    expect(said(checks)).toEqual(['user_claim true', `groups_claim ${verdict}`]);
  });
});

describe('checkBoundClaims', () => {
  type Row = [bound: BoundValue | readonly BoundValue[], actual: JsonValue | undefined, verdict: Verdict];

  const verdicts = (bound_claims_type: string, bound: Row[0], actual: Row[1]) =>
    said(checkBoundClaims(roleOf({ bound_claims_type, bound_claims: { c: bound } }), { c: actual }));

  it.each<Row>([
    ['main', 'main', true],
    ['main', 'MAIN', false],
    ['ma*', 'main', false],
    ['ma*', 'ma*', true],
    ['1', 1, false],
    [1, '1', false],
    [true, 'true', false],
    [3, 3.7, true],
    [-1, -1.9, true],
    [3.7, 3.7, false],
    [2 ** 53 - 1, 2 ** 53 - 1, true],
    // Vault has all digits of the role's number, and the token's as a binary fraction: 1e18 fits, 2^62 does not.
    [2 ** 62, 2 ** 62, 'unknown'],
    [['x', 1e18], 1e18, 'unknown'],
    [1, 1e18, false],
    [1e18, 1, false],
    ['1e18', 1e18, false],
    [1e18, [1e18], false],
    [['x', 'main'], ['main', 'y'], true],
    [['x', 'y'], ['main', 'z'], false],
    ['x', [1, 'x'], true],
    [1, [1], false],
    [true, [false, true], true],
    ['x', [['x']], false],
    [[], 'x', false],
    ['x', [], false],
    ['', null, false],
    ['', undefined, false],
  ])('%j admits %j: %j', (bound, actual, verdict) => {
    expect(verdicts('string', bound, actual)).toEqual([`equals ${verdict}`]);
  });

  it.each<Row>([
    ['main', 'main', true],
    ['ma*', 'main', true],
    ['MA*', 'main', false],
    ['*', '', true],
    ['ma?n', 'main', false],
    [['x*', '*n'], ['x', 'y'], true],
    ['*', 3, false],
    ['*', true, false],
    ['*', [true, 3, ['x']], false],
    ['*', { x: 'y' }, false],
    ['*', undefined, false],
    // Vault takes no such role, but nothing keeps one from being asked about.
    [[3, 'ma*'], 'main', true],
  ])('as patterns, %j admits %j: %j', (bound, actual, verdict) => {
    expect(verdicts('glob', bound, actual)).toEqual([`glob ${verdict}`]);
  });

  it('wants each claim that is bound', () => {
    const bound_claims = { id: '22', '/deep/id': 'y', 'deep/id': 'x' };
    expect(said(checkBoundClaims(roleOf({ bound_claims }), CLAIMS))).toEqual([
      'equals true',
      'equals false',
      'equals false',
    ]);
    expect(checkBoundClaims(roleOf({}), CLAIMS)).toEqual([]);
  });
});

describe('checkEntity', () => {
  const long = { claim_mappings: { long: 'l', absent: 'a' } };

  it.each<[what: string, Role, Claims, Verdict[]]>([
    ['a name', {}, {}, []],
    ['an empty name', {}, { id: '' }, [false]],
    ['a pointer to the empty text', { user_claim: '/deep/empty', user_claim_json_pointer: true }, {}, [false]],
    ['an empty name like a pointer', { user_claim: '/deep/id' }, { '/deep/id': '' }, [false]],
    ['a name like a pointer to the empty text', { user_claim: '/deep/empty' }, { '/deep/empty': 'x' }, []],
    ['metadata of 512 bytes', long, { long: 'x'.repeat(512) }, []],
    ['metadata of 513 bytes', long, { long: 'x'.repeat(513) }, ['unknown']],
    ['metadata of 256 letters in two bytes each', long, { long: 'é'.repeat(256) }, []],
    ['metadata of 257 letters in two bytes each', long, { long: 'é'.repeat(257) }, ['unknown']],
    ['metadata that is no text', long, { long: ['x'.repeat(513)] }, []],
  ])('%s', (_, role, claims, verdicts) => {
    const checks = checkEntity(roleOf(role), { ...CLAIMS, ...claims });
    expect(said(checks)).toEqual(verdicts.map((verdict) => `identity ${verdict}`));
  });
});
