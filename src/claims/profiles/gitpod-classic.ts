/** Gitpod Classic: an issuer under a path, `sub` is the context URL of the workspace. */

import { type ClaimTable, chosen, id, name, structure, when } from '../claim.ts';
import { type IssuerProfile, type Variant } from '../profile.ts';
import { type SubjectGrammar, keyValueTemplates, template } from '../subject.ts';

export interface GitpodClassicConfig {
  /** `https://services.<installation>/idp`, or `https://api.<installation>/idp`. */
  readonly url: string;
  /** Claims of which the organization had `sub` made, as `key:value:key:value`. Default: the context URL. */
  readonly subClaims?: readonly string[];
}

/** `https://github.com/owner/` are four segments: `https:`, nothing, the host, the owner. */
const OWNER_SEGMENTS = 4;

const workspace = {
  user_id: id('id', { reach: 'workload' }),
  org_id: id('id', { reach: 'organization' }),
  workspace_id: id('id', { reach: 'workload' }),
  name: name('text'),
  email: name('email', { reach: 'person' }),
  email_verified: structure('boolean'),
  context: when(
    'the workspace was started from a context URL',
    chosen('url', { reach: 'workload', organizationSegments: OWNER_SEGMENTS }),
  ),
  repository: when(
    'the context is a repository',
    chosen('url', { reach: 'workload', organizationSegments: OWNER_SEGMENTS }),
  ),
  scope: when('it was asked for', name('text')),
} as const satisfies ClaimTable;

/** The public installation, on which every organization is: anybody may open a public repository there. */
const SHARED = ['https://services.gitpod.io/idp', 'https://api.gitpod.io/idp'];

/** On a shared installation what a user opens binds no tenant; on one's own it can only be one's own users. */
function claimsOf(url: string): typeof workspace {
  if (!SHARED.includes(url)) return workspace;
  const { context, repository } = workspace;
  return { ...workspace, context: { ...context, reach: 'person' }, repository: { ...repository, reach: 'person' } };
}

const CONTEXT_SUBJECT: SubjectGrammar = {
  kind: 'templates',
  templates: [
    template([{ claim: 'context', encode: '' }]),
    template([{ literal: 'no-context' }], { absent: ['context'] }),
  ],
};

/** Tokens of Gitpod Classic. Source: Gitpod, OIDC integration with AWS. */
export function gitpodClassic(
  config: GitpodClassicConfig,
): IssuerProfile<{ workspace: Variant<keyof typeof workspace> }> {
  const claims = claimsOf(config.url);
  const subject: SubjectGrammar =
    config.subClaims === undefined
      ? CONTEXT_SUBJECT
      : { kind: 'templates', templates: keyValueTemplates([], config.subClaims, claims) };
  return {
    profile: 'gitpod-classic',
    issuer: config.url,
    url: config.url,
    mainVariant: 'workspace',
    variants: {
      workspace: {
        claims,
        subject,
        identities: [{ claim: 'workspace_id', fixes: ['user_id', 'org_id', 'context', 'repository'] }],
      },
    },
    audience: 'array-with-azp',
    awsClaims: [],
    algorithms: ['RS256'],
    life: { default: 3600, max: 3600 },
    registered: [],
  };
}
