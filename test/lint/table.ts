// What goes wrong with trust, row by row: for each at least two resources in which it must be found, and two in which it must not.
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

export interface Row {
  readonly row: string;
  readonly rule: string;
  readonly found: Readonly<Record<string, readonly Resource[]>>;
  readonly fine: Readonly<Record<string, readonly Resource[]>>;
}

/** A subject that binds organization and repository by id, and a branch. */
const SAFE = 'repo:acme@1/api@2:ref:refs/heads/main';
const safe = statement({ StringEquals: { sub: SAFE } });
const ADMIN = 'arn:aws:iam::aws:policy/AdministratorAccess';

const grants = (Statement: unknown) => [{ name: 'inline', document: { Version: '2012-10-17', Statement } }];

const AWS: readonly Row[] = [
  {
    row: 'no `sub` condition',
    rule: 'aws-no-subject',
    found: {
      'an audience alone': [role(policyOf(statement({})))],
      'a branch of anybody': [role(policyOf(statement({ StringEquals: { ref: 'refs/heads/main' } })))],
      'an address': [role(policyOf(statement({ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } })))],
      'another issuer': [role(policyOf(statement({}, { host: 'idp.example.org' })))],
    },
    fine: {
      'an exact subject': [onSubject('StringEquals', SAFE)],
      'ids instead of a subject': [
        role(policyOf(statement({ StringEquals: { repository_id: '2', environment: 'production' } }))),
      ],
      'a Deny of everything else': [
        role(policyOf(statement({}), statement({ StringNotEquals: { sub: SAFE } }, { effect: 'Deny', aud: null }))),
      ],
    },
  },
  {
    row: '`repo:org*`, `repo:*`, `org:1*`',
    rule: 'aws-tenant-pattern',
    found: {
      'the beginning of a name': [onSubject('StringLike', 'repo:acme*')],
      'any name': [onSubject('StringLike', 'repo:*')],
      'the beginning of an id': [onSubject('StringLike', 'org:1*', { host: ONA })],
      'one character': [onSubject('StringLike', 'repo:acme?/api:ref:refs/heads/main')],
      'an issuer of which nothing is known': [onSubject('StringLike', 'org:1*', { host: 'idp.example.org' })],
    },
    fine: {
      'StringLike without a wildcard': [onSubject('StringLike', SAFE)],
      'a `*` in StringEquals is itself': [onSubject('StringEquals', 'repo:acme*')],
      'behind the id': [onSubject('StringLike', 'repo:acme@1/api@2:ref:refs/tags/v*')],
      'below an owner': [
        onSubject('StringLike', 'https://github.com/acme/*', { host: 'services.acme.gitpod.cloud/idp' }),
      ],
      'behind the organization of another issuer': [
        onSubject('StringLike', 'org:1:project:2:*', { host: 'idp.example.org' }),
      ],
    },
  },
  {
    row: '`*:ref:refs/heads/main`, `r*:pull_request`',
    rule: 'aws-leading-wildcard',
    found: {
      'a branch': [onSubject('StringLike', '*:ref:refs/heads/main')],
      'an event': [onSubject('StringLike', 'r*:pull_request')],
      'a name in any organization': [onSubject('StringLike', 'repo:*/api:ref:refs/heads/main')],
    },
    fine: {
      'an exact subject': [onSubject('StringLike', SAFE)],
      'a branch, of a repository': [
        role(
          policyOf(statement({ StringLike: { sub: '*:ref:refs/heads/main' }, StringEquals: { repository_id: '2' } })),
        ),
      ],
    },
  },
  {
    row: 'a safe value, then `*`, in one list',
    rule: 'aws-value-list',
    found: {
      anything: [onSubject('StringLike', [SAFE, '*'])],
      'any organization': [onSubject('StringLike', ['repo:acme@1/*', 'repo:evil*'])],
    },
    fine: {
      'several subjects': [onSubject('StringEquals', [SAFE, 'repo:acme@1/web@3:ref:refs/heads/main'])],
      'several ids': [
        role(policyOf(statement({ StringEquals: { repository_id: ['2', '3'], environment: 'production' } }))),
      ],
    },
  },
  {
    row: 'a second, open statement',
    rule: 'aws-open-statement',
    found: {
      'without a condition': [role(policyOf(safe, statement({})))],
      'before the safe one': [role(policyOf(statement({ StringEquals: { actor: 'ann' } }), safe))],
    },
    fine: {
      'two that bind': [role(policyOf(safe, statement({ StringEquals: { sub: 'repo:acme@1/b@9:environment:prod' } })))],
      'a Deny': [role(policyOf(safe, statement({}, { effect: 'Deny' })))],
    },
  },
  {
    row: '`StringNotLike`/`StringNotEquals` alone',
    rule: 'aws-complement',
    found: {
      'not like': [role(policyOf(statement({ StringNotLike: { sub: 'repo:evil/*' } })))],
      'not equal': [role(policyOf(statement({ StringNotEquals: { sub: 'repo:evil/x:pull_request' } })))],
    },
    fine: {
      'beside what binds': [
        role(policyOf(statement({ StringNotLike: { sub: '*:pull_request' }, StringEquals: { sub: SAFE } }))),
      ],
      'in a Deny': [
        role(policyOf(safe, statement({ StringNotLike: { sub: 'repo:acme@1/*' } }, { effect: 'Deny', aud: null }))),
      ],
    },
  },
  {
    row: '`ForAllValues:` or `…IfExists` on `sub`/`aud`',
    rule: 'aws-absent-claim',
    found: {
      'all values': [role(policyOf(statement({ 'ForAllValues:StringEquals': { sub: SAFE } })))],
      'if it exists': [role(policyOf(statement({ StringLikeIfExists: { sub: SAFE } })))],
      'the audience': [
        role(
          policyOf(
            statement(
              { 'ForAllValues:StringEquals': { aud: 'sts.amazonaws.com' }, StringEquals: { sub: SAFE } },
              { aud: null },
            ),
          ),
        ),
      ],
    },
    fine: {
      'beside a check that it is there': [
        role(policyOf(statement({ 'ForAllValues:StringEquals': { sub: SAFE }, Null: { sub: 'false' } }))),
      ],
      'any value': [role(policyOf(statement({ 'ForAnyValue:StringEquals': { sub: SAFE } })))],
      'on what binds nobody': [
        role(policyOf(statement({ StringEqualsIfExists: { environment: 'production' }, StringEquals: { sub: SAFE } }))),
      ],
    },
  },
  {
    row: 'a whole organization (`org/*`, `organization_id` alone), not declared as such',
    rule: 'whole-organization',
    found: {
      'all repositories': [onSubject('StringLike', 'repo:acme@1/*')],
      'names in it': [onSubject('StringLike', 'repo:acme@1/api-*:environment:production')],
      'all projects': [onSubject('StringLike', 'organization_id:1:*', { host: ONA })],
      'its id alone, at Vault': [
        mount({ ...GITLAB_MOUNT, bound_issuer: 'https://app.gitpod.io' }),
        vaultRole({ bound_audiences: ['v'], bound_claims: { organization_id: '1' }, user_claim: 'environment_id' }),
      ],
    },
    fine: {
      declared: [
        role(policyOf(statement({ StringLike: { sub: 'organization_id:1:*' } }, { host: ONA })), {
          declared: { organization: true },
        }),
      ],
      'one project': [onSubject('StringEquals', 'organization_id:1:project_id:2', { host: ONA })],
      'one workflow, whoever calls it': [
        role(
          policyOf(
            statement({
              StringLike: { sub: 'repo:acme@1/*' },
              StringEquals: { job_workflow_ref: 'acme/ci/.github/workflows/deploy.yml@refs/heads/main' },
            }),
          ),
        ),
      ],
    },
  },
  {
    row: '`repo:o/r:*`, `:pull_request`',
    rule: 'unreviewed-code',
    found: {
      'anything in the repository': [onSubject('StringLike', 'repo:acme@1/api@2:*')],
      'pull requests': [onSubject('StringEquals', 'repo:acme@1/api@2:pull_request')],
      'every branch': [onSubject('StringLike', 'repo:acme@1/api@2:ref:refs/heads/*')],
      'every environment': [onSubject('StringLike', 'repo:acme@1/api@2:environment:*')],
    },
    fine: {
      'a branch': [onSubject('StringEquals', SAFE)],
      'an environment': [onSubject('StringEquals', 'repo:acme@1/api@2:environment:production')],
      tags: [onSubject('StringLike', 'repo:acme@1/api@2:ref:refs/tags/v*')],
      'all of it but pull requests and other branches': [
        role(
          policyOf(
            statement({
              StringLike: { sub: 'repo:acme@1/api@2:*' },
              StringEquals: { ref: 'refs/heads/main' },
              Null: { environment: 'true' },
            }),
            statement({ StringLike: { sub: '*:pull_request' } }, { effect: 'Deny', aud: null }),
          ),
        ),
      ],
    },
  },
  {
    row: 'subject by name only where the target sees an immutable id (else a note)',
    rule: 'reusable-name',
    found: {
      'a repository by name': [onSubject('StringEquals', 'repo:acme/api:ref:refs/heads/main')],
      'one name beside an id': [onSubject('StringEquals', [SAFE, 'repo:acme/api:ref:refs/heads/main'])],
      'the claim': [role(policyOf(statement({ StringEquals: { repository: 'acme/api', environment: 'production' } })))],
    },
    fine: {
      'the form with ids': [onSubject('StringEquals', SAFE)],
      'a name beside the id': [
        role(policyOf(statement({ StringEquals: { sub: 'repo:acme/api:ref:refs/heads/main', repository_id: '2' } }))),
      ],
      'where AWS sees no id': [
        onSubject('StringLike', 'https://github.com/acme/api/*', { host: 'services.acme.gitpod.cloud/idp' }),
      ],
    },
  },
  {
    row: '`project_path` and other reusable names at GitLab',
    rule: 'gitlab-reusable-path',
    found: {
      'at AWS': [onSubject('StringEquals', 'project_path:acme/api:ref_type:branch:ref:main', { host: GITLAB })],
      'at Vault': [mount(), vaultRole({ bound_claims: { project_path: 'acme/api' } })],
      'a namespace': [mount(), vaultRole({ bound_claims: { namespace_path: 'acme', user_login: 'ann' } })],
    },
    fine: {
      'beside the id': [
        role(
          policyOf(
            statement(
              { StringEquals: { sub: 'project_path:acme/api:ref_type:branch:ref:main', project_id: '22' } },
              { host: GITLAB },
            ),
          ),
        ),
      ],
      'the id': [mount(), vaultRole({})],
    },
  },
  {
    row: '`aud` missing or a pattern',
    rule: 'aws-audience',
    found: {
      none: [onSubject('StringEquals', SAFE, { aud: null })],
      'a pattern': [
        role(policyOf(statement({ StringEquals: { sub: SAFE }, StringLike: { aud: 'sts*' } }, { aud: null }))),
      ],
    },
    fine: {
      bound: [onSubject('StringEquals', SAFE)],
      'whatever the case': [
        role(
          policyOf(
            statement(
              { StringEquals: { sub: SAFE }, StringEqualsIgnoreCase: { aud: 'STS.amazonaws.com' } },
              { aud: null },
            ),
          ),
        ),
      ],
      'the provider registers one alone': [
        onSubject('StringEquals', SAFE, { aud: null }),
        {
          kind: 'aws-provider',
          place: place('provider'),
          url: 'https://token.actions.githubusercontent.com',
          clientIds: ['sts.amazonaws.com'],
        },
      ],
    },
  },
  {
    row: "condition's host differs from the provider's",
    rule: 'aws-dead-condition',
    found: {
      dead: [role(policyOf(statement({ StringEquals: { 'gitlab.com:sub': SAFE } })))],
      open: [
        role(policyOf(statement({ StringEquals: { sub: SAFE }, StringEqualsIfExists: { 'gitlab.com:sub': 'x' } }))),
      ],
      'a claim that AWS does not see': [role(policyOf(statement({ StringEquals: { sub: SAFE, event_name: 'push' } })))],
    },
    fine: {
      'in another case': [
        role(policyOf(statement({ StringEquals: { 'Token.Actions.GitHubUserContent.com:SUB': SAFE } }))),
      ],
      'about the request': [role(policyOf(statement({ StringEquals: { sub: SAFE, 'aws:PrincipalOrgID': 'o-1' } })))],
    },
  },
  {
    row: 'permissions `*:*`, `iam:*`, AdministratorAccess on a federated role',
    rule: 'aws-permissions',
    found: {
      'the managed policy': [role(policyOf(safe), { managed: [ADMIN] })],
      everything: [role(policyOf(safe), { inline: grants({ Effect: 'Allow', Action: '*', Resource: '*' }) })],
      'all of IAM': [
        role(policyOf(safe), { inline: grants([{ Effect: 'Allow', Action: ['s3:*', 'IAM:*'], Resource: ['*'] }]) }),
      ],
      'what only some requests are denied': [
        role(policyOf(safe), {
          inline: grants([
            { Effect: 'Allow', Action: '*', Resource: '*' },
            { Effect: 'Deny', Action: '*', Resource: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
          ]),
        }),
      ],
      'all but something': [
        role(policyOf(safe), { inline: grants({ Effect: 'Allow', NotAction: 's3:*', Resource: '*' }) }),
      ],
    },
    fine: {
      'one service': [role(policyOf(safe), { inline: grants({ Effect: 'Allow', Action: 's3:*', Resource: '*' }) })],
      'with a boundary': [role(policyOf(safe), { managed: [ADMIN], boundary: 'arn:aws:iam::1:policy/limits' })],
      'with a Deny': [
        role(policyOf(safe), {
          inline: grants([
            { Effect: 'Allow', NotAction: 's3:*', Resource: '*' },
            { Effect: 'Deny', Action: '*', Resource: '*' },
          ]),
        }),
      ],
      'a role of no web identity': [
        role(policyOf({ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }), {
          managed: [ADMIN],
        }),
      ],
    },
  },
  {
    row: 'session over 1 h not declared, no boundary',
    rule: 'aws-session',
    found: {
      'two hours': [role(policyOf(safe), { session: 7200 })],
      'half a day': [role(policyOf(safe), { session: 43_200 })],
    },
    fine: {
      'an hour': [role(policyOf(safe), { session: 3600 })],
      declared: [role(policyOf(safe), { session: 7200, declared: { session: true } })],
      'with a boundary': [role(policyOf(safe), { session: 7200, boundary: 'ReadOnlyAccess' })],
    },
  },
];

const vault = (given: Readonly<Record<string, unknown>>): readonly Resource[] => [mount(), vaultRole(given)];
const onMount = (config: Readonly<Record<string, unknown>>): readonly Resource[] => [
  mount({ ...GITLAB_MOUNT, ...config }),
  vaultRole({}),
];
const templated = (end: string) =>
  vaultPolicy(`path "secret/{{identity.entity.aliases.jwt_1.metadata.project}}${end}" { capabilities = ["read"] }`);
const issuer = (given: Readonly<Record<string, unknown>>): readonly Resource[] => [
  { kind: 'issuer', place: place('issuer'), issuer: 'https://idp.example.org', ...given },
];

const VAULT: readonly Row[] = [
  {
    row: 'Vault role bound by audience or CIDR only',
    rule: 'vault-open-role',
    found: {
      'an audience': [vaultRole({ bound_audiences: ['vault'], bound_claims: undefined, user_claim: 'sub' })],
      'a network': vault({ token_bound_cidrs: ['10.0.0.0/8'], bound_claims: undefined }),
      'what every tenant has': vault({ bound_claims: { ref: 'main', ref_protected: 'true' } }),
      'the beginning of a name': vault({ bound_claims: { project_path: 'acme*' }, bound_claims_type: 'glob' }),
      'a person': vault({ bound_claims: { user_email: 'ann@acme.example' } }),
    },
    fine: {
      'an id': vault({}),
      'a subject': vault({ bound_claims: undefined, bound_subject: '22' }),
      'below a group': vault({ bound_claims: { project_path: 'acme/*' }, bound_claims_type: 'glob' }),
    },
  },
  {
    row: 'Vault glob on `ref`, `workflow`, `environment` without an immutable id beside it',
    rule: 'vault-chosen-name',
    found: {
      'a ref': vault({ bound_claims: { project_path: 'acme/api', ref: 'release-*' }, bound_claims_type: 'glob' }),
      'an environment': vault({
        bound_claims: { project_path: 'acme/api', environment: 'prod*' },
        bound_claims_type: 'glob',
      }),
      'of nobody': vault({ bound_claims: { ref: 'release-*' }, bound_claims_type: 'glob' }),
    },
    fine: {
      'beside the id': vault({ bound_claims: { project_id: '22', ref: 'auto-deploy-*' }, bound_claims_type: 'glob' }),
      'a glob without a wildcard': vault({
        bound_claims: { project_path: 'acme/api', ref: 'main' },
        bound_claims_type: 'glob',
      }),
    },
  },
  {
    row: '`*` without glob, or in `bound_subject`',
    rule: 'vault-dead-pattern',
    found: {
      'a claim': vault({ bound_claims: { project_id: '22', ref: 'release-*' } }),
      'the subject': vault({ bound_claims: undefined, bound_subject: '2*' }),
    },
    fine: {
      'a glob': vault({ bound_claims: { project_id: '22', ref: 'release-*' }, bound_claims_type: 'glob' }),
      none: vault({ bound_subject: '22' }),
    },
  },
  {
    row: 'comma in `bound_claims`',
    rule: 'vault-comma',
    found: {
      'two refs': vault({ bound_claims: { project_id: '22', ref: 'main,dev' } }),
      'two ids': vault({ bound_claims: { project_id: '22,23' } }),
    },
    fine: {
      'a list': vault({ bound_claims: { project_id: ['22', '23'] } }),
      'a name that has one, where nothing splits': vault({
        bound_claims: { project_id: '22', environment: 'eu, prod' },
      }),
    },
  },
  {
    row: '`user_claim` that is not unique per workload (workflow, actor, ref, e-mail) and not pinned to one value',
    rule: 'vault-user-claim',
    found: {
      'an address': vault({ user_claim: 'user_email' }),
      'a ref': vault({ user_claim: 'ref' }),
      'a group': vault({ user_claim: 'namespace_id' }),
      'of an issuer of which nothing is known': [
        vaultRole({ user_claim: 'email', bound_subject: 'a', bound_claims: undefined, bound_audiences: ['v'] }),
      ],
    },
    fine: {
      'an id': vault({}),
      'bound to one address': vault({
        user_claim: 'user_email',
        bound_claims: { project_id: '22', user_email: 'ann@acme.example' },
      }),
      'the subject': vault({ user_claim: 'sub' }),
    },
  },
  {
    row: 'template followed by `*`, claims holding `/`, unbound mapped claims',
    rule: 'vault-template',
    found: {
      'a star behind it': [...vault({ claim_mappings: { project_id: 'project' } }), templated('*')],
      'a path': [...vault({ claim_mappings: { project_path: 'project' } }), templated('/*')],
      'a name that is chosen': vault({ claim_mappings: { ref: 'ref' } }),
    },
    fine: {
      'an id': [...vault({ claim_mappings: { project_id: 'project' } }), templated('/*')],
      'a path that is bound': [
        ...vault({
          bound_claims: { project_id: '22', project_path: 'acme/api' },
          claim_mappings: { project_path: 'project' },
        }),
        templated('/*'),
      ],
      'what no policy uses': [...vault({ claim_mappings: { ref: 'ref' } }), templated('/*')],
    },
  },
  {
    row: 'no `bound_issuer`; no `bound_audiences` where the profile mints `aud`',
    rule: 'vault-no-issuer',
    found: {
      'discovery is not enough': [
        mount({ oidc_discovery_url: 'https://gitlab.com', jwt_supported_algs: ['RS256'] }),
        vaultRole({ bound_audiences: ['v'] }),
      ],
      'keys are not enough': [
        mount({ jwks_url: 'https://idp.example.org/jwks', jwt_supported_algs: ['RS256'] }),
        vaultRole({ bound_audiences: ['v'] }),
      ],
    },
    fine: {
      bound: vault({}),
      'where it is forbidden': [
        mount({ jwks_pairs: [{ jwks_url: 'https://a.example/jwks' }], jwt_supported_algs: ['RS256'] }),
      ],
    },
  },
  {
    row: 'no `bound_issuer`; no `bound_audiences` where the profile mints `aud`',
    rule: 'vault-no-audience',
    found: {
      'tokens have one': [
        mount({
          oidc_discovery_url: 'https://gitlab.com',
          bound_issuer: 'https://gitlab.com',
          jwt_supported_algs: ['RS256'],
        }),
        vaultRole({}),
      ],
      'of an issuer of which nothing is known': [
        vaultRole({ bound_claims: undefined, bound_subject: 'x', user_claim: 'sub' }),
      ],
    },
    fine: {
      'tokens have none': vault({}),
      bound: [
        mount({
          oidc_discovery_url: 'https://gitlab.com',
          bound_issuer: 'https://gitlab.com',
          jwt_supported_algs: ['RS256'],
        }),
        vaultRole({ bound_audiences: ['vault.hashicorp.com'] }),
      ],
    },
  },
  {
    row: 'http discovery or JWKS URL',
    rule: 'insecure-url',
    found: {
      keys: onMount({ jwks_url: 'http://gitlab.example.com/-/jwks' }),
      discovery: onMount({ oidc_discovery_url: 'http://gitlab.example.com' }),
      'of a pair': onMount({ jwks_pairs: [{ jwks_url: 'HTTP://a.example/jwks' }] }),
    },
    fine: {
      https: vault({}),
      'keys of its own': [
        mount({ jwt_validation_pubkeys: ['PEM'], bound_issuer: 'gitlab.example.com', jwt_supported_algs: ['RS256'] }),
      ],
    },
  },
  {
    row: 'no maximum life of the Vault token; a periodic token',
    rule: 'vault-endless-token',
    found: {
      none: vault({ token_explicit_max_ttl: undefined }),
      periodic: vault({ token_explicit_max_ttl: undefined, token_max_ttl: 600, token_period: 60 }),
      'by its old name': vault({ token_explicit_max_ttl: 0, period: 60 }),
    },
    fine: {
      'a maximum': vault({ token_explicit_max_ttl: undefined, token_max_ttl: 600 }),
      batch: vault({ token_explicit_max_ttl: undefined, token_type: 'batch', token_ttl: 600 }),
      'its old name': vault({ token_explicit_max_ttl: undefined, max_ttl: '10m' }),
    },
  },
  {
    row: 'numeric bound claim',
    rule: 'vault-numeric-claim',
    found: {
      'an id': [vaultRole({ bound_claims: { uid: 22 }, user_claim: 'sub', bound_audiences: ['v'] })],
      'of an issuer whose ids are strings': vault({ bound_claims: { project_id: 22 } }),
    },
    fine: {
      'a string of digits': vault({}),
      'a truth value': vault({ bound_claims: { project_id: '22', ref_protected: true } }),
    },
  },
  {
    row: 'more than one algorithm, or an unpinned one',
    rule: 'vault-algorithms',
    found: {
      two: onMount({ jwt_supported_algs: ['RS256', 'ES256'] }),
      none: onMount({ jwt_supported_algs: [] }),
    },
    fine: {
      one: vault({}),
      another: onMount({ jwt_supported_algs: ['ES256'] }),
    },
  },
  {
    row: 'an issuer configured for token lives over an hour, or without `jti`',
    rule: 'issuer-token-life',
    found: {
      'two hours': issuer({ life: 7200, jti: true }),
      'without a name': issuer({ life: 300, jti: false }),
    },
    fine: {
      'an hour': issuer({ life: 3600, jti: true }),
      'of which nothing is said': issuer({}),
    },
  },
];

export const TABLE: readonly Row[] = [...AWS, ...VAULT];

/** The rows of the threat table: each must be there. */
export const ROWS: readonly string[] = [
  'no `sub` condition',
  '`repo:org*`, `repo:*`, `org:1*`',
  '`*:ref:refs/heads/main`, `r*:pull_request`',
  'a safe value, then `*`, in one list',
  'a second, open statement',
  '`StringNotLike`/`StringNotEquals` alone',
  '`ForAllValues:` or `…IfExists` on `sub`/`aud`',
  'a whole organization (`org/*`, `organization_id` alone), not declared as such',
  '`repo:o/r:*`, `:pull_request`',
  'subject by name only where the target sees an immutable id (else a note)',
  '`project_path` and other reusable names at GitLab',
  '`aud` missing or a pattern',
  "condition's host differs from the provider's",
  'permissions `*:*`, `iam:*`, AdministratorAccess on a federated role',
  'session over 1 h not declared, no boundary',
  'Vault role bound by audience or CIDR only',
  'Vault glob on `ref`, `workflow`, `environment` without an immutable id beside it',
  '`*` without glob, or in `bound_subject`',
  'comma in `bound_claims`',
  '`user_claim` that is not unique per workload (workflow, actor, ref, e-mail) and not pinned to one value',
  'template followed by `*`, claims holding `/`, unbound mapped claims',
  'no `bound_issuer`; no `bound_audiences` where the profile mints `aud`',
  'http discovery or JWKS URL',
  'no maximum life of the Vault token; a periodic token',
  'numeric bound claim',
  'more than one algorithm, or an unpinned one',
  'an issuer configured for token lives over an hour, or without `jti`',
];
