import { describe, expect, it } from 'vitest';
import type { Claims } from '../../../src/claims/claims.ts';
import { type Decision, firstFailure, type Verdict } from '../../../src/trust/decision.ts';
import { evaluateVaultLogin, evaluateVaultRole, type VaultRequest } from '../../../src/trust/vault/evaluate.ts';
import type { VaultJwtConfig, VaultJwtRole } from '../../../src/trust/vault/role.ts';

// That the verdicts are Vault's own is what the differential test shows; here each check decides once, and says so.

const NOW = 1_790_000_000;

const CLAIMS: Claims = {
  iss: 'gitlab.example.com',
  sub: '22',
  aud: 'vault.hashicorp.com',
  iat: NOW - 10,
  nbf: NOW - 15,
  exp: NOW + 290,
  project_id: '22',
  ref: 'auto-deploy-2020-04-01',
};

const ROLE: VaultJwtRole = {
  role_type: 'jwt',
  user_claim: 'project_id',
  bound_audiences: ['vault.hashicorp.com'],
  bound_claims: { project_id: '22' },
};

type Role = { readonly [Field in keyof VaultJwtRole]?: VaultJwtRole[Field] | undefined };

const decide = (role: Role, claims: Claims = {}, rest: Partial<VaultRequest> = {}, config: VaultJwtConfig = {}) =>
  evaluateVaultRole({ ...ROLE, ...role } as VaultJwtRole, config, {
    claims: { ...CLAIMS, ...claims },
    now: NOW,
    ...rest,
  });

const looked = ({ checks }: Decision) => checks.map(({ claim, verdict }) => `${claim} ${verdict}`);

describe('the check that failed, where it stands and what to change', () => {
  type Row = [what: string, role: Role, alg: string, claim: string, place: string, verdict: Verdict, advice: RegExp];

  it.each<Row>([
    ['a role for OIDC', { role_type: 'oidc' }, 'RS256', 'role', 'role.role_type', false, /back to oidc at every write/],
    ['a role of no type', { role_type: undefined }, 'RS256', 'role', 'role.role_type', false, /set role_type to jwt/],
    ['an algorithm', {}, 'HS256', 'alg', 'config.jwt_supported_algs', false, /add this one to jwt_supported_algs/],
    [
      'an address',
      { token_bound_cidrs: ['::/0'] },
      'RS256',
      'address',
      'role.token_bound_cidrs',
      'unknown',
      /networks/,
    ],
  ])('%s', (_, role, alg, claim, place, verdict, advice) => {
    const decision = decide(role, {}, { header: { alg } });
    expect(decision.admitted).toBe(verdict);
    expect(firstFailure(decision)).toMatchObject({ claim, place, verdict });
    expect(firstFailure(decision)?.advice).toMatch(advice);
  });

  it.each<[what: string, bound_audiences: string[] | undefined, middle: string[]]>([
    ['where the role binds an audience', ['x'], ['aud false', 'nbf true', 'exp false', 'iat true']],
    ['where it binds none', [], ['nbf true', 'exp false', 'iat true', 'aud false']],
    ['where it says nothing', undefined, ['nbf true', 'exp false', 'iat true', 'aud false']],
  ])('is the first in Vault’s own order %s', (_, bound_audiences, middle) => {
    const decision = decide(
      { role_type: 'oidc', bound_audiences, bound_subject: 'x', user_claim: 'e', bound_claims: { x: 'x' } },
      { jti: 5, nbf: 1, exp: 2, e: '' },
      { header: { alg: 'none' } },
      { bound_issuer: 'x' },
    );
    const start = ['role false', 'alg false', 'jti false', 'iss false', 'sub false'];
    expect(looked(decision)).toEqual([...start, ...middle, 'e true', 'x false', 'e false']);
  });
});

describe('a token that is fine', () => {
  it.each<[what: string, Role, Claims, Partial<VaultRequest>, VaultJwtConfig, checked: string[]]>([
    ['is admitted', {}, {}, {}, {}, ['aud', 'nbf', 'exp', 'iat', 'project_id', 'project_id']],
    [
      'by a mount that pins issuer and algorithm',
      {},
      {},
      { header: { alg: 'RS256' } },
      { bound_issuer: 'gitlab.example.com', jwt_supported_algs: ['RS256'] },
      ['alg', 'iss', 'aud', 'nbf', 'exp', 'iat', 'project_id', 'project_id'],
    ],
    [
      'by a pattern, without an audience on both sides',
      { bound_claims_type: 'glob', bound_claims: { ref: 'auto-deploy-*' }, bound_audiences: [] },
      { aud: undefined },
      {},
      {},
      ['nbf', 'exp', 'iat', 'project_id', 'ref'],
    ],
    [
      'at any time where none is given, by a role that binds nothing else',
      { bound_claims: undefined, token_bound_cidrs: [] },
      { exp: 1, nbf: 2, iat: 0 },
      { now: undefined } as object,
      {},
      ['aud', 'project_id'],
    ],
  ])('%s', (_, role, claims, rest, config, checked) => {
    const decision = decide(role, claims, rest, config);
    expect(decision.admitted).toBe(true);
    expect(looked(decision)).toEqual(checked.map((claim) => `${claim} true`));
    expect(decision.checks.filter(({ advice }) => advice !== undefined)).toEqual([]);
  });
});

describe('the algorithm', () => {
  it.each<[jwt_supported_algs: string[] | undefined, alg: string, Verdict]>([
    [undefined, 'ES256', true],
    [undefined, 'HS256', false],
    [[], 'PS512', true],
    [[], 'none', false],
    [['RS256', 'ES256'], 'ES256', true],
    [['RS256'], 'RS512', false],
  ])('of %j, %s: %j', (jwt_supported_algs, alg, verdict) => {
    const config = jwt_supported_algs === undefined ? {} : { jwt_supported_algs };
    expect(decide({}, {}, { header: { alg } }, config).admitted).toBe(verdict);
  });
});

describe('a login', () => {
  const other: VaultJwtRole = { ...ROLE, bound_subject: '23' };

  it.each<
    [what: string, default_role: string | undefined, named: string | undefined, Verdict, place: string | undefined]
  >([
    ['a role', 'other', 'usual', true, undefined],
    ['a role in other letters', undefined, 'USUAL', true, undefined],
    ['the default', 'Usual', undefined, true, undefined],
    ['the default for the empty name', 'usual', '', true, undefined],
    ['a role that refuses', 'usual', 'other', false, 'role.bound_subject'],
    ['a role that is not there', 'usual', 'gone', false, 'role'],
    ['a default that is not there', 'gone', undefined, false, 'role'],
    ['no role', undefined, undefined, false, 'config.default_role'],
    ['no role, the empty default', '', '', false, 'config.default_role'],
  ])('to %s', (_, default_role, named, verdict, place) => {
    const config = default_role === undefined ? {} : { default_role };
    const mount = { config, roles: new Map(Object.entries({ usual: ROLE, other })) };
    const decision = evaluateVaultLogin(mount, named, { claims: CLAIMS, now: NOW });
    expect(decision.admitted).toBe(verdict);
    expect(firstFailure(decision)?.place).toBe(place);
  });
});

describe('the token that seed 003 prints', () => {
  // GitLab's issue shows `nbf` after `exp`: no clock can make it valid.
  const PRINTED: Claims = {
    iss: 'gitlab.example.com',
    iat: 1_585_710_286,
    nbf: 1_585_798_372,
    exp: 1_585_713_886,
    sub: '22',
    project_id: '22',
    ref: 'auto-deploy-2020-04-01',
    ref_type: 'branch',
    ref_protected: 'true',
  };
  const production: VaultJwtRole = {
    role_type: 'jwt',
    user_claim: 'user_email',
    bound_claims_type: 'glob',
    bound_claims: { project_id: '22', ref_protected: 'true', ref_type: 'branch', ref: 'auto-deploy-*' },
  };
  const evaluate = (claims: Claims, now: number) =>
    evaluateVaultRole(
      production,
      { bound_issuer: 'gitlab.example.com' },
      { claims: { ...claims, user_email: 'a@b.c' }, now },
    );

  it('is refused whenever it is tried, and the reader is told why', () => {
    for (const now of [1_585_710_286, 1_585_713_886, 1_585_750_000, 1_585_798_372, NOW]) {
      const decision = evaluate(PRINTED, now);
      expect(decision.admitted).toBe(false);
      expect(firstFailure(decision)?.advice).toMatch(/nbf is after exp: this token can never be accepted/);
    }
  });

  it('is admitted with fresh times', () => {
    expect(evaluate({ ...PRINTED, iat: NOW, nbf: NOW - 5, exp: NOW + 300 }, NOW).admitted).toBe(true);
  });
});
