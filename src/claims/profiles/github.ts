/** GitHub Actions: the subject says repository and context; AWS sees more claims than of any other issuer. */

import { type ClaimTable, chosen, fact, id, name, when } from '../claim.ts';
import { type IssuerProfile, type Variant } from '../profile.ts';
import { type SubjectGrammar, type SubjectPart, keyValueTemplates, template } from '../subject.ts';

export const GITHUB_URL = 'https://token.actions.githubusercontent.com';

export interface GithubConfig {
  /** Default: `https://token.actions.githubusercontent.com`. */
  readonly url?: string;
  /** `include_claim_keys` of a customized subject. Default: repository and context. */
  readonly subTemplate?: readonly string[];
}

const job = {
  repository: name('path', { reach: 'workload', organizationSegments: 1 }),
  repository_id: id('digits', { reach: 'workload' }),
  repository_owner: name('segment', { reach: 'organization' }),
  repository_owner_id: id('digits', { reach: 'organization' }),
  repository_visibility: fact('id'),
  ref: chosen('ref'),
  ref_type: fact('id'),
  ref_protected: fact('flag'),
  environment: when('the job names an environment', chosen('text')),
  event_name: fact('id'),
  head_ref: when('the run is of a pull request', chosen('ref')),
  base_ref: when('the run is of a pull request', chosen('ref')),
  sha: chosen('id'),
  job_workflow_ref: chosen('text'),
  job_workflow_sha: chosen('id'),
  workflow: chosen('text'),
  workflow_ref: chosen('text'),
  workflow_sha: chosen('id'),
  actor: name('segment', { reach: 'person' }),
  actor_id: id('digits', { reach: 'person' }),
  run_id: id('digits', { reach: 'workload' }),
  run_number: fact('digits'),
  run_attempt: fact('digits'),
  runner_environment: fact('id'),
  enterprise: when('the owner is in an enterprise', name('segment')),
  enterprise_id: when('the owner is in an enterprise', id('digits')),
} as const satisfies ClaimTable;

const AWS_CLAIMS: readonly string[] = [
  'actor',
  'actor_id',
  'job_workflow_ref',
  'repository',
  'repository_id',
  'repository_owner_id',
  'workflow',
  'ref',
  'environment',
  'enterprise_id',
];

/** GitHub encodes `:` in values, and nothing else. */
const ENCODED = ':';

const BY_NAME: readonly SubjectPart[] = [{ literal: 'repo:' }, { claim: 'repository', encode: ENCODED }];

/** The form of repositories that were created since 2026-07-15: names with their immutable ids. */
const BY_ID: readonly SubjectPart[] = [
  { literal: 'repo:' },
  { claim: 'repository', encode: ENCODED, slice: 'before-slash' },
  { literal: '@' },
  { claim: 'repository_owner_id', encode: ENCODED },
  { literal: '/' },
  { claim: 'repository', encode: ENCODED, slice: 'after-slash' },
  { literal: '@' },
  { claim: 'repository_id', encode: ENCODED },
];

/** The context that follows the repository: an environment goes before all, then pull requests, then the ref. */
function contexts(repository: readonly SubjectPart[]) {
  return [
    template([...repository, { literal: ':environment:' }, { claim: 'environment', encode: ENCODED }]),
    template([...repository, { literal: ':pull_request' }], {
      absent: ['environment'],
      fixed: { event_name: 'pull_request' },
    }),
    template([...repository, { literal: ':ref:' }, { claim: 'ref', encode: ENCODED }], {
      absent: ['environment'],
      except: { event_name: 'pull_request' },
    }),
  ];
}

function subject(subTemplate: readonly string[] | undefined): SubjectGrammar {
  if (subTemplate === undefined) return { kind: 'templates', templates: [...contexts(BY_NAME), ...contexts(BY_ID)] };
  return { kind: 'templates', templates: keyValueTemplates([], subTemplate, job) };
}

/** Tokens of GitHub Actions. Source: GitHub, OpenID Connect reference. */
export function github(config: GithubConfig = {}): IssuerProfile<{ job: Variant<keyof typeof job> }> {
  const url = config.url ?? GITHUB_URL;
  return {
    profile: 'github',
    issuer: url,
    url,
    mainVariant: 'job',
    variants: {
      job: {
        claims: job,
        composed: { repository: [{ claim: 'repository_owner' }, '/', { name: 'segment' }] },
        subject: subject(config.subTemplate),
        identities: [
          { claim: 'repository_id', fixes: ['repository_owner_id'] },
          { claim: 'run_id', fixes: Object.keys(job) },
        ],
      },
    },
    audience: 'string',
    awsClaims: url === GITHUB_URL ? AWS_CLAIMS : [],
    algorithms: ['RS256'],
    life: { default: 300, max: 300 },
    registered: ['nbf', 'jti'],
  };
}
