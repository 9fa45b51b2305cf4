import { describe, expect, it } from 'vitest';
import { VaultJwtMount } from '../../../components/vault/jwt-mount.ts';
import { VaultJwtRole, type VaultJwtRoleArgs } from '../../../components/vault/jwt-role.ts';
import { VaultTemplatedPolicy } from '../../../components/vault/templated-policy.ts';
import { registered } from '../mocks.ts';

const GITLAB = { profile: 'gitlab-job-jwt', iss: 'gitlab.example.com' };

const ARGS: VaultJwtRoleArgs = {
  issuer: GITLAB,
  admission: { claims: { project_path: { equals: ['mygroup/api', 'mygroup/web'] } } },
  grant: { read: ['secret/{project_path}/*'], policies: ['base'], explicitMaxTtl: 60 },
  mount: 'jwt-gitlab',
  accessor: 'auth_jwt_1',
};

describe('VaultJwtRole', () => {
  it('creates role, claim mappings and templated policy together', async () => {
    const seen = await registered(() => new VaultJwtRole('per-project', ARGS));
    const inputs = (type: string) => seen.find((resource) => resource.type === type)?.inputs;
    expect(inputs('vault:index/policy:Policy')).toEqual({
      name: 'idp-per-project',
      policy:
        'path "secret/{{identity.entity.aliases.auth_jwt_1.metadata.project_path}}/*" {\n  capabilities = ["read"]\n}\n',
    });
    expect(inputs('vault:jwt/authBackendRole:AuthBackendRole')).toEqual({
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
      tokenTtl: 60,
      tokenMaxTtl: 60,
      tokenExplicitMaxTtl: 60,
    });
  });

  it('keeps a comma in a value from becoming an alternative', async () => {
    const admission = { claims: { project_id: { equals: ['22'] }, environment: { equals: ['eu,us'] } } };
    const seen = await registered(
      () => new VaultJwtRole('comma', { ...ARGS, admission, grant: { policies: ['base'] } }),
    );
    const role = seen.find(({ type }) => type.endsWith(':AuthBackendRole'));
    expect(role?.inputs).toMatchObject({ disableBoundClaimsParsing: true, boundClaims: { environment: 'eu,us' } });
  });

  it('refuses at once what cannot be enforced', async () => {
    const admission = { claims: { user_email: { equals: ['a@b.example'] } } };
    await expect(registered(() => new VaultJwtRole('open', { ...ARGS, admission }))).rejects.toThrow(
      'nothing here binds a tenant',
    );
  });
});

describe('VaultJwtMount', () => {
  it.each([
    [
      'by discovery',
      { profile: 'ona-v3' },
      { oidcDiscoveryUrl: 'https://app.gitpod.io', boundIssuer: 'https://app.gitpod.io', oidcDiscoveryCaPem: 'pem' },
    ],
    [
      'by JWKS',
      GITLAB,
      { jwksUrl: 'https://gitlab.example.com/-/jwks', boundIssuer: 'gitlab.example.com', jwksCaPem: 'pem' },
    ],
  ])('trusts one issuer with one algorithm, %s', async (_, issuer, config) => {
    const seen = await registered(() => new VaultJwtMount('jwt', { issuer, caPem: 'pem' }));
    const mount = seen.find(({ type }) => type.endsWith(':AuthBackend'));
    expect(mount?.inputs).toMatchObject({ type: 'jwt', path: 'jwt', jwtSupportedAlgs: ['RS256'], ...config });
  });
});

describe('VaultTemplatedPolicy', () => {
  const args = { issuer: GITLAB, accessor: 'auth_jwt_1', read: ['secret/{project_id}/*'], kv: 2 };

  it('says which claims are to be mapped', async () => {
    const seen = await registered(
      () =>
        new VaultTemplatedPolicy('own', { ...args, admission: { claims: { project_id: { equals: ['22', '23'] } } } }),
    );
    const policy = seen.find(({ type }) => type === 'vault:index/policy:Policy');
    expect(policy?.inputs).toMatchObject({ name: 'own' });
    expect(policy?.inputs.policy).toContain('secret/data/{{identity.entity.aliases.auth_jwt_1.metadata.project_id}}/*');
  });

  it('refuses a claim that the user chooses', async () => {
    const open = {
      ...args,
      read: ['secret/{ref_type}/*', 'secret/{deployment_tier}/*'],
      admission: { claims: { project_id: { equals: ['22'] } } },
    };
    await expect(registered(() => new VaultTemplatedPolicy('own', open))).rejects.toThrow(
      'chosen by whoever starts the workload',
    );
  });
});
