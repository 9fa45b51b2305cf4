import { describe, expect, it } from 'vitest';
import { FederatedAccess, type FederatedAccessArgs } from '../../components/federated-access.ts';
import { inputsOf, outputValue, registered } from './mocks.ts';

const ARGS: FederatedAccessArgs = {
  issuer: { profile: 'ona-v3' },
  admission: { claims: { organization_id: { equals: ['o'] }, project_id: { equals: ['p'] } } },
};
const AWS = { accountId: '123456789012' };
const VAULT = { mount: 'jwt', accessor: 'auth_jwt_1', grant: { read: ['kv/{environment_id}/*'] } };

async function create(args: Partial<FederatedAccessArgs>) {
  let made: FederatedAccess | undefined;
  const seen = await registered(() => (made = new FederatedAccess('data', { ...ARGS, ...args })));
  if (made === undefined) throw new Error('nothing was made');
  return { seen, made };
}

describe('FederatedAccess', () => {
  it('makes the roles of both targets for one admission, without components inside', async () => {
    const { seen, made } = await create({
      aws: { ...AWS, session: { sourceIdentity: { like: ['*'] } } },
      vault: VAULT,
    });
    expect(seen.map(({ name, type }) => `${type.split(':').at(-1) ?? ''} ${name}`).sort()).toEqual([
      'AuthBackendRole data-role',
      'FederatedAccess data',
      'Policy data-policy',
      'Role data-role',
      'RolePoliciesExclusive data-inline-exclusive',
      'RolePolicyAttachmentsExclusive data-managed-exclusive',
    ]);
    const [role] = inputsOf(seen, 'Role');
    expect(role?.assumeRolePolicy).toContain('organization_id:o:project_id:p');
    expect(role?.assumeRolePolicy).toContain('sts:SetSourceIdentity');
    expect(inputsOf(seen, 'AuthBackendRole')).toMatchObject([
      { boundClaims: { organization_id: 'o', project_id: 'p' } },
    ]);
    expect(await outputValue(made.awsRoles)).toMatchObject([{ arn: 'arn:of:data-role', roleName: 'data-role' }]);
    expect(await outputValue(made.vaultRole)).toBe('data');
    expect(await outputValue(made.vaultPolicies)).toEqual(['idp-data']);
  });

  it.each<[string, Partial<FederatedAccessArgs>, string[]]>([
    ['AWS', { aws: AWS }, ['Role', 'RolePoliciesExclusive', 'RolePolicyAttachmentsExclusive']],
    ['Vault', { vault: VAULT }, ['AuthBackendRole', 'Policy']],
  ])('makes what %s alone needs', async (_, args, types) => {
    const { seen } = await create(args);
    const made = seen.map(({ type }) => type.split(':').at(-1) ?? '').filter((type) => type !== 'FederatedAccess');
    expect(made.sort()).toEqual(types);
  });

  it.each<[string, Partial<FederatedAccessArgs>, string]>([
    ['nothing', {}, 'this access gives nothing'],
    [
      'what one target cannot enforce, though the other can',
      {
        aws: AWS,
        vault: VAULT,
        admission: { claims: { organization_id: { equals: ['o'] }, runner_id: { equals: ['r'] } } },
      },
      'AWS cannot see the claim `runner_id`',
    ],
    ['no account', { aws: {} as never }, 'aws.accountId: this argument is missing'],
    ['a misspelt argument', { vault: { ...VAULT, acessor: 'x' } as never }, 'vault.acessor: there is no such argument'],
  ])('refuses %s at once', async (_, args, says) => {
    await expect(create(args)).rejects.toThrow(says);
  });
});
