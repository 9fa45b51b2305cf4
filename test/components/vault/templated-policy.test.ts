import { describe, expect, it } from 'vitest';
import { VaultTemplatedPolicy, type VaultTemplatedPolicyArgs } from '../../../components/vault/templated-policy.ts';
import { gitlabJobJwt } from '../../../src/claims/profiles/gitlab.ts';
import { paths } from '../../../src/trust/vault/placeholders.ts';
import { inputsOf, outputValue, registered } from '../mocks.ts';

const { job } = paths(gitlabJobJwt({ iss: 'gitlab.example.com' }));

const ARGS: VaultTemplatedPolicyArgs = {
  issuer: { profile: 'gitlab-job-jwt', iss: 'gitlab.example.com' },
  admission: { claims: { project_id: { equals: ['22', '23'] } } },
  accessor: 'auth_jwt_1',
  read: [job`secret/${'project_id'}/*`],
  kv: 2,
};

async function create(args: Partial<VaultTemplatedPolicyArgs> = {}) {
  let made: VaultTemplatedPolicy | undefined;
  const seen = await registered(() => (made = new VaultTemplatedPolicy('own', { ...ARGS, ...args })));
  return { seen, made };
}

describe('VaultTemplatedPolicy', () => {
  it('writes the claim as the metadata of the mount’s alias, and says what the role must map', async () => {
    const { seen, made } = await create({ namespace: 'admin' });
    const value = 'secret/data/{{identity.entity.aliases.auth_jwt_1.metadata.project_id}}/*';
    const policy = `path "${value}" {\n  capabilities = ["read"]\n}\n`;
    expect(inputsOf(seen, 'Policy')).toEqual([{ name: 'own', policy, namespace: 'admin' }]);
    expect(made && (await outputValue(made.claimMappings))).toEqual({ project_id: 'project_id' });
  });

  it.each<[string, Partial<VaultTemplatedPolicyArgs>, string]>([
    [
      'a claim that the user chooses',
      { read: [job`secret/${'ref_protected'}/x`, job`secret/${'deployment_tier'}/*`] },
      'chosen by whoever starts the workload',
    ],
    [
      'a claim that may hold a slash',
      { read: [job`secret/${'project_path'}/*`] },
      'may hold a slash and so reach other paths',
    ],
    [
      'a claim that does not stand alone in its segment',
      { read: [job`secret/x-${'project_id'}/*`] },
      'must be a whole segment',
    ],
    ['a claim that a star follows', { read: [job`secret/${'project_id'}*`] }, 'put a slash before the `*`'],
    [
      'a value that would widen the path',
      { admission: { claims: { project_path: { equals: ['a/+'] } } }, read: ['secret/{project_path}/*'] },
      'can never be a value',
    ],
    ['a claim that there is not', { read: ['secret/{projekt_id}/*'] }, 'did you mean project_id?'],
    ['no paths', { read: [] }, 'nothing is granted'],
    ['no accessor', { accessor: undefined as never }, 'accessor: this argument is missing'],
  ])('refuses %s', async (_, args, says) => {
    await expect(create(args)).rejects.toThrow(says);
  });
});
