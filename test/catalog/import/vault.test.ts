import { describe, expect, it } from 'vitest';
import { compileAtVault } from '../../../src/catalog/compile.ts';
import { importVaultRole } from '../../../src/catalog/import/vault.ts';
import { admissionsOf } from '../../../src/catalog/planned.ts';
import { asVaultRole, compileVaultMount } from '../../../src/trust/vault/compile.ts';
import { known, planned } from './known.ts';

const ROLE = {
  role_type: 'jwt',
  user_claim: 'environment_id',
  bound_audiences: ['vault.hashicorp.com'],
  bound_claims: { organization_id: 'o', project_id: ['p'] },
  token_policies: ['data-read'],
};
const CONFIG = { oidc_discovery_url: 'https://app.gitpod.io', bound_issuer: 'https://app.gitpod.io' };

const role = (changes: object = {}, config: Readonly<Record<string, unknown>> = CONFIG) =>
  importVaultRole({ name: 'deploy', mount: 'jwt', role: { ...ROLE, ...changes }, config }, 'deploy', known());

describe('importVaultRole', () => {
  it('takes over what a login yields, and says what an update would change', () => {
    const imported = role({ token_ttl: 3600, token_max_ttl: 14_400, claim_mappings: { project_id: 'project' } });
    expect(imported?.reasons).toEqual([]);
    expect(imported?.entry).toEqual({
      issuer: 'ona',
      admit: { organization_id: 'o', project_id: 'p' },
      vault: {
        policies: ['data-read'],
        ttl: '1h',
        max_ttl: '4h',
        claim_mappings: { project_id: 'project' },
        default_policy: true,
        adopt: true,
      },
    });
    expect(imported?.changes).toEqual(['token_explicit_max_ttl: 0 becomes 14400']);
  });

  it.each<[string, object, object]>([
    [
      'the marker of a variant',
      { bound_claims_type: 'glob', bound_claims: { organization_id: 'o', environment_id: '*' } },
      { issuer: 'ona', scope: 'organization', admit: { organization_id: 'o' } },
    ],
    [
      'another variant',
      { user_claim: 'user_id', bound_claims: { organization_id: 'o', email: 'a@acme.example' } },
      { issuer: 'ona', variant: 'user' },
    ],
    ['a subject', { user_claim: 'sub', bound_claims: {}, bound_subject: 'org:o/prj:p/env:e' }, { issuer: 'ona-v2' }],
    [
      'two versions',
      {
        user_claim: 'sub',
        bound_claims_type: 'glob',
        bound_claims: { sub: ['org:o/prj:p/*', 'organization_id:o:project_id:p'] },
      },
      { issuer: 'ona-v2', also: [{ issuer: 'ona', admit: { organization_id: 'o', project_id: 'p' } }] },
    ],
  ])('reads %s', (_, changes, expected) => {
    const imported = role(changes);
    expect(imported?.reasons).toEqual([]);
    expect(imported?.entry).toMatchObject(expected);
  });

  it.each<[string, object, RegExp[]]>([
    ['nothing bound but an audience', { bound_claims: {} }, [/^no admission of these issuers comes near/]],
    ['a number of uses', { token_num_uses: 1 }, [/^it sets `token_num_uses` to 1, which no entry says$/]],
    [
      'what is no text',
      { bound_claims: { organization_id: 'o', project_id: ['p'], creator_id: 7 } },
      [/^`creator_id` is bound to what is no text/, /./],
    ],
    ['a star that is a literal', { bound_claims: { organization_id: 'o', project_id: '*' } }, [/./]],
    ['a field that Vault has not', { bound_clams: {} }, [/bound_clams/]],
  ])('says of %s why it is no entry', (_, changes, expected) => {
    const reasons = role(changes)?.reasons ?? [];
    expect(reasons.length).toBeGreaterThanOrEqual(expected.length);
    for (const [index, pattern] of expected.entries()) expect(reasons[index]).toMatch(pattern);
  });

  it.each<[string, object, Readonly<Record<string, unknown>>]>([
    ['for people with a browser', { role_type: 'oidc' }, CONFIG],
    ['of another issuer', {}, { bound_issuer: 'https://elsewhere.example' }],
  ])('leaves a role alone that is %s', (_, changes, config) => {
    expect(role(changes, config)).toBeUndefined();
  });

  it('finds again what a catalog was compiled from, with nothing to change', () => {
    for (const entry of planned()) {
      const compiled = compileAtVault(admissionsOf(entry), entry.vault ?? {});
      if (!compiled.ok) throw new Error(entry.name);
      const { boundIssuer, jwtSupportedAlgs } = compileVaultMount(entry.issuer.profile);
      const config = { bound_issuer: boundIssuer, jwt_supported_algs: jwtSupportedAlgs };
      const document = { ...asVaultRole(compiled.value.role) };
      const found = { name: entry.name, mount: entry.issuer.vaultMount, role: document, config };
      const imported = importVaultRole(found, entry.name, known());
      expect([entry.name, imported?.reasons, imported?.changes]).toEqual([entry.name, [], []]);
    }
  });
});
