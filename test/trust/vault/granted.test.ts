import { describe, expect, it } from 'vitest';
import { grantedByVault } from '../../../src/trust/vault/granted.ts';
import type { VaultJwtRole } from '../../../src/trust/vault/role.ts';

const CLAIMS = { sub: 's', project_id: 'p', nested: { team: 't' }, groups: ['a', 1, 'b'], one: 'a', count: 3 };
const granted = (role: Partial<VaultJwtRole>, ...paths: string[]) =>
  grantedByVault(
    { user_claim: 'sub', ...role },
    CLAIMS,
    paths.map((path) => ({ path, capabilities: ['read'] })),
  );

describe('what an admitted token gets', () => {
  it.each<[string, Partial<VaultJwtRole>, object]>([
    ['the default policy', {}, { policies: ['default'], metadata: {}, groups: [] }],
    ['its policies alone', { token_no_default_policy: true, token_policies: ['x'] }, { policies: ['x'] }],
    ['policies beside the default', { token_policies: ['x'] }, { policies: ['default', 'x'] }],
    [
      'mapped claims',
      { claim_mappings: { project_id: 'project', '/nested/team': 'team' } },
      { metadata: { project: 'p', team: 't' } },
    ],
    ['no claim that is missing, or no string', { claim_mappings: { none: 'x', count: 'y' } }, { metadata: {} }],
    ['a list of groups', { groups_claim: 'groups' }, { groups: ['a', 'b'] }],
    ['one group', { groups_claim: 'one' }, { groups: ['a'] }],
  ])('%s', (_, role, expected) => {
    expect(granted(role)).toMatchObject(expected);
  });

  it('paths with its own values; a path of which a value is missing is dropped', () => {
    const role = { claim_mappings: { project_id: 'project_id' } };
    const { paths } = granted(role, 'secret/{project_id}/*', 'secret/{email}/*', 'secret/all');
    expect(paths?.map(({ path }) => path)).toEqual(['secret/p/*', 'secret/all']);
  });

  it('nothing about paths where the policy is not known', () => {
    expect(grantedByVault({ user_claim: 'sub' }, CLAIMS)).not.toHaveProperty('paths');
  });
});
