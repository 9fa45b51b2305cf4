/** Who asks for tokens in the scenarios: organizations of the platforms, and the workloads registered there. */

export const ORGANIZATION = {
  acme: '0191e223-0000-7000-8000-00000000000a',
  other: '0191e223-0000-7000-8000-00000000000b',
  /** Still on V2 tokens. */
  onV2: '0191e223-0000-7000-8000-00000000000c',
} as const;

const uuid = (end: string): string => `019527e4-0000-7000-8000-0000000000${end}`;

export interface OrganizationRow {
  readonly issuer: string;
  readonly id: string;
  readonly profile: string;
}

export const ORGANIZATIONS: readonly OrganizationRow[] = [
  { issuer: 'ona', id: ORGANIZATION.acme, profile: 'ona-v3' },
  { issuer: 'ona', id: ORGANIZATION.other, profile: 'ona-v3' },
  { issuer: 'ona', id: ORGANIZATION.onV2, profile: 'ona-v2' },
  { issuer: 'classic', id: 'acme', profile: 'gitpod-classic' },
  { issuer: 'gitlab', id: 'mygroup', profile: 'gitlab-id-token' },
  { issuer: 'gitlab-com', id: 'acme', profile: 'gitlab-id-token' },
];

export interface PrincipalRow {
  readonly issuer: string;
  readonly organization: string;
  readonly profile?: string;
  readonly variant?: string;
  readonly facts: Readonly<Record<string, unknown>>;
  /** Seconds; where it is left out, the issuer's own. */
  readonly life?: number;
}

interface EnvironmentFacts {
  readonly organization?: string;
  readonly environment: string;
  readonly project?: string;
  readonly email?: string;
  readonly runner?: string;
}

function environment({
  organization = ORGANIZATION.acme,
  environment,
  project,
  email,
  runner = uuid('e9'),
}: EnvironmentFacts): PrincipalRow {
  return {
    issuer: 'ona',
    organization,
    variant: 'environment',
    facts: {
      organization_id: organization,
      environment_id: environment,
      ...(project === undefined ? {} : { project_id: project }),
      runner_id: runner,
      runner_name: 'eu-central',
      creator_principal: 'user',
      creator_id: uuid('d1'),
      creator_email: email ?? 'someone@acme.example',
      creator_name: 'A Developer',
      creator_idp: 'https://accounts.example.com',
      creator_idp_claims: { groups: ['engineering'] },
      environment_initializers: [
        { git: { remote_uri: 'https://github.com/acme/api.git' }, context_url: 'https://github.com/acme/api' },
      ],
    },
  };
}

function user(organization: string, email: string, id: string): PrincipalRow {
  return {
    issuer: 'ona',
    organization,
    variant: 'user',
    facts: {
      organization_id: organization,
      user_id: id,
      account_id: uuid('ac'),
      email,
      name: 'A Developer',
      idp: 'https://accounts.example.com',
    },
  };
}

function v2(organization: string, project: string, environmentId: string): PrincipalRow {
  return {
    issuer: 'ona',
    organization: ORGANIZATION.onV2,
    variant: 'environment',
    facts: { organization_id: organization, project_id: project, environment_id: environmentId },
  };
}

function workspace(context: string | undefined): PrincipalRow {
  return {
    issuer: 'classic',
    organization: 'acme',
    facts: {
      user_id: 'user-1',
      org_id: 'acme',
      workspace_id: 'gitpodio-myapplicat-x1y2z3',
      name: 'A Developer',
      email: 'dev@acme.example',
      email_verified: true,
      ...(context === undefined ? {} : { context, repository: `${context.split('/').slice(0, 5).join('/')}.git` }),
    },
  };
}

/** The payload of seed 003, as a job. */
const SEED_JOB = {
  namespace_id: '1',
  namespace_path: 'mygroup',
  project_id: '22',
  project_path: 'mygroup/myproject',
  user_id: '42',
  user_login: 'myuser',
  user_email: 'myuser@example.com',
  pipeline_id: '1212',
  pipeline_source: 'push',
  job_id: '1212',
  ref: 'auto-deploy-2020-04-01',
  ref_type: 'branch',
  ref_path: 'refs/heads/auto-deploy-2020-04-01',
  ref_protected: 'true',
  runner_id: '7',
  runner_environment: 'self-hosted',
} as const;

function job(changes: Readonly<Record<string, unknown>>, rest: Partial<PrincipalRow> = {}): PrincipalRow {
  const facts: Record<string, unknown> = { ...SEED_JOB, ...changes };
  const kind = facts.ref_type === 'tag' ? 'tags' : 'heads';
  return {
    issuer: 'gitlab',
    organization: 'mygroup',
    profile: 'gitlab-job-jwt',
    facts: { ...facts, ref_path: `refs/${kind}/${String(facts.ref)}` },
    ...rest,
  };
}

const MAIN = { ref: 'main', ref_protected: 'true' } as const;
const OTHER_USER = { user_id: '43', user_login: 'other', user_email: 'other@example.com' } as const;
const ID_TOKEN = { profile: 'gitlab-id-token' } as const;

export const PRINCIPALS = {
  environment: environment({
    environment: uuid('c1'),
    project: uuid('a1'),
    email: 'dev@acme.example',
    runner: uuid('e1'),
  }),
  'environment outside a project': environment({ environment: uuid('c2') }),
  'environment in another project': environment({ environment: uuid('c3'), project: uuid('a2') }),
  'environment of another organization': environment({
    organization: ORGANIZATION.other,
    environment: uuid('c4'),
    project: uuid('a9'),
  }),
  user: user(ORGANIZATION.acme, 'dev@acme.example', uuid('d1')),
  'another user': user(ORGANIZATION.acme, 'someone@acme.example', uuid('d2')),
  'same address elsewhere': user(ORGANIZATION.other, 'dev@acme.example', uuid('d3')),
  'service account': {
    issuer: 'ona',
    organization: ORGANIZATION.acme,
    variant: 'service_account',
    facts: { organization_id: ORGANIZATION.acme, service_account_id: uuid('f1'), name: 'deploy' },
  },
  'V2 environment': v2(ORGANIZATION.onV2, uuid('b1'), uuid('c5')),
  'V2 environment in another project': v2(ORGANIZATION.onV2, uuid('b2'), uuid('c6')),
  'V2 environment of another organization': v2(ORGANIZATION.other, uuid('b3'), uuid('c7')),
  workspace: workspace('https://github.com/gitpod-io/my-application'),
  'workspace on a branch': workspace('https://github.com/gitpod-io/my-application/tree/feature/x'),
  'workspace of another repository': workspace('https://github.com/gitpod-io/my-application-evil'),
  'workspace of another owner': workspace('https://github.com/gitpod-io-evil/my-application'),
  'workspace without context': workspace(undefined),
  'job of seed 003': job({}),
  'job on main': job(MAIN),
  'job with a timeout of 30 minutes': job(MAIN, { life: 1800 }),
  'job on an unprotected branch': job({ ref: 'auto-deploy-mine', ref_protected: 'false' }),
  'job on a feature branch': job({ ref: 'feature/x', ref_protected: 'false' }),
  'job on a protected tag': job({ ref: 'v1.0', ref_type: 'tag' }),
  'job on a tag': job({ ref: 'v1.0', ref_type: 'tag', ref_protected: 'false' }),
  'deployment to production': job({
    ...MAIN,
    environment: 'production',
    environment_protected: 'true',
    deployment_tier: 'production',
  }),
  'deployment to an unprotected environment': job({
    ...MAIN,
    environment: 'production',
    environment_protected: 'false',
  }),
  'job of another user': job({ ...MAIN, ...OTHER_USER }),
  'job of another project': job({ ...MAIN, project_id: '23', project_path: 'mygroup/myproject-evil' }),
  'job of a project that shares the path': job({ ...MAIN, project_id: '24', project_path: 'mygroup/web' }),
  'id token': job({ ...MAIN, groups_direct: ['mygroup/platform'] }, ID_TOKEN),
  'id token without the group': job({ ...MAIN, ...OTHER_USER, groups_direct: ['mygroup/other'] }, ID_TOKEN),
  'id token of another tenant': job(
    { ...MAIN, namespace_id: '98', namespace_path: 'evil', project_id: '22', project_path: 'evil/myproject' },
    { ...ID_TOKEN, issuer: 'gitlab-com', organization: 'acme' },
  ),
  'id token of gitlab.com': job(
    { ...MAIN, namespace_id: '99', namespace_path: 'acme', project_id: '4711', project_path: 'acme/app' },
    { ...ID_TOKEN, issuer: 'gitlab-com', organization: 'acme' },
  ),
} as const satisfies Readonly<Record<string, PrincipalRow>>;

export type Principal = keyof typeof PRINCIPALS;
