import { describe, expect, it } from 'vitest';
import { describeProblem, type Result } from '../../../src/claims/problem.ts';
import type { IssuerProfile } from '../../../src/claims/profile.ts';
import { gitlabIdToken, gitlabJobJwt } from '../../../src/claims/profiles/gitlab.ts';
import { github } from '../../../src/claims/profiles/github.ts';
import { gitpodClassic } from '../../../src/claims/profiles/gitpod-classic.ts';
import { onaV2 } from '../../../src/claims/profiles/ona-v2.ts';
import { onaV3 } from '../../../src/claims/profiles/ona-v3.ts';
import type { AdmissionArgs } from '../../../src/trust/admission.ts';
import { compileTrustPolicy, providerArn, type AwsTarget } from '../../../src/trust/aws/compile.ts';
import { admission, claimsOf } from '../admissions.ts';

const ARN = 'arn:aws:iam::123456789012:oidc-provider/x';
const classic = gitpodClassic({ url: 'https://services.acme.gitpod.cloud/idp' });

type Bounds = Readonly<Record<string, string | readonly string[]>>;

function compile(issuer: IssuerProfile, bounds: Bounds, rest: Partial<AdmissionArgs & AwsTarget> = {}) {
  const { variants, scope, ...target } = rest;
  const args = {
    claims: claimsOf(bounds),
    ...(variants === undefined ? {} : { variants }),
    ...(scope === undefined ? {} : { scope }),
  };
  return compileTrustPolicy(admission(issuer, args), { providerArn: ARN, ...target });
}

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.problems.map(describeProblem).join('; '));
  return result.value;
}

/** The conditions of each statement, without the prefix of the keys. */
function conditions(issuer: IssuerProfile, bounds: Bounds, rest: Partial<AdmissionArgs & AwsTarget> = {}) {
  return value(compile(issuer, bounds, rest)).Statement.map(({ Condition }) =>
    Object.fromEntries(
      Object.entries(Condition).map(([operator, keys]) => [
        operator,
        Object.fromEntries(Object.entries(keys).map(([key, values]) => [key.slice(key.lastIndexOf(':') + 1), values])),
      ]),
    ),
  );
}

const aud = 'sts.amazonaws.com';
const wide = { scope: 'organization' } as const;
const NAMES = Array.from({ length: 7 }, (_, at) => `acme/repository-${at}`);

describe('compiles', () => {
  it('to the whole document', () => {
    const compiled = compile(classic, { sub: 'https://github.com/gitpod-io/my-application' });
    expect(compiled).toEqual({
      ok: true,
      value: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Federated: ARN },
            Action: 'sts:AssumeRoleWithWebIdentity',
            Condition: {
              StringEquals: {
                'services.acme.gitpod.cloud/idp:aud': aud,
                'services.acme.gitpod.cloud/idp:sub': 'https://github.com/gitpod-io/my-application',
              },
            },
          },
        ],
      },
    });
  });

  it.each<[string, IssuerProfile, Bounds, Partial<AdmissionArgs & AwsTarget>, unknown[]]>([
    [
      'a pattern with StringLike',
      classic,
      { context: '~https://github.com/gitpod-io/*' },
      wide,
      [{ StringEquals: { aud }, StringLike: { sub: 'https://github.com/gitpod-io/*' } }],
    ],
    ['V2 of Ona', onaV2(), { org: 'o' }, wide, [{ StringEquals: { aud }, StringLike: { sub: 'org:o/prj:*/env:*' } }]],
    [
      'one project of Ona, in one form',
      onaV3(),
      { organization_id: 'o', project_id: 'p' },
      {},
      [{ StringEquals: { aud, sub: 'organization_id:o:project_id:p' } }],
    ],
    [
      'exact and pattern subjects in statements of their own, since operators AND together',
      onaV3({ subFields: ['creator_email'] }),
      { organization_id: 'o', project_id: 'p' },
      {},
      [
        { StringEquals: { aud }, StringLike: { sub: 'organization_id:o:project_id:p:creator_email:*' } },
        { StringEquals: { aud, sub: 'organization_id:o:project_id:p' } },
      ],
    ],
    [
      'an organization of Ona, without what a wider pattern covers',
      onaV3({ subFields: ['creator_email'] }),
      { organization_id: 'o' },
      wide,
      [
        {
          StringEquals: { aud },
          StringLike: { sub: ['organization_id:o:project_id:*', 'organization_id:o:environment_id:*'] },
        },
      ],
    ],
    [
      'an extra field of sub',
      onaV3({ subFields: ['creator_email'] }),
      { organization_id: 'o', creator_email: 'ann@acme.com', project_id: 'p' },
      {},
      [{ StringEquals: { aud, sub: 'organization_id:o:project_id:p:creator_email:ann@acme.com' } }],
    ],
    [
      'GitLab by path, with the separators where they belong',
      gitlabIdToken({ url: 'https://gitlab.example.com' }),
      { project_path: ['g/a', 'g/b'], ref: 'main' },
      {},
      [
        {
          StringEquals: { aud },
          StringLike: { sub: ['project_path:g/a:ref_type:*:ref:main', 'project_path:g/b:ref_type:*:ref:main'] },
        },
      ],
    ],
    [
      'gitlab.com with the keys that AWS has for it',
      gitlabIdToken({ url: 'https://gitlab.com' }),
      { project_id: '22', ref_protected: 'true', user_login: '~bot-*' },
      {},
      [
        {
          StringEquals: { aud, project_id: '22', ref_protected: 'true' },
          StringLike: { sub: 'project_path:*:ref_type:*:ref:*', user_login: 'bot-*' },
        },
      ],
    ],
    [
      'GitHub in both forms of its subject',
      github(),
      { repository: 'acme/api', repository_id: '2', ref: 'refs/heads/main', environment: 'prod:eu' },
      {},
      [
        {
          StringEquals: { aud, sub: 'repo:acme/api:environment:prod%3Aeu', repository_id: '2', ref: 'refs/heads/main' },
        },
        {
          // What AWS sees by itself is tested as well, since a pattern of `sub` could be imitated.
          StringEquals: {
            aud,
            repository: 'acme/api',
            repository_id: '2',
            ref: 'refs/heads/main',
            environment: 'prod:eu',
          },
          StringLike: { sub: 'repo:acme@*/api@2:environment:prod%3Aeu' },
        },
      ],
    ],
    [
      'a subject and a claim that follows from it',
      onaV3(),
      { sub: 'organization_id:o:project_id:p', organization_id: 'o' },
      {},
      [{ StringEquals: { aud, sub: 'organization_id:o:project_id:p' } }],
    ],
    [
      'a subject and a claim that AWS sees',
      github(),
      { sub: '~repo:acme/api:*', actor_id: '7' },
      {},
      [{ StringEquals: { aud, actor_id: '7' }, StringLike: { sub: 'repo:acme/api:*' } }],
    ],
    [
      'several audiences',
      onaV2(),
      { sub: 'org:o/prj:p/env:e' },
      { audiences: ['a', 'b'] },
      [{ StringEquals: { aud: ['a', 'b'], sub: 'org:o/prj:p/env:e' } }],
    ],
  ])('%s', (_, issuer, bounds, rest, statements) => {
    expect(conditions(issuer, bounds, rest)).toEqual(statements);
  });

  it('escapes what IAM would read as a variable or a wildcard', () => {
    const issuer = gitlabIdToken({ url: 'https://gitlab.example.com', subClaims: ['project_id', 'environment'] });
    const audiences = ['${y}*?'];
    expect(conditions(issuer, { project_id: '22', environment: '~${x}?*' }, { audiences })).toEqual([
      {
        StringEquals: { aud: '${$}{y}*?' },
        StringLike: { sub: 'project_id:22:environment:${$}{x}${?}*' },
      },
    ]);
    expect(conditions(issuer, { project_id: '22', environment: '${x}?' }, { audiences })).toEqual([
      { StringEquals: { aud: '${$}{y}*?', sub: 'project_id:22:environment:${$}{x}?' } },
    ]);
  });

  it('escapes exact values beside patterns of the same key', () => {
    const bounds = { repository_id: '2', environment: ['ab?', '~x?*'] };
    const statements = conditions(github(), bounds);
    expect(statements).toEqual([
      {
        StringEquals: { aud, repository_id: '2' },
        StringLike: {
          sub: ['repo:*:environment:ab${?}', 'repo:*:environment:x${?}*'],
          environment: ['ab${?}', 'x${?}*'],
        },
      },
    ]);
  });

  it('tests many values of a claim that AWS sees in one statement', () => {
    const ids = Array.from({ length: 40 }, (_, at) => String(1_000_000_000 + at));
    expect(conditions(github(), { repository_id: ids })).toEqual([
      {
        StringEquals: { aud, repository_id: ids },
        StringLike: { sub: ['repo:*:environment:*', 'repo:*:pull_request', 'repo:*:ref:*'] },
      },
    ]);
  });

  it('leaves out a subject that is there twice', () => {
    const compiled = conditions(onaV3(), { organization_id: 'o', project_id: ['p', 'p'] });
    expect(compiled).toEqual([{ StringEquals: { aud, sub: 'organization_id:o:project_id:p' } }]);
  });
});

describe('refuses', () => {
  it.each<[string, IssuerProfile, Bounds, Partial<AdmissionArgs & AwsTarget>, RegExp]>([
    [
      'an issuer without a URL',
      gitlabJobJwt({ iss: 'gitlab.example.com' }),
      { project_id: '22' },
      {},
      /^issuer: `gitlab.example.com` is no URL.*gitlab-id-token/,
    ],
    [
      'a claim that AWS does not see, and says how to make it visible',
      onaV3(),
      { organization_id: 'o', project_id: 'p', creator_email: 'a@b.c' },
      {},
      /^admit.creator_email: AWS cannot see the claim `creator_email`.*only sub \(put it into `sub`/,
    ],
    [
      'a claim that cannot be put into sub',
      onaV2(),
      { org: 'o', gsub: 'x' },
      { scope: 'organization' },
      /`gsub`.*\(bind `sub` instead, or have it sent as a session tag\)/,
    ],
    [
      'a claim of GitHub that AWS does not see',
      github(),
      { repository_id: '2', event_name: 'push' },
      {},
      /`event_name`.*sees only sub, actor, actor_id/,
    ],
    [
      'the same at GitHub’s server, where it sees only sub',
      github({ url: 'https://ghes.example.com/_services/token' }),
      { repository: 'acme/api', actor: 'ann' },
      {},
      /`actor`.*sees only sub \(/,
    ],
    [
      'a variant with an undocumented subject',
      onaV3(),
      { organization_id: 'o', user_id: 'u' },
      { variants: ['user'] },
      /does not document the `sub` of V3 tokens of users.*grant Vault access instead/,
    ],
    [
      'a separator in a value',
      gitlabIdToken({ url: 'https://g' }),
      { project_path: 'g/a', ref: '100%' },
      {},
      /`100%` holds a separator of `sub`/,
    ],
    [
      'a claim behind one that may hold the separator',
      onaV3({ subFields: ['creator_name', 'creator_email'] }),
      { organization_id: 'o', project_id: 'p', creator_email: 'a@b.c' },
      {},
      /in `sub` a value of `creator_name` may hold `:` and so forge `creator_email` \(have the issuer put `creator_email` before `creator_name`\)/,
    ],
    [
      'the same before a wildcard of another claim',
      onaV3({ subFields: ['creator_name'] }),
      { organization_id: 'o', creator_id: 'c', creator_name: 'Ann' },
      {},
      /`creator_id`/,
    ],
    [
      'an end that a later value can imitate',
      onaV3({ subFields: ['creator_email', 'creator_name'] }),
      { organization_id: 'o', project_id: 'p', creator_email: '~*@acme.com' },
      {},
      /a value of `creator_name` may hold `:` and so forge `creator_email`/,
    ],
    [
      'a fixed value that can be imitated behind a wildcard',
      onaV3({ subFields: ['creator_name'] }),
      { organization_id: 'o', creator_name: 'Ann' },
      { scope: 'organization' },
      /forge `creator_name` \(bind `project_id` to exact values/,
    ],
    [
      'an optional claim behind a value that could hold its text',
      onaV3({ subFields: ['creator_name', 'creator_email'] }),
      { organization_id: 'o', project_id: 'p', creator_name: 'Ann', creator_email: 'a@b.c' },
      {},
      /`creator_name` may hold `:` and so forge `creator_email`/,
    ],
    [
      'a pattern that does not say where the slash is',
      github(),
      { repository_id: '2', repository: '~acme*' },
      {},
      /`acme\*` does not say where the slash of `repository` is/,
    ],
    [
      'a pattern of sub that other variants fit too',
      onaV3(),
      { sub: '~organization_id:o:*' },
      { scope: 'organization' },
      /`organization_id:o:\*` also matches tokens of the variant user and service_account/,
    ],
    [
      'claims that no token has at once',
      github(),
      { repository_id: '2', event_name: 'pull_request', environment: 'prod' },
      {},
      /event_name/,
    ],
    [
      'a policy over the quota',
      github(),
      { repository: NAMES },
      {},
      /^admit: the trust policy would have \d+ characters, and the quota is 2048/,
    ],
  ])('%s', (_, issuer, bounds, rest, message) => {
    const compiled = compile(issuer, bounds, rest);
    expect(compiled.ok ? compiled.value : compiled.problems.map(describeProblem)).toEqual(
      expect.arrayContaining([expect.stringMatching(message)]),
    );
  });

  it('and takes the same with a higher quota', () => {
    expect(compile(github(), { repository: NAMES }, { quota: 4096 }).ok).toBe(true);
  });

  it('packs exact subjects and patterns into one statement where two are over the quota', () => {
    const bounds = { organization_id: 'o', project_id: ['p', '~q*'] };
    const size = JSON.stringify(value(compile(onaV3(), bounds, wide))).length;
    expect(conditions(onaV3(), bounds, wide)).toHaveLength(2);
    const packed = { ...wide, quota: size - 200 };
    expect(conditions(onaV3(), bounds, packed)).toEqual([
      {
        StringEquals: { aud },
        StringLike: { sub: ['organization_id:o:project_id:p', 'organization_id:o:project_id:q*'] },
      },
    ]);
  });

  it('says each thing once', () => {
    const compiled = compile(onaV3(), { organization_id: 'o', creator_id: 'c', runner_id: 'r' });
    expect(compiled.ok ? [] : compiled.problems.map(({ path }) => path[1])).toEqual(['creator_id', 'runner_id']);
  });
});

it('writes the ARN of the provider with the path of the issuer', () => {
  expect(providerArn('aws-us-gov', '123456789012', 'services.acme.gitpod.cloud/idp')).toBe(
    'arn:aws-us-gov:iam::123456789012:oidc-provider/services.acme.gitpod.cloud/idp',
  );
});
