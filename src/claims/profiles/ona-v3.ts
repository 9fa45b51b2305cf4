/** Ona, V3 tokens: flat claims, one variant for each kind of principal. */

import { type ClaimTable, chosen, id, name, structure, when } from '../claim.ts';
import { type IssuerProfile, type Variant } from '../profile.ts';
import { type SubjectGrammar, keyValueParts, keyValueTemplates, template } from '../subject.ts';

export const ONA_URL = 'https://app.gitpod.io';

export interface OnaV3Config {
  /** Default: `https://app.gitpod.io`. */
  readonly url?: string;
  /** Extra fields of `sub` that the organization chose in its OIDC token configuration. Default: none. */
  readonly subFields?: readonly string[];
}

const organization = { organization_id: id('id', { reach: 'organization' }) } as const;

const environment = {
  ...organization,
  environment_id: id('id', { reach: 'workload' }),
  project_id: when('the environment is in a project', id('id', { reach: 'workload' })),
  runner_id: id('id', { reach: 'workload' }),
  runner_name: name('text'),
  creator_principal: name('id'),
  creator_id: id('id', { reach: 'workload' }),
  creator_email: when('the creator is a user', name('email', { reach: 'person' })),
  creator_name: name('text'),
  creator_idp: when('the creator signed in at an identity provider', name('url')),
  creator_idp_claims: when('the creator signed in at an identity provider', structure('object')),
  environment_initializers: when('the environment was created from a repository', structure('objects')),
} as const satisfies ClaimTable;

const user = {
  ...organization,
  user_id: id('id', { reach: 'workload' }),
  account_id: id('id', { reach: 'person' }),
  email: name('email', { reach: 'person' }),
  name: name('text'),
  idp: name('url'),
} as const satisfies ClaimTable;

const serviceAccount = {
  ...organization,
  service_account_id: id('id', { reach: 'workload' }),
  name: name('text'),
} as const satisfies ClaimTable;

const INITIALIZER = 'environment_initializers.';

/** Fields from the first initializer, which can be put into `sub`; the other claims of the list are plain claims. */
const initializerField = (path: string) =>
  when(
    'the environment was created from a repository',
    chosen('url', { pointer: `/environment_initializers/0/${path.replaceAll('.', '/')}` }),
  );

export const INITIALIZER_FIELDS = {
  [`${INITIALIZER}git.remote_uri`]: initializerField('git.remote_uri'),
  [`${INITIALIZER}git.upstream_remote_uri`]: initializerField('git.upstream_remote_uri'),
  [`${INITIALIZER}context_url`]: initializerField('context_url'),
} satisfies ClaimTable;

/** What an organization may choose to add to `sub` (Ona, OIDC token configuration). */
export const ONA_SUB_FIELDS: readonly string[] = [
  'creator_id',
  'creator_principal',
  'creator_email',
  'creator_name',
  'creator_idp',
  'account_id',
  'user_id',
  'organization_id',
  'project_id',
  'runner_id',
  'environment_id',
  'email',
  'name',
  'idp',
  'runner_name',
  'service_account_id',
  ...Object.keys(INITIALIZER_FIELDS),
];

function environmentSubject(subFields: readonly string[], table: ClaimTable): SubjectGrammar {
  return {
    kind: 'templates',
    templates: [
      ...keyValueTemplates(['organization_id', 'project_id'], subFields, table, { present: ['project_id'] }),
      ...keyValueTemplates(
        ['organization_id', 'environment_id'],
        subFields.filter((field) => field !== 'project_id'),
        table,
        {
          absent: ['project_id'],
        },
      ),
    ],
  };
}

const undocumented = (principals: string, claim: string): SubjectGrammar => ({
  kind: 'unknown',
  why: `Ona does not document the \`sub\` of V3 tokens of ${principals}, so nothing can be compiled from it`,
  minted: [template(keyValueParts(['organization_id', claim]))],
});

/** Tokens of Ona in version 3. Source: Ona, OpenID Connect, token structure. */
export function onaV3(config: OnaV3Config = {}): IssuerProfile<{
  environment: Variant<keyof typeof environment>;
  user: Variant<keyof typeof user>;
  service_account: Variant<keyof typeof serviceAccount>;
}> {
  const subFields = config.subFields ?? [];
  const chosenFields = Object.fromEntries(
    Object.entries(INITIALIZER_FIELDS).filter(([field]) => subFields.includes(field)),
  );
  const environmentClaims = { ...environment, ...chosenFields };
  const url = config.url ?? ONA_URL;
  return {
    profile: 'ona-v3',
    issuer: url,
    url,
    mainVariant: 'environment',
    variants: {
      environment: {
        claims: environmentClaims,
        subject: environmentSubject(subFields, environmentClaims),
        discriminator: 'environment_id',
        identities: [
          {
            claim: 'environment_id',
            fixes: ['organization_id', 'project_id', 'creator_id', 'creator_principal', 'runner_id'],
          },
        ],
      },
      user: {
        claims: user,
        subject: undocumented('users', 'user_id'),
        discriminator: 'user_id',
        identities: [{ claim: 'user_id', fixes: ['organization_id', 'account_id'] }],
      },
      service_account: {
        claims: serviceAccount,
        subject: undocumented('service accounts', 'service_account_id'),
        discriminator: 'service_account_id',
        identities: [{ claim: 'service_account_id', fixes: ['organization_id'] }],
      },
    },
    audience: 'array',
    awsClaims: [],
    algorithms: ['RS256'],
    life: { default: 3600, max: 3600 },
    registered: [],
  };
}
