/** Ways in that were tried: each admission is refused, or the stranger's token is. */
import { describe, expect, it } from 'vitest';
import { type Claims } from '../../src/claims/claims.ts';
import { type IssuerConfig, readIssuer } from '../../src/claims/issuer.ts';
import { describeProblem } from '../../src/claims/problem.ts';
import { type Admission, type AdmissionArgs } from '../../src/trust/admission.ts';
import { compileTrustPolicy } from '../../src/trust/aws/compile.ts';
import { evaluateTrustPolicy } from '../../src/trust/aws/evaluate.ts';
import { parseTrustPolicy } from '../../src/trust/aws/policy.ts';
import { readAdmission } from '../../src/trust/read-admission.ts';
import { compileVaultAccess } from '../../src/trust/vault/compile.ts';

const ARN = 'arn:aws:iam::123456789012:oidc-provider/';

function admissionOf(config: IssuerConfig, args: AdmissionArgs): Admission {
  const issuer = readIssuer(config);
  if (!issuer.ok) throw new Error(issuer.problems.map(describeProblem).join('\n'));
  const admission = readAdmission(issuer.value, args);
  if (!admission.ok) throw new Error(admission.problems.map(describeProblem).join('\n'));
  return admission.value;
}

/** `refused`: the admission does not compile. Else the verdict on the stranger's token. */
function atAws(config: IssuerConfig, args: AdmissionArgs, stranger: Claims) {
  const admission = admissionOf(config, args);
  const { issuer } = admission.issuer;
  const compiled = compileTrustPolicy(admission, {
    providerArn: `${ARN}${issuer.replace('https://', '')}`,
    quota: 100_000,
  });
  if (!compiled.ok) return 'refused';
  const policy = parseTrustPolicy(compiled.value);
  if (!policy.ok) throw new Error('the compiler wrote no policy');
  const claims = { iss: issuer, aud: 'sts.amazonaws.com', iat: 1, exp: 2, ...stranger };
  return evaluateTrustPolicy(policy.value, { claims, visible: admission.issuer.awsClaims }).admitted;
}

const GITHUB = { profile: 'github' };
const EVIL = {
  repository: 'evil/x',
  repository_id: '8',
  repository_owner: 'evil',
  repository_owner_id: '9',
  ref: 'refs/heads/main',
};

describe('a stranger who shapes their own subject, at AWS', () => {
  const ids = { repository_id: { equals: ['1'] } };
  const gitlab = {
    profile: 'gitlab-id-token',
    url: 'https://gitlab.example.com',
    subFields: ['project_id', 'environment', 'ref'],
  };
  const cases: [what: string, config: IssuerConfig, args: AdmissionArgs, stranger: Claims][] = [
    [
      'environment that goes on like a ref',
      gitlab,
      { claims: { project_id: { equals: ['1'] }, environment: { equals: ['prod'] } } },
      { project_id: '1', environment: 'prod:ref', sub: 'project_id:1:environment:prod:ref:ref:x' },
    ],
    [
      'environment that ends alike',
      gitlab,
      { claims: { project_id: { equals: ['1'] }, environment: { like: ['p*d'] } } },
      { project_id: '1', environment: 'pod:ref', sub: 'project_id:1:environment:pod:ref:ref:x' },
    ],
    [
      'environment written as another one is encoded',
      GITHUB,
      {
        claims: {
          sub: { equals: ['repo:acme/web:environment:x%3Ay'] },
          environment: { equals: ['x:y'] },
        },
      },
      { repository: 'acme/web', environment: 'x%3Ay', sub: 'repo:acme/web:environment:x%3Ay' },
    ],
    [
      'workflow named like ids',
      GITHUB,
      { claims: ids },
      { ...EVIL, sub: 'repo:evil/x:workflow:a@b/c@1:ref:refs/heads/main' },
    ],
    [
      'tag named like ids',
      GITHUB,
      { claims: { ...ids, ref: { equals: ['refs/heads/main'] } } },
      { ...EVIL, sub: 'repo:evil/x:job_workflow_ref:evil/x/w.yml@refs/tags/foo@1:ref:refs/heads/main' },
    ],
    [
      'branch named like ids',
      GITHUB,
      { claims: { ...ids, environment: { equals: ['production'] } } },
      {
        ...EVIL,
        environment: 'production',
        sub: 'repo:evil/x:job_workflow_ref:evil/x/w.yml@refs/heads/foo@1:environment:production',
      },
    ],
    [
      'owner by id',
      GITHUB,
      { claims: { repository_owner_id: { equals: ['1'] } }, scope: 'organization' },
      { ...EVIL, sub: 'repo:evil/x:job_workflow_ref:evil/x/w.yml@refs/heads/foo@1/b@2:ref:refs/heads/main' },
    ],
    [
      'name that ends the tenant',
      {
        profile: 'gitpod-classic',
        url: 'https://services.acme.gitpod.cloud/idp',
        subFields: ['name', 'org_id', 'user_id'],
      },
      { claims: { name: { equals: ['Bob'] }, org_id: { equals: ['X'] } }, scope: 'organization' },
      { sub: 'name:Bob:org_id:X:user_id:u:org_id:EVIL:user_id:e' },
    ],
    [
      'environment that holds a project',
      { profile: 'gitlab-id-token', url: 'https://gitlab.com', subFields: ['environment', 'project_path', 'ref'] },
      { claims: { environment: { equals: ['production'] }, project_path: { equals: ['a/b'] } } },
      { sub: 'environment:production:project_path:a/b:ref:x:project_path:evil/x:ref:main' },
    ],
    [
      'creator name that holds a creator id',
      { profile: 'ona-v3', subFields: ['creator_name', 'creator_id', 'runner_id'] },
      {
        claims: {
          organization_id: { equals: ['O'] },
          project_id: { equals: ['P'] },
          creator_name: { equals: ['Bob'] },
          creator_id: { equals: ['C'] },
        },
      },
      { sub: 'organization_id:O:project_id:P:creator_name:Bob:creator_id:C:runner_id:r:creator_id:M:runner_id:r' },
    ],
    [
      'another organization whose names hold a project',
      { profile: 'ona-v3' },
      { claims: { project_id: { equals: ['P'] } } },
      { sub: 'organization_id:EVIL:environment_id:E:creator_name:x:project_id:P' },
    ],
  ];
  it.each(cases)('%s', (_, config, args, stranger) => {
    expect(atAws(config, args, stranger)).not.toBe(true);
  });

  it('does not take a claim for bound by what a name before it says', () => {
    const config = { profile: 'ona-v3', subFields: ['creator_name', 'creator_id'] };
    const sub = { like: ['organization_id:O:project_id:P:creator_name:Bob:creator_id:C*'] };
    const args = { claims: { organization_id: { equals: ['O'] }, sub, creator_id: { equals: ['C'] } } };
    expect(
      atAws(config, args, { sub: 'organization_id:O:project_id:P:creator_name:Bob:creator_id:C:creator_id:M' }),
    ).toBe('refused');
  });
});

describe('a shared installation', () => {
  it.each(['https://services.gitpod.io/idp', 'https://api.gitpod.io/idp'])(
    '%s binds no tenant by what a user opens',
    (url) => {
      const args = { claims: { context: { equals: ['https://github.com/acme/public'] } } };
      expect(() => admissionOf({ profile: 'gitpod-classic', url }, args)).toThrow('nothing here binds a tenant');
    },
  );
});

describe('what Vault keeps for an entity', () => {
  const gitlab = { profile: 'gitlab-id-token', url: 'https://gitlab.example.com' };

  it('writes a claim with one value into the policy, and maps it for nobody', () => {
    const admission = admissionOf(gitlab, { claims: { project_id: { equals: ['22'] }, ref: { equals: ['staging'] } } });
    const access = compileVaultAccess(admission, { read: ['secret/api/{ref}/*'] });
    expect(access).toMatchObject({
      ok: true,
      value: { role: { claimMappings: {} }, rules: [{ path: 'secret/api/staging/*' }] },
    });
  });

  it("gives a group's policies to the user who is in it", () => {
    const admission = admissionOf(gitlab, { claims: { project_id: { equals: ['22'] } } });
    const access = compileVaultAccess(admission, { policies: ['base'], groupsClaim: 'groups_direct' });
    expect(access).toMatchObject({ ok: true, value: { role: { userClaim: 'user_id' } } });
    const byProject = compileVaultAccess(admission, {
      policies: ['base'],
      groupsClaim: 'groups_direct',
      userClaim: 'project_id',
    });
    expect(byProject.ok).toBe(false);
  });
});

describe('where the keys come from', () => {
  it.each(['gitlab.example.com@evil.example/x?', 'gitlab.example.com/', 'https://gitlab.example.com', ''])(
    'refuses %j as a domain',
    (iss) => {
      expect(readIssuer({ profile: 'gitlab-job-jwt', iss }).ok).toBe(false);
    },
  );
});
