import { describe, expect, it } from 'vitest';
import { describeProblem } from '../../src/claims/problem.ts';
import type { IssuerProfile } from '../../src/claims/profile.ts';
import { gitlabIdToken, gitlabJobJwt } from '../../src/claims/profiles/gitlab.ts';
import { github } from '../../src/claims/profiles/github.ts';
import { gitpodClassic } from '../../src/claims/profiles/gitpod-classic.ts';
import { onaV2 } from '../../src/claims/profiles/ona-v2.ts';
import { onaV3 } from '../../src/claims/profiles/ona-v3.ts';
import type { AdmissionArgs } from '../../src/trust/admission.ts';
import { readAdmission } from '../../src/trust/read-admission.ts';
import { claimsOf } from './admissions.ts';

const ona = onaV3();
const gitlab = gitlabIdToken({ url: 'https://gitlab.com' });
const job = gitlabJobJwt({ iss: 'gitlab.example.com' });
const classic = gitpodClassic({ url: 'https://services.acme.gitpod.cloud/idp' });
const ORG = '0191e223-1111';

type Bounds = Readonly<Record<string, string | readonly string[]>>;

const read = (issuer: IssuerProfile, bounds: Bounds, rest: Partial<AdmissionArgs> = {}) =>
  readAdmission(issuer, { claims: claimsOf(bounds), ...rest });

function problems(issuer: IssuerProfile, bounds: Bounds, rest: Partial<AdmissionArgs> = {}): string[] {
  const result = read(issuer, bounds, rest);
  return result.ok ? [] : result.problems.map(describeProblem);
}

describe('takes', () => {
  it.each<[string, IssuerProfile, Bounds, Partial<AdmissionArgs>]>([
    ['one project', gitlab, { project_id: '22' }, {}],
    ['several projects', gitlab, { project_path: ['mygroup/api', 'mygroup/web'] }, {}],
    ['a pattern beside an id', job, { project_id: '22', ref: '~auto-deploy-*' }, {}],
    ['a name that can be reused, of one workload', github(), { repository: 'acme/api' }, {}],
    [
      'a pattern below an organization, said to be wide',
      github(),
      { repository: '~acme/*' },
      { scope: 'organization' },
    ],
    ['a pattern inside one project path', gitlab, { project_path: '~acme/team/*' }, {}],
    ['a whole organization, said to be wide', ona, { organization_id: ORG }, { scope: 'organization' }],
    [
      'a person beside an organization, said to be wide',
      ona,
      { organization_id: ORG, creator_email: 'a@b.c' },
      { scope: 'organization' },
    ],
    ['another variant', ona, { organization_id: ORG, user_id: 'u' }, { variants: ['user'] }],
    [
      'every variant',
      ona,
      { organization_id: ORG },
      { variants: ['environment', 'user', 'service_account'], scope: 'organization' },
    ],
    ['an exact subject', ona, { sub: `organization_id:${ORG}:project_id:p` }, {}],
    [
      'a subject of an organization, said to be wide',
      ona,
      { sub: `~organization_id:${ORG}:*` },
      { scope: 'organization' },
    ],
    ['a subject of one project', onaV2(), { sub: '~org:o/prj:p/env:*' }, {}],
    [
      'GitLab’s documented wildcard',
      gitlab,
      { sub: '~project_path:mygroup/*:ref_type:branch:ref:main' },
      { scope: 'organization' },
    ],
    ['GitHub’s documented wildcard', github(), { sub: '~repo:acme/*' }, { scope: 'organization' }],
    ['GitHub’s form with ids', github(), { sub: '~repo:acme@1/api@2:*' }, {}],
    ['a repository of Gitpod Classic', classic, { sub: 'https://github.com/gitpod-io/my-application' }, {}],
    [
      'all repositories of an owner, said to be wide',
      classic,
      { sub: '~https://github.com/gitpod-io/*' },
      { scope: 'organization' },
    ],
    ['everything below one repository', classic, { context: '~https://github.com/gitpod-io/my-application/*' }, {}],
    ['a project of GitLab’s job token by sub', job, { sub: '22' }, {}],
  ])('%s', (_, issuer, bounds, rest) => {
    expect(problems(issuer, bounds, rest)).toEqual([]);
  });

  it('and gives the checked form', () => {
    expect(read(job, { project_id: '22', ref: ['main', '~v*'] })).toMatchObject({
      ok: true,
      value: {
        variants: ['job'],
        scope: 'workload',
        constraints: [
          { claim: 'project_id', anyOf: [{ equals: '22' }] },
          { claim: 'ref', anyOf: [{ equals: 'main' }, { like: 'v*' }] },
        ],
      },
    });
  });
});

describe('refuses', () => {
  it.each<[string, IssuerProfile, Bounds, Partial<AdmissionArgs>, RegExp]>([
    [
      'nothing bound',
      ona,
      {},
      {},
      /^admit: an admission without claims would admit every tenant.*bind at least one of: organization_id, environment_id/,
    ],
    [
      'an unknown claim',
      job,
      { project_idd: '22' },
      {},
      /^admit.project_idd: gitlab-job-jwt tokens of the variant job have no claim `project_idd` \(did you mean project_id\?\)$/,
    ],
    [
      'a claim of another variant',
      ona,
      { organization_id: ORG, email: 'a@b.c' },
      {},
      /^admit.email: ona-v3 tokens of the variant environment have no claim `email` \(tokens of the variant user have it: say `variant: user` in an entry of its own\)$/,
    ],
    [
      'claims that no token has at once',
      ona,
      { environment_id: 'e', email: 'a@b.c' },
      { variants: ['user'] },
      /^admit.environment_id: .*have no claim `environment_id` \(tokens of the variant environment have it/,
    ],
    [
      'a claim that one of two variants lacks',
      ona,
      { organization_id: ORG, name: 'x' },
      { variants: ['user', 'environment'] },
      /variant environment have no claim `name`/,
    ],
    [
      'a flat claim of a V2 token',
      onaV2(),
      { project_id: 'p' },
      {},
      /have no claim `project_id` \(there are: org, gsub, sub\)/,
    ],
    ['what every object has', ona, { constructor: 'x' }, {}, /have no claim `constructor`/],
    [
      'a claim that is a list',
      gitlab,
      { groups_direct: 'acme' },
      {},
      /`groups_direct` is a list, and only strings can be bound/,
    ],
    ['a claim that is a boolean', classic, { email_verified: 'true' }, {}, /`email_verified` is true or false/],
    [
      'the audience among the claims',
      gitlab,
      { project_id: '22', aud: 'x' },
      {},
      /`aud` is checked for every token.*write `audience`/,
    ],
    ['a registered claim', gitlab, { project_id: '22', iss: 'x' }, {}, /`iss` is checked for every token/],
    [
      'a star in a plain value',
      gitlab,
      { project_id: '22', ref: 'auto-deploy-*' },
      {},
      /^admit.ref: `auto-deploy-\*` has a `\*` in a plain value.*\(a pattern says so: \{ like: "auto-deploy-\*" \}\)$/,
    ],
    [
      'a pattern without a star',
      gitlab,
      { project_id: '22', ref: '~main' },
      {},
      /^admit.ref: `main` has no `\*`.*ref: "main"/,
    ],
    ['an empty value', gitlab, { project_id: '' }, {}, /the empty value of `project_id` matches no token/],
    ['an empty pattern', gitlab, { project_id: '22', ref: '~' }, {}, /the empty pattern of `ref`/],
    [
      'a value that cannot occur',
      gitlab,
      { project_id: 'myproject' },
      {},
      /`myproject` can never be a value of `project_id`/,
    ],
    [
      'an e-mail that is none',
      ona,
      { organization_id: ORG, creator_email: 'ann' },
      {},
      /`ann` can never be a value of `creator_email`/,
    ],
    [
      'an unknown variant',
      ona,
      { organization_id: ORG },
      { variants: ['enviroment'] },
      /^variant: tokens of ona-v3 have no variant `enviroment` \(did you mean environment\?\)$/,
    ],
    ['no variant', ona, { organization_id: ORG }, { variants: [] }, /at least one variant/],
    ['an unknown scope', ona, { organization_id: ORG }, { scope: 'org' }, /there is no scope `org`/],
    [
      'a whole organization that is not said',
      ona,
      { organization_id: ORG },
      {},
      /^admit: this admits everything in the organization.*bind one of environment_id, project_id, runner_id, creator_id, or say `scope: organization`/,
    ],
    ['an organization’s name alone', gitlab, { namespace_path: 'acme' }, {}, /admits everything in the organization/],
    [
      'a pattern of a whole owner that is not said',
      github(),
      { repository: '~acme/*' },
      {},
      /admits everything in the organization/,
    ],
    [
      'a person alone',
      ona,
      { creator_email: 'a@b.c' },
      {},
      /nothing here binds a tenant: tokens of other organizations can have the same `creator_email`/,
    ],
    [
      'a reused name of a person alone',
      gitlab,
      { user_login: 'ann', ref: 'main' },
      {},
      /nothing here binds a tenant.*`user_login`, `ref`/,
    ],
    ['a ref alone', job, { ref: 'main', ref_protected: 'true' }, {}, /nothing here binds a tenant/],
    [
      'a tenant by pattern',
      ona,
      { organization_id: '~0191*' },
      {},
      /`0191\*` also matches other tenants, such as `0191-evil`/,
    ],
    [
      'an owner by the beginning of its name',
      github(),
      { repository: '~acme*' },
      {},
      /^admit.repository: `acme\*` also matches other tenants, such as `acme-evil` \(fix everything up to and including the separator/,
    ],
    [
      'one safe and one open value',
      github(),
      { repository: ['acme/api', '~*'] },
      {},
      /`\*` also matches other tenants/,
    ],
    [
      'an owner of Gitpod Classic by its beginning',
      classic,
      { sub: '~https://github.com/gitpod-io*' },
      { scope: 'organization' },
      /`https:\/\/github.com\/gitpod-io\*` also matches other tenants, such as `https:\/\/github.com\/gitpod-io-evil`/,
    ],
    [
      'every owner of a host',
      classic,
      { context: '~https://github.com/*' },
      { scope: 'organization' },
      /also matches other tenants/,
    ],
    [
      'an open subject',
      github(),
      { sub: '~repo:*' },
      { scope: 'organization' },
      /`repo:\*` also matches other tenants/,
    ],
    [
      'a subject by its end',
      github(),
      { sub: '~*:ref:refs/heads/main' },
      { scope: 'organization' },
      /also matches other tenants/,
    ],
    [
      'a subject with half an organization',
      ona,
      { sub: '~organization_id:0191*' },
      { scope: 'organization' },
      /also matches other tenants/,
    ],
    ['a subject of nobody', ona, { sub: '~*' }, {}, /also matches other tenants/],
    [
      'a subject that is none',
      github(),
      { sub: 'acme/api:ref:refs/heads/main' },
      {},
      /^admit.sub: `acme\/api:ref:refs\/heads\/main` can never be the `sub` of a token of github \(it looks like: repo:<repository>:environment:<environment>, /,
    ],
    [
      'a subject of the other version',
      ona,
      { sub: '~org:o/prj:p/*' },
      {},
      /can never be the `sub` of a token of ona-v3/,
    ],
    ['a subject that nobody documents', ona, { sub: 'x' }, { variants: ['user'] }, /nothing here binds a tenant/],
    ['`no-context`, which everybody can have', classic, { sub: 'no-context' }, {}, /nothing here binds a tenant/],
  ])('%s', (_, issuer, bounds, rest, message) => {
    expect(problems(issuer, bounds, rest)).toEqual([expect.stringMatching(message)]);
  });

  it('says everything that is wrong at once', () => {
    expect(problems(job, { project_idd: '22', ref: 'v*', ref_protected: 'yes' })).toEqual([
      expect.stringMatching(/project_idd/),
      expect.stringMatching(/plain value/),
      expect.stringMatching(/`yes` can never be/),
    ]);
    expect(problems(ona, {}, { variants: ['x'], scope: 'y' })).toHaveLength(2);
  });

  it('a claim with neither values nor patterns', () => {
    const result = readAdmission(job, { claims: { project_id: { equals: [] } } });
    expect(result).toMatchObject({ ok: false, problems: [{ path: ['admit', 'project_id'] }] });
  });
});
