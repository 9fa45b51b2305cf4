import { describe, expect, it } from 'vitest';
import type { Claims } from '../../../src/claims/claims.ts';
import { firstFailure, type Verdict } from '../../../src/trust/decision.ts';
import { evaluateVaultRole, type VaultRequest } from '../../../src/trust/vault/evaluate.ts';
import type { VaultJwtConfig, VaultJwtRole } from '../../../src/trust/vault/role.ts';

// That the verdicts are Vault's own is what the differential test shows; here is what a reader is told.

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
  count: 3,
};

const ROLE: VaultJwtRole = {
  role_type: 'jwt',
  user_claim: 'project_id',
  bound_audiences: ['vault.hashicorp.com'],
  bound_claims: { project_id: '22' },
};

const decide = (
  role: Partial<VaultJwtRole>,
  claims: Claims = {},
  rest: Partial<VaultRequest> = {},
  config: VaultJwtConfig = {},
) => evaluateVaultRole({ ...ROLE, ...role }, config, { claims: { ...CLAIMS, ...claims }, now: NOW, ...rest });

type Row = [
  what: string,
  role: Partial<VaultJwtRole>,
  claims: Claims,
  rest: Partial<VaultRequest>,
  failing: { claim: string; place: string; verdict?: Verdict },
  advice: RegExp,
];

describe('the check that failed, where it stands and what to change', () => {
  it.each<Row>([
    [
      'a role of the wrong type',
      { role_type: 'oidc' },
      {},
      {},
      { claim: 'role', place: 'role.role_type' },
      /falls back to oidc at every write/,
    ],
    [
      'an algorithm that Vault does not know',
      {},
      {},
      { header: { alg: 'HS256' } },
      { claim: 'alg', place: 'config.jwt_supported_algs' },
      /jwt_supported_algs/,
    ],
    [
      'another subject',
      { bound_subject: '23' },
      {},
      {},
      { claim: 'sub', place: 'role.bound_subject' },
      /idp token --decode/,
    ],
    [
      'a pattern in bound_subject',
      { bound_subject: '2*' },
      {},
      {},
      { claim: 'sub', place: 'role.bound_subject' },
      /a `\*` in bound_subject is itself/,
    ],
    [
      'another audience',
      { bound_audiences: ['x'] },
      {},
      {},
      { claim: 'aud', place: 'role.bound_audiences' },
      /idp token --audience x/,
    ],
    [
      'no audience in the token',
      {},
      { aud: undefined },
      {},
      { claim: 'aud', place: 'role.bound_audiences' },
      /leave bound_audiences out/,
    ],
    [
      'no audience in the role',
      { bound_audiences: [] },
      {},
      {},
      { claim: 'aud', place: 'role.bound_audiences' },
      /the role must bind it/,
    ],
    [
      'an audience of the wrong type',
      {},
      { aud: [5] },
      {},
      { claim: 'aud', place: 'token' },
      /must write `aud` as a string or a list/,
    ],
    [
      'a registered claim of the wrong type, in any case',
      {},
      { Sub: 5 },
      {},
      { claim: 'Sub', place: 'token' },
      /must write `sub` as a string/,
    ],
    ['a time of the wrong type', {}, { exp: '5' }, {}, { claim: 'exp', place: 'token' }, /as a number/],
    [
      'no time at all',
      {},
      { exp: undefined, nbf: undefined, iat: undefined },
      {},
      { claim: 'exp', place: 'token' },
      /how long the token lives/,
    ],
    [
      'an expired token',
      {},
      { iat: NOW - 400, nbf: NOW - 400, exp: NOW - 61 },
      {},
      { claim: 'exp', place: 'token' },
      /get a new one/,
    ],
    ['a token that is not valid yet', {}, { nbf: NOW + 61 }, {}, { claim: 'nbf', place: 'token' }, /check the clocks/],
    ['a token from the future', {}, { iat: NOW + 61 }, {}, { claim: 'iat', place: 'token' }, /check the clocks/],
    [
      'no user claim',
      { user_claim: 'email' },
      {},
      {},
      { claim: 'email', place: 'role.user_claim' },
      /every token of this role has/,
    ],
    [
      'a user claim that is no string',
      { user_claim: 'count' },
      {},
      {},
      { claim: 'count', place: 'role.user_claim' },
      /every token of this role has/,
    ],
    [
      'a pointer that is not said to be one',
      { user_claim: '/project_id' },
      {},
      {},
      { claim: '/project_id', place: 'role.user_claim' },
      /user_claim_json_pointer/,
    ],
    [
      'an empty user claim',
      { user_claim: 'ref' },
      { ref: '' },
      {},
      { claim: 'ref', place: 'role.user_claim' },
      /never empty/,
    ],
    [
      'a mapping of a number',
      { claim_mappings: { count: 'n' } },
      {},
      {},
      { claim: 'count', place: 'role.claim_mappings.n' },
      /only strings can be mapped/,
    ],
    [
      'metadata that is too long',
      { claim_mappings: { ref: 'r' } },
      { ref: 'é'.repeat(257) },
      {},
      { claim: 'ref', place: 'role.claim_mappings.r', verdict: 'unknown' },
      /map an id instead/,
    ],
    [
      'no groups',
      { groups_claim: 'groups_direct' },
      {},
      {},
      { claim: 'groups_direct', place: 'role.groups_claim' },
      /give them a role without it/,
    ],
    [
      'a missing claim',
      { bound_claims: { email: 'x' } },
      {},
      {},
      { claim: 'email', place: 'role.bound_claims.email' },
      /the token lacks this claim/,
    ],
    [
      'another value',
      { bound_claims: { project_id: ['23', '24'] } },
      {},
      {},
      { claim: 'project_id', place: 'role.bound_claims.project_id' },
      /must match exactly/,
    ],
    [
      'another type',
      { bound_claims: { project_id: 22 } },
      {},
      {},
      { claim: 'project_id', place: 'role.bound_claims.project_id' },
      /the token has a string, the role a number/,
    ],
    [
      'a pattern without glob',
      { bound_claims: { ref: 'auto-deploy-*' } },
      {},
      {},
      { claim: 'ref', place: 'role.bound_claims.ref' },
      /a `\*` is itself unless bound_claims_type is glob/,
    ],
    [
      'an address that is not known here',
      { token_bound_cidrs: ['10.0.0.0/8'] },
      {},
      {},
      { claim: 'address', place: 'role.token_bound_cidrs', verdict: 'unknown' },
      /from one of these networks/,
    ],
  ])('%s', (_, role, claims, rest, failing, advice) => {
    const decision = decide(role, claims, rest);
    const verdict = failing.verdict ?? false;
    expect(decision.admitted).toBe(verdict);
    expect(firstFailure(decision)).toMatchObject({ ...failing, verdict });
    expect(firstFailure(decision)?.advice).toMatch(advice);
  });

  it('is the first in Vault’s own order', () => {
    const wrong = { bound_subject: 'x', bound_audiences: ['x'], user_claim: 'x', bound_claims: { x: 'x' } };
    const decision = decide(wrong, { exp: 1 }, { header: { alg: 'none' } }, { bound_issuer: 'x' });
    const failed = decision.checks.filter(({ verdict }) => verdict === false);
    expect(failed.map(({ claim }) => claim)).toEqual(['alg', 'iss', 'sub', 'aud', 'exp', 'x', 'x']);
  });
});

describe('a token that is fine', () => {
  it.each<[string, Partial<VaultJwtRole>, Claims, Partial<VaultRequest>, VaultJwtConfig]>([
    ['is admitted', {}, {}, {}, {}],
    [
      'by a mount that pins issuer and algorithm',
      {},
      {},
      { header: { alg: 'RS256' } },
      { bound_issuer: 'gitlab.example.com', jwt_supported_algs: ['RS256'] },
    ],
    ['by a pattern', { bound_claims_type: 'glob', bound_claims: { ref: 'auto-deploy-*' } }, {}, {}, {}],
    ['without an audience on both sides', { bound_audiences: [] }, { aud: undefined }, {}, {}],
    ['at the edges of the leeway', {}, { exp: NOW - 60, nbf: NOW + 60, iat: NOW + 60 }, {}, {}],
    ['at any time where none is given', {}, { exp: 1, nbf: 2, iat: 0 }, { now: undefined } as object, {}],
    ['by a number that loses its fraction', { bound_claims: { count: 3 } }, { count: 3.7 }, {}, {}],
  ])('%s', (_, role, claims, rest, config) => {
    const decision = decide(role, claims, rest, config);
    expect(decision.admitted).toBe(true);
    expect(decision.checks.filter(({ advice }) => advice !== undefined)).toEqual([]);
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
