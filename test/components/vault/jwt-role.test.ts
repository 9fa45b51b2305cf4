import * as pulumi from '@pulumi/pulumi';
import { describe, expect, it } from 'vitest';
import { VaultJwtRole, type VaultJwtRoleArgs } from '../../../components/vault/jwt-role.ts';
import type { VaultGrantArgs } from '../../../src/trust/vault/grant.ts';
import { type MockOptions, inputsOf, registered } from '../mocks.ts';

const ARGS: VaultJwtRoleArgs = {
  issuer: { profile: 'gitlab-job-jwt', iss: 'gitlab.example.com' },
  admission: { claims: { project_path: { equals: ['mygroup/api', 'mygroup/web'] } } },
  grant: { read: ['secret/{project_path}/*'], policies: ['base'], explicitMaxTtl: 60 },
  mount: 'jwt-gitlab',
  accessor: 'auth_jwt_1',
};

const create = (args: Partial<VaultJwtRoleArgs> = {}, options?: MockOptions) =>
  registered(() => new VaultJwtRole('per-project', { ...ARGS, ...args }), options);

const grant = (given: VaultGrantArgs): Partial<VaultJwtRoleArgs> => ({ grant: { policies: ['base'], ...given } });

describe('VaultJwtRole', () => {
  it('creates role, claim mappings and templated policy together, with every field said', async () => {
    const seen = await create();
    expect(inputsOf(seen, 'Policy')).toEqual([
      {
        name: 'idp-per-project',
        policy:
          'path "secret/{{identity.entity.aliases.auth_jwt_1.metadata.project_path}}/*" {\n  capabilities = ["read"]\n}\n',
      },
    ]);
    expect(inputsOf(seen, 'AuthBackendRole')).toEqual([
      {
        backend: 'jwt-gitlab',
        roleName: 'per-project',
        roleType: 'jwt',
        userClaim: 'project_id',
        boundAudiences: [],
        boundSubject: '',
        boundClaimsType: 'string',
        boundClaims: { project_path: 'mygroup/api,mygroup/web' },
        disableBoundClaimsParsing: false,
        claimMappings: { project_path: 'project_path' },
        groupsClaim: '',
        tokenPolicies: ['base', 'idp-per-project'],
        tokenNoDefaultPolicy: true,
        tokenType: 'service',
        tokenBoundCidrs: [],
        tokenTtl: 60,
        tokenMaxTtl: 60,
        tokenExplicitMaxTtl: 60,
      },
    ]);
    expect(seen.map(({ name }) => name).sort()).toEqual(['per-project', 'per-project-policy', 'per-project-role']);
  });

  it.each<[string, Partial<VaultJwtRoleArgs>, object]>([
    ['a batch token', grant({ tokenType: 'batch', ttl: 300 }), { tokenType: 'batch', tokenTtl: 300, tokenMaxTtl: 300 }],
    [
      'a token that is renewed, with the policy that lets it be',
      grant({ ttl: 300, maxTtl: 3600 }),
      { tokenMaxTtl: 3600, tokenExplicitMaxTtl: 3600, tokenNoDefaultPolicy: false },
    ],
    ['the default policy by choice', grant({ defaultPolicy: true }), { tokenNoDefaultPolicy: false }],
    [
      'networks',
      grant({ boundCidrs: ['10.0.0.0/8', '2001:db8::/32'] }),
      { tokenBoundCidrs: ['10.0.0.0/8', '2001:db8::/32'] },
    ],
    [
      'claims for a policy of another’s',
      {
        ...grant({ claimMappings: { project_id: 'project' } }),
        claimMappings: { project_path: pulumi.output('path') },
      },
      { claimMappings: { project_id: 'project', project_path: 'path' } },
    ],
    [
      'policies that other resources yield',
      { policies: [pulumi.output('made')], grant: {} },
      { tokenPolicies: ['made'] },
    ],
    [
      'groups',
      {
        issuer: { profile: 'gitlab-id-token', url: 'https://gitlab.example.com' },
        admission: { claims: { project_id: { equals: ['22'] } } },
        ...grant({ groupsClaim: 'groups_direct' }),
      },
      { groupsClaim: 'groups_direct', boundAudiences: ['vault.hashicorp.com'] },
    ],
    ['a namespace', { ...grant({}), namespace: 'admin' }, { namespace: 'admin' }],
  ])('takes %s', async (_, args, inputs) => {
    expect(inputsOf(await create(args), 'AuthBackendRole')).toMatchObject([inputs]);
  });

  it('knows a policy without claims in it at preview, before there is a mount', async () => {
    const args = {
      ...grant({ read: ['secret/x/*'] }),
      accessor: pulumi.output(pulumi.unknown) as unknown as pulumi.Output<string>,
    };
    expect(inputsOf(await create(args, { preview: true }), 'Policy')).toMatchObject([
      { policy: 'path "secret/x/*" {\n  capabilities = ["read"]\n}\n' },
    ]);
  });

  it('keeps a comma in a value from becoming an alternative', async () => {
    const admission = { claims: { project_id: { equals: ['22'] }, environment: { equals: ['eu,us'] } } };
    expect(inputsOf(await create({ admission, ...grant({}) }), 'AuthBackendRole')).toMatchObject([
      { disableBoundClaimsParsing: true, boundClaims: { environment: 'eu,us' } },
    ]);
  });

  it.each<[string, Partial<VaultJwtRoleArgs>, string]>([
    [
      'no tenant',
      { admission: { claims: { user_email: { equals: ['a@b.example'] } } } },
      'nothing here binds a tenant',
    ],
    ['a name in capitals, which Vault lowers', { roleName: 'Data' }, '`Data` is no name of a role'],
    ['a period', { ...grant({ period: 60 } as never) }, 'grant.period: there is no such argument'],
    ['a life without end', grant({ ttl: 0 }), 'grant.ttl: `ttl` is no time'],
    ['a batch token that is renewed', grant({ tokenType: 'batch', maxTtl: 60 }), 'a batch token cannot be renewed'],
    ['a kind of token that there is not', grant({ tokenType: 'default' as never }), 'there is no token type `default`'],
    ['every address', grant({ boundCidrs: ['0.0.0.0/0'] }), '`0.0.0.0/0` is every address'],
    ['a network that is none', grant({ boundCidrs: ['10.0.0.0/33'] }), 'is no network'],
    ['the policy root', grant({ policies: ['root'] }), 'may do everything'],
    ['a claim for groups that is none', grant({ groupsClaim: 'project_path' }), 'have no list of groups'],
    ['a user claim that workloads share', grant({ userClaim: 'ref' }), 'their Vault entities would merge'],
    [
      'the metadata that Vault sets',
      grant({ claimMappings: { project_id: 'role' } }),
      'no claim as the metadata `role`',
    ],
    ['a mapped claim that a user chooses', grant({ claimMappings: { ref: 'ref' } }), 'may hold a slash'],
    [
      'a mapping in two places',
      { ...grant({ claimMappings: { project_id: 'a' } }), claimMappings: { project_id: 'b' } },
      'is mapped in `grant` already',
    ],
    ['an audience where tokens have none', grant({ audiences: ['x'] }), 'tokens of gitlab-job-jwt have no audience'],
    ['no mount', { mount: undefined as never }, 'mount: this argument is missing'],
    ['nothing', { grant: {} }, 'nothing is granted'],
    [
      'to adopt at a mount that is not known yet',
      { adopt: true, mount: pulumi.output('jwt') },
      'its `mount` must be given',
    ],
  ])('refuses %s at once', async (_, args, says) => {
    await expect(create(args)).rejects.toThrow(says);
  });
});
