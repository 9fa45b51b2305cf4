// Policies in which nothing is wrong, as careful people write them: whatever is found in one is a false alarm.
import type { Resource } from '../../src/trust/resource.ts';
import {
  GITLAB,
  GITLAB_MOUNT,
  ONA,
  mount,
  onSubject,
  place,
  policyOf,
  role,
  statement,
  vaultPolicy,
  vaultRole,
} from './resources.ts';

const MAIN = 'repo:acme@1/api@2:ref:refs/heads/main';
const PRODUCTION = 'repo:acme@1/api@2:environment:production';
const main = policyOf(statement({ StringEquals: { sub: MAIN } }));
const ADMIN = 'arn:aws:iam::aws:policy/AdministratorAccess';

const onGitlab = (given: Readonly<Record<string, unknown>>): readonly Resource[] => [mount(), vaultRole(given)];

export const CORRECT: Readonly<Record<string, readonly Resource[]>> = {
  'GitHub: a branch of a repository by ids': [onSubject('StringEquals', MAIN)],
  'GitHub: an environment of a repository by ids': [onSubject('StringEquals', PRODUCTION)],
  'GitHub: StringLike without a wildcard': [onSubject('StringLike', MAIN)],
  'GitHub: several exact subjects': [onSubject('StringEquals', [MAIN, PRODUCTION])],
  'GitHub: version tags': [onSubject('StringLike', 'repo:acme@1/api@2:ref:refs/tags/v*')],
  'GitHub: ids as claims': [
    role(policyOf(statement({ StringEquals: { repository_id: '2', environment: 'production' } }))),
  ],
  'GitHub: a name, and the id beside it': [
    role(policyOf(statement({ StringEquals: { sub: 'repo:acme/api:ref:refs/heads/main', repository_id: '2' } }))),
  ],
  'GitHub: a Deny of pull requests beside what binds': [
    role(
      policyOf(
        statement({ StringEquals: { sub: MAIN } }),
        statement({ StringLike: { sub: '*:pull_request' } }, { effect: 'Deny', aud: null }),
      ),
    ),
  ],
  'GitHub: two statements that bind': [
    role(policyOf(statement({ StringEquals: { sub: MAIN } }), statement({ StringEquals: { sub: PRODUCTION } }))),
  ],
  'GitHub: the provider alone binds the audience': [
    onSubject('StringEquals', MAIN, { aud: null }),
    {
      kind: 'aws-provider',
      place: place('provider'),
      url: 'https://token.actions.githubusercontent.com',
      clientIds: ['sts.amazonaws.com'],
    },
  ],
  'AWS: a session of an hour': [role(main, { session: 3600 })],
  'AWS: a long session and an administrator within a boundary': [
    role(main, { session: 7200, managed: [ADMIN], boundary: 'arn:aws:iam::123456789012:policy/limits' }),
  ],
  'GitLab: a branch of a project by path and id': [
    role(
      policyOf(
        statement(
          { StringEquals: { sub: 'project_path:acme/api:ref_type:branch:ref:main', project_id: '22' } },
          { host: GITLAB },
        ),
      ),
    ),
  ],
  'Ona: a project': [onSubject('StringEquals', 'organization_id:1:project_id:2', { host: ONA })],
  'EKS: a service account': [
    onSubject('StringEquals', 'system:serviceaccount:prod:api', { host: 'oidc.eks.eu-west-1.amazonaws.com/id/A1' }),
  ],
  'Terraform Cloud: a workspace in any run phase': [
    onSubject('StringLike', 'organization:acme:project:web:workspace:api:run_phase:*', { host: 'app.terraform.io' }),
  ],
  'Vault: a project by id': onGitlab({}),
  'Vault: `user_claim: user_email` bound to one address': onGitlab({
    user_claim: 'user_email',
    bound_claims: { project_id: '22', user_email: 'ann@acme.example' },
  }),
  'Vault: a glob on a ref beside the id': onGitlab({
    bound_claims: { project_id: '22', ref: 'auto-deploy-*' },
    bound_claims_type: 'glob',
  }),
  'Vault: a templated path of the project': [
    ...onGitlab({ claim_mappings: { project_id: 'project' } }),
    vaultPolicy('path "kv/{{identity.entity.aliases.jwt_1.metadata.project}}/*" { capabilities = ["read"] }'),
  ],
  'Vault: a batch token of ten minutes': onGitlab({
    token_explicit_max_ttl: undefined,
    token_type: 'batch',
    token_ttl: 600,
  }),
  'Vault: a project of Ona, with its audience': [
    mount({
      ...GITLAB_MOUNT,
      jwks_url: 'https://app.gitpod.io/.well-known/jwks.json',
      bound_issuer: 'https://app.gitpod.io',
    }),
    vaultRole({
      bound_audiences: ['vault.example.com'],
      bound_claims: { organization_id: '1', project_id: '2' },
      user_claim: 'environment_id',
    }),
  ],
};
