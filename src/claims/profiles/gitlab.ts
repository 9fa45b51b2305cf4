/** GitLab: the job token of `CI_JOB_JWT`, and the id tokens that followed it. */

import { type ClaimTable, chosen, fact, id, name, structure, when } from '../claim.ts';
import { type IssuerProfile, type Variant } from '../profile.ts';
import { type SubjectGrammar, keyValueTemplates, template } from '../subject.ts';

export interface GitlabJobJwtConfig {
  /** The domain of the instance, as in `iss`: no URL. */
  readonly iss: string;
  /** Default: `https://<iss>/-/jwks`. */
  readonly jwksUrl?: string;
}

export interface GitlabIdTokenConfig {
  /** The instance, e.g. `https://gitlab.com`. */
  readonly url: string;
  /** Components of `sub`. Default: `project_path`, `ref_type`, `ref`. */
  readonly subClaims?: readonly string[];
}

const deployment = 'the job deploys to an environment';

const job = {
  namespace_id: id('digits', { reach: 'organization' }),
  namespace_path: name('path', { reach: 'organization' }),
  project_id: id('digits', { reach: 'workload' }),
  project_path: name('path', { reach: 'workload', organizationSegments: 1 }),
  user_id: id('digits', { reach: 'person' }),
  user_login: name('segment', { reach: 'person' }),
  user_email: name('email', { reach: 'person' }),
  pipeline_id: id('digits', { reach: 'workload' }),
  pipeline_source: fact('id'),
  job_id: id('digits', { reach: 'workload' }),
  ref: chosen('ref'),
  ref_type: fact('id'),
  ref_path: chosen('ref'),
  ref_protected: fact('flag'),
  environment: when(deployment, chosen('text')),
  environment_protected: when(deployment, fact('flag')),
  deployment_tier: when(deployment, chosen('id')),
  runner_id: id('digits'),
  runner_environment: fact('id'),
} as const satisfies ClaimTable;

const idToken = {
  ...job,
  groups_direct: when('the user is a direct member of 1 to 200 groups', structure('strings')),
  user_access_level: when('the user is a member of the project', fact('id')),
} as const satisfies ClaimTable;

/** A project is a name of its own in its namespace. */
const composed = { project_path: [{ claim: 'namespace_path' }, '/', { name: 'segment' }] } as const;

const identities = [
  { claim: 'project_id', fixes: ['namespace_id', 'namespace_path', 'project_path'] },
  { claim: 'user_id', fixes: ['user_login', 'user_email', 'groups_direct'] },
  { claim: 'job_id', fixes: Object.keys(idToken) },
] as const;

/** GitLab's condition keys at AWS, for the genuine gitlab.com alone (IAM and STS condition context keys). */
const AWS_CLAIMS: readonly string[] = [
  'namespace_id',
  'project_id',
  'pipeline_source',
  'ref_protected',
  'runner_environment',
  'user_id',
  'user_login',
  'user_email',
  'user_access_level',
];

/** `exp` follows the job's timeout, else 5 minutes; a job runs at most a month, and no token should live that long. */
const LIFE = { default: 300, max: 3600 } as const;

/** `CI_JOB_JWT`: no audience, `iss` is a domain, `sub` is the project's id. Source: GitLab, HashiCorp Vault. */
export function gitlabJobJwt(config: GitlabJobJwtConfig): IssuerProfile<{ job: Variant<keyof typeof job> }> {
  return {
    profile: 'gitlab-job-jwt',
    issuer: config.iss,
    jwksUrl: config.jwksUrl ?? `https://${config.iss}/-/jwks`,
    mainVariant: 'job',
    variants: {
      job: {
        claims: job,
        composed,
        subject: { kind: 'templates', templates: [template([{ claim: 'project_id', encode: '' }])] },
        identities,
      },
    },
    audience: 'none',
    awsClaims: [],
    algorithms: ['RS256'],
    life: LIFE,
    registered: ['nbf', 'jti'],
  };
}

/** `id_tokens:` of a job, with the audience that the job asks for. Source: GitLab, ID token authentication. */
export function gitlabIdToken(config: GitlabIdTokenConfig): IssuerProfile<{ job: Variant<keyof typeof idToken> }> {
  const subject: SubjectGrammar = {
    kind: 'templates',
    templates: keyValueTemplates([], config.subClaims ?? ['project_path', 'ref_type', 'ref'], idToken),
  };
  return {
    profile: 'gitlab-id-token',
    issuer: config.url,
    url: config.url,
    mainVariant: 'job',
    variants: { job: { claims: idToken, composed, subject, identities, groups: 'groups_direct' } },
    audience: 'string',
    awsClaims: config.url === 'https://gitlab.com' ? AWS_CLAIMS : [],
    algorithms: ['RS256'],
    life: LIFE,
    registered: ['nbf', 'jti'],
  };
}
