import { describe, expect, it } from 'vitest';
import { parseVaultRole } from '../../../src/trust/vault/parse.ts';

/** `vault read -format=json auth/jwt/role/x`, without its wrapper, as Vault 1.21 prints it. */
const READ = {
  allowed_redirect_uris: null,
  bound_audiences: ['vault.hashicorp.com'],
  bound_claims: { project_id: ['22', '23'], ref: 'main' },
  bound_claims_type: 'string',
  bound_subject: '',
  claim_mappings: null,
  clock_skew_leeway: 0,
  expiration_leeway: 0,
  groups_claim: '',
  not_before_leeway: 0,
  role_type: 'jwt',
  token_bound_cidrs: [],
  token_explicit_max_ttl: 0,
  token_policies: ['p'],
  token_ttl: 60,
  user_claim: 'project_id',
  user_claim_json_pointer: false,
  verbose_oidc_logging: false,
};

describe('parseVaultRole', () => {
  it('takes what Vault prints, and leaves out what decides nothing', () => {
    const parsed = parseVaultRole(READ, { bound_issuer: 'g', jwks_ca_pem: '', jwt_supported_algs: ['RS256'] });
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        role: { user_claim: 'project_id', token_ttl: 60 },
        config: { bound_issuer: 'g', jwt_supported_algs: ['RS256'] },
      },
    });
    expect(parsed.ok && Object.keys(parsed.value.role)).not.toContain('allowed_redirect_uris');
    expect(parsed.ok && Object.keys(parsed.value.role)).not.toContain('claim_mappings');
    expect(parsed.ok && Object.keys(parsed.value.config ?? {})).not.toContain('jwks_ca_pem');
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>, string[]]>([
    ['no user claim', { user_claim: undefined }, {}, ['user_claim']],
    ['a field of the wrong type', { bound_audiences: 'x', token_ttl: '1m' }, {}, ['bound_audiences', 'token_ttl']],
    ['a glob that is no string', { bound_claims_type: 'glob', bound_claims: { a: ['x', 3] } }, {}, ['bound_claims']],
    ['a bound claim that is a map', { bound_claims: { a: { b: 'c' } } }, {}, ['bound_claims']],
    ['a mapping to a number', { claim_mappings: { a: 1 } }, {}, ['claim_mappings']],
    [
      'a configuration of the wrong type',
      {},
      { bound_issuer: 5, jwt_supported_algs: 'RS256' },
      ['bound_issuer', 'jwt_supported_algs'],
    ],
  ])('refuses %s', (_, role, config, fields) => {
    const parsed = parseVaultRole({ ...READ, ...role }, config);
    expect(parsed.ok ? [] : parsed.problems.map(({ path }) => path[0])).toEqual(fields);
  });
});
