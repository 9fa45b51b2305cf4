// Two versions of the same documents: the verdict, and each witness tried on both of them.
import { describe, expect, it } from 'vitest';
import { diffResources } from '../../src/diff/resources.ts';
import { shownToken } from '../../src/lint/witness.ts';
import type { Claims } from '../../src/claims/claims.ts';
import { type AwsRole, type Json, type Resource, Unknown, type VaultRole } from '../../src/trust/resource.ts';
import { GITHUB, GITLAB_MOUNT, mount, onSubject, place, policyOf, role, statement } from '../lint/resources.ts';
import { admittedAt } from './evaluated.ts';

const diff = (before: readonly Resource[], after: readonly Resource[]) =>
  diffResources({ resources: before, root: 'test.json' }, { resources: after, root: 'test.json' });

const MAIN = 'repo:acme/api:ref:refs/heads/main';
const exact = onSubject('StringEquals', MAIN);
const named = (name: string, from: AwsRole): AwsRole => ({ ...from, name });

const login = (more: Json = {}, at: Partial<VaultRole> = {}): VaultRole => ({
  kind: 'vault-role',
  place: place('role'),
  mount: 'jwt',
  name: 'ci',
  splitsCommas: false,
  role: {
    role_type: 'jwt',
    user_claim: 'project_id',
    bound_claims: { project_id: '22', ref: 'main', ref_type: 'branch' },
    token_policies: ['p'],
    token_explicit_max_ttl: 3600,
    ...more,
  },
  ...at,
});
const unknown = new Unknown('computed');
const UNKNOWN_POLICY = policyOf(statement({ StringEquals: { sub: unknown } }));
const provider = (...clientIds: string[]): Resource => ({
  kind: 'aws-provider',
  place: place('provider'),
  url: `https://${GITHUB}`,
  clientIds,
});
const policy = (text: string): Resource => ({ kind: 'vault-policy', place: place('p'), name: 'p', text });
const allow = (Action: string | string[], Resource = '*', more: Json = {}) => ({
  name: 'inline',
  document: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource, ...more }] },
});
const rules = (...blocks: [path: string, ...capabilities: string[]][]) =>
  policy(
    blocks
      .map(([path, ...list]) => `path "${path}" { capabilities = [${list.map((one) => `"${one}"`).join(', ')}] }`)
      .join('\n'),
  );

type Row = readonly [
  what: string,
  before: readonly Resource[],
  after: readonly Resource[],
  verdict: string,
  found?: object,
];

const ROWS: readonly Row[] = [
  ['the same policy', [exact], [exact], 'equal'],
  ['another spelling', [exact], [onSubject('StringLike', [MAIN, MAIN])], 'equal'],
  ['a pattern for a value', [exact], [onSubject('StringLike', 'repo:acme*')], 'widens'],
  ['a value for a pattern', [onSubject('StringLike', 'repo:acme*')], [exact], 'narrows'],
  ['no subject at all', [exact], [role(policyOf(statement({})))], 'widens'],
  ['no audience', [exact], [onSubject('StringEquals', MAIN, { aud: null })], 'widens'],
  ['the complement', [exact], [onSubject('StringNotEquals', MAIN)], 'widens'],
  [
    'a second statement',
    [exact],
    [role(policyOf(statement({ StringEquals: { sub: MAIN } }), statement({})))],
    'widens',
  ],
  [
    'one more Deny',
    [role(policyOf(statement({})))],
    [role(policyOf(statement({}), statement({ StringLike: { sub: 'repo:evil/*' } }, { effect: 'Deny', aud: null })))],
    'narrows',
  ],
  ['a new role', [], [named('ci', exact)], 'widens', { target: { kind: 'aws', role: 'ci' } }],
  ['a role that goes', [named('ci', exact)], [], 'narrows'],
  ['a role with another name', [named('a', exact)], [named('b', exact)], 'widens'],
  [
    'roles in another order',
    [named('a', exact), named('b', onSubject('StringEquals', 'repo:acme/web:pull_request'))],
    [named('b', onSubject('StringEquals', 'repo:acme/web:pull_request')), named('a', exact)],
    'equal',
  ],
  [
    'a role of a service',
    [
      role({
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
      }),
    ],
    [
      role({
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Principal: { Service: 'ecs.amazonaws.com' }, Action: 'sts:AssumeRole' },
      }),
    ],
    'equal',
  ],
  [
    'session tags that were not allowed',
    [role(policyOf(statement({ StringEquals: { sub: MAIN } })))],
    [
      role(
        policyOf({
          ...statement({ StringEquals: { sub: MAIN } }),
          Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'],
        }),
      ),
    ],
    'widens',
  ],
  [
    'a source identity that was not allowed',
    [exact],
    [
      role(
        policyOf({
          ...statement({ StringEquals: { sub: MAIN } }),
          Action: ['sts:AssumeRoleWithWebIdentity', 'sts:SetSourceIdentity'],
        }),
      ),
    ],
    'widens',
  ],
  [
    'a subject that is computed',
    [exact],
    [role(UNKNOWN_POLICY)],
    'unknown',
    { undecided: [expect.stringContaining('computed')] },
  ],
  ['a policy that is computed', [exact], [role({}, { trustPolicy: unknown })], 'unknown'],
  ['a subject that was computed', [role(UNKNOWN_POLICY)], [exact], 'unknown'],
  [
    'a principal of which nothing is documented',
    [exact],
    [role(policyOf(statement({}, { principal: '*' })))],
    'unknown',
  ],
  [
    'the same principal as before',
    [role(policyOf(statement({}, { principal: '*' })))],
    [role(policyOf(statement({}, { principal: '*' })))],
    'equal',
  ],
  ['a computed boundary', [{ ...exact, boundary: 'ViewOnlyAccess' }], [{ ...exact, boundary: unknown }], 'unknown'],
  [
    'a managed policy more',
    [{ ...exact, managed: ['ReadOnlyAccess'] }],
    [{ ...exact, managed: ['arn:aws:iam::aws:policy/ReadOnlyAccess', 'IAMFullAccess'] }],
    'widens',
    { changed: [{ what: 'managed', effect: 'widens' }] },
  ],
  [
    'the same policy by its ARN',
    [{ ...exact, managed: ['ReadOnlyAccess'] }],
    [{ ...exact, managed: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] }],
    'equal',
  ],
  [
    'a managed policy less',
    [{ ...exact, managed: ['ReadOnlyAccess', 'IAMFullAccess'] }],
    [{ ...exact, managed: ['ReadOnlyAccess'] }],
    'narrows',
  ],
  [
    'a managed policy less, which denied',
    [{ ...exact, managed: ['ReadOnlyAccess', 'AWSDenyAll'] }],
    [{ ...exact, managed: ['ReadOnlyAccess'] }],
    'widens',
  ],
  [
    'fewer actions',
    [{ ...exact, inline: [allow('s3:*')] }],
    [{ ...exact, inline: [allow(['s3:Get*', 's3:ListBucket'])] }],
    'narrows',
  ],
  ['more actions', [{ ...exact, inline: [allow('s3:Get*')] }], [{ ...exact, inline: [allow('s3:?et*')] }], 'widens'],
  [
    'fewer resources',
    [{ ...exact, inline: [allow('s3:*')] }],
    [{ ...exact, inline: [allow('s3:*', 'arn:aws:s3:::a/*')] }],
    'narrows',
  ],
  [
    'a condition',
    [{ ...exact, inline: [allow('s3:*')] }],
    [{ ...exact, inline: [allow('s3:*', '*', { Condition: { Bool: { 'aws:SecureTransport': 'true' } } })] }],
    'narrows',
  ],
  [
    'a condition less',
    [{ ...exact, inline: [allow('s3:*', '*', { Condition: { Bool: { 'aws:SecureTransport': 'true' } } })] }],
    [{ ...exact, inline: [allow('s3:*')] }],
    'widens',
  ],
  [
    'an exception more',
    [
      {
        ...exact,
        inline: [{ name: 'inline', document: { Statement: [{ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }] } }],
      },
    ],
    [
      {
        ...exact,
        inline: [
          {
            name: 'inline',
            document: { Statement: [{ Effect: 'Allow', NotAction: ['iam:*', 's3:*'], Resource: '*' }] },
          },
        ],
      },
    ],
    'narrows',
  ],
  [
    'a denial less',
    [
      {
        ...exact,
        inline: [
          allow('s3:*'),
          { name: 'no', document: { Statement: [{ Effect: 'Deny', Action: 's3:Put*', Resource: '*' }] } },
        ],
      },
    ],
    [{ ...exact, inline: [allow('s3:*')] }],
    'widens',
  ],
  [
    'a statement in another policy',
    [{ ...exact, inline: [allow('s3:*')] }],
    [{ ...exact, inline: [{ ...allow('s3:*'), name: 'other' }] }],
    'narrows',
  ],
  [
    'a longer session',
    [exact],
    [{ ...exact, session: 7200 }],
    'widens',
    { changed: [{ what: 'session', before: 3600, after: 7200 }], valid: { kind: 'seconds', seconds: 3600 } },
  ],
  [
    'a provider with an audience more',
    [provider('sts.amazonaws.com')],
    [provider('sts.amazonaws.com', 'b')],
    'widens',
    { target: { kind: 'aws-provider', url: `https://${GITHUB}` }, gained: [{ claims: { aud: 'b' } }] },
  ],
  [
    'a provider with an audience less',
    [provider('sts.amazonaws.com', 'b')],
    [provider('sts.amazonaws.com')],
    'narrows',
  ],
  [
    'an audience that roles take from the provider',
    [onSubject('StringEquals', MAIN, { aud: null }), provider('a')],
    [onSubject('StringEquals', MAIN, { aud: null }), provider('a', 'b')],
    'widens',
  ],
  ['a Vault role', [login()], [login()], 'equal'],
  ['a claim that is bound no more', [login()], [login({ bound_claims: { project_id: '22' } })], 'widens'],
  [
    'a claim that is bound',
    [login({ bound_claims: { project_id: '22' } })],
    [login()],
    'narrows',
    { valid: { kind: 'seconds', seconds: 3600 } },
  ],
  [
    'a comma that the provider splits at',
    [login({}, { splitsCommas: true })],
    [login({ bound_claims: { project_id: '22,23', ref: 'main', ref_type: 'branch' } }, { splitsCommas: true })],
    'widens',
  ],
  [
    'a glob',
    [login()],
    [login({ bound_claims_type: 'glob', bound_claims: { project_id: '22', ref: 'main*', ref_type: 'branch' } })],
    'widens',
  ],
  ['networks', [login({ token_bound_cidrs: ['10.0.0.0/8'] })], [login()], 'widens'],
  ['a claim that is computed', [login()], [login({ bound_claims: { project_id: unknown } })], 'unknown'],
  ['another mount', [login()], [login({}, { mount: 'other' })], 'widens'],
  ['another name', [login()], [login({}, { name: 'other' })], 'widens'],
  ['a policy more', [login()], [login({ token_policies: ['p', 'q'] })], 'widens', { changed: [{ what: 'policies' }] }],
  [
    'no end of its tokens',
    [login()],
    [login({ token_explicit_max_ttl: 0 })],
    'widens',
    { changed: [{ what: 'explicit_max_ttl', before: 3600, after: undefined }] },
  ],
  ['an end of its tokens', [login({ token_explicit_max_ttl: 0 })], [login()], 'narrows', { valid: { kind: 'system' } }],
  ['tokens without an end', [login()], [login({ token_period: 60 })], 'widens'],
  ['another owner of its tokens', [login()], [login({ user_claim: 'job_id' })], 'widens'],
  [
    'keys from elsewhere',
    [login(), mount()],
    [login(), mount({ ...GITLAB_MOUNT, jwks_url: 'https://evil.example/jwks' })],
    'widens',
    { changed: [{ what: 'keys' }] },
  ],
  [
    'no issuer any more',
    [mount()],
    [mount({ jwks_url: GITLAB_MOUNT.jwks_url, jwt_supported_algs: ['RS256'] })],
    'widens',
    { target: { kind: 'vault-mount', mount: 'jwt' } },
  ],
  ['any algorithm', [mount()], [mount({ ...GITLAB_MOUNT, jwt_supported_algs: [] })], 'widens'],
  [
    'a path less',
    [login(), rules(['secret/a/*', 'read'], ['secret/b/*', 'read'])],
    [login(), rules(['secret/a/*', 'read'])],
    'narrows',
    { changed: [{ what: 'rules' }] },
  ],
  [
    'a path more',
    [login(), rules(['secret/a/*', 'read'])],
    [login(), rules(['secret/a/*', 'read'], ['secret/b/*', 'read'])],
    'widens',
  ],
  [
    'a denial less at Vault',
    [login(), rules(['secret/*', 'read'], ['secret/a', 'deny'])],
    [login(), rules(['secret/*', 'read'])],
    'widens',
  ],
  [
    'a rule that another one takes the place of',
    [login(), rules(['secret/*', 'read'], ['secret/a', 'create'])],
    [login(), rules(['secret/*', 'read'])],
    'widens',
  ],
  [
    'a policy that is computed at Vault',
    [login(), rules(['secret/*', 'read'])],
    [login(), { ...policy(''), text: unknown } as Resource],
    'unknown',
  ],
];

describe('diffResources', () => {
  it.each(ROWS.map((row): [string, Row] => [row[0], row]))('compares %s', (_, [, before, after, verdict, found]) => {
    const result = diff(before, after);
    expect(result.unreadable).toEqual([]);
    expect(result.verdict).toBe(verdict);
    if (verdict === 'equal') expect(result.targets).toEqual([]);
    if (found !== undefined) expect(result.targets[0]).toMatchObject(found);
    for (const { target, gained, lost } of result.targets) {
      if (target.kind !== 'aws' && target.kind !== 'vault') continue;
      const tried = (witness: (typeof gained)[number], resources: readonly Resource[]) =>
        admittedAt(target, there(target, resources), shownToken(witness).claims as Claims);
      // Where more of the request must hold, the token alone does not decide.
      for (const witness of gained.filter(({ given }) => given.length === 0)) {
        expect([tried(witness, before), tried(witness, after)]).toEqual([false, true]);
      }
      for (const witness of lost.filter(({ given }) => given.length === 0)) {
        expect([tried(witness, before), tried(witness, after)]).toEqual([true, false]);
      }
    }
  });
});

/** Without what has another name. */
function there(
  target: { readonly role?: string; readonly mount?: string },
  resources: readonly Resource[],
): Resource[] {
  return resources.filter((one) => {
    if (one.kind === 'aws-role') return one.name === undefined || one.name === target.role;
    return one.kind !== 'vault-role' || (one.name === target.role && one.mount === target.mount);
  });
}
