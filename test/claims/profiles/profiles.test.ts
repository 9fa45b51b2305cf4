import { describe, expect, it } from 'vitest';
import type { ClaimSpec } from '../../../src/claims/claim.ts';
import { conditionPrefix, type IssuerProfile } from '../../../src/claims/profile.ts';
import { renderSubject } from '../../../src/claims/subject.ts';
import { gitlabIdToken, gitlabJobJwt } from '../../../src/claims/profiles/gitlab.ts';
import { github, GITHUB_URL } from '../../../src/claims/profiles/github.ts';
import { gitpodClassic } from '../../../src/claims/profiles/gitpod-classic.ts';
import { onaV2 } from '../../../src/claims/profiles/ona-v2.ts';
import { ONA_SUB_FIELDS, onaV3 } from '../../../src/claims/profiles/ona-v3.ts';
import { WORLDS } from '../worlds.ts';

const CLASSIC = 'https://services.acme.gitpod.cloud/idp';

/** The claims that facts/tokens.md lists, by what is said of them there. */
function namesWith(issuer: IssuerProfile, variant: string, test: (spec: ClaimSpec) => boolean): string[] {
  return Object.entries<ClaimSpec>(issuer.variants[variant]?.claims ?? {}).flatMap(([claim, spec]) =>
    test(spec) ? [claim] : [],
  );
}

describe('what tokens look like', () => {
  it.each([
    [
      gitpodClassic({ url: CLASSIC }),
      { issuer: CLASSIC, prefix: 'services.acme.gitpod.cloud/idp', audience: 'array-with-azp', life: 3600, aws: 0 },
    ],
    [onaV2(), { issuer: 'https://app.gitpod.io', prefix: 'app.gitpod.io', audience: 'string', life: 3600, aws: 0 }],
    [onaV3(), { issuer: 'https://app.gitpod.io', prefix: 'app.gitpod.io', audience: 'array', life: 3600, aws: 0 }],
    [
      gitlabJobJwt({ iss: 'gitlab.example.com' }),
      { issuer: 'gitlab.example.com', prefix: undefined, audience: 'none', life: 300, aws: 0 },
    ],
    [
      gitlabIdToken({ url: 'https://gitlab.example.com' }),
      { issuer: 'https://gitlab.example.com', prefix: 'gitlab.example.com', audience: 'string', life: 300, aws: 0 },
    ],
    [
      gitlabIdToken({ url: 'https://gitlab.com' }),
      { issuer: 'https://gitlab.com', prefix: 'gitlab.com', audience: 'string', life: 300, aws: 9 },
    ],
    [
      github(),
      { issuer: GITHUB_URL, prefix: 'token.actions.githubusercontent.com', audience: 'string', life: 300, aws: 10 },
    ],
    [
      github({ url: 'https://ghes.example.com/_services/token' }),
      {
        issuer: 'https://ghes.example.com/_services/token',
        prefix: 'ghes.example.com/_services/token',
        audience: 'string',
        life: 300,
        aws: 0,
      },
    ],
  ] as const)('%#', (profile, wanted) => {
    expect({
      issuer: profile.issuer,
      prefix: conditionPrefix(profile),
      audience: profile.audience,
      life: profile.life.default,
      aws: profile.awsClaims.length,
    }).toEqual(wanted);
    expect(profile.algorithms).toEqual(['RS256']);
  });

  it('finds the keys of job tokens beside the instance', () => {
    expect(gitlabJobJwt({ iss: 'g' }).jwksUrl).toBe('https://g/-/jwks');
    expect(gitlabJobJwt({ iss: 'g', jwksUrl: 'https://keys/x' }).jwksUrl).toBe('https://keys/x');
  });
});

describe.each(WORLDS)('$name', ({ issuer }) => {
  it('is consistent in itself', () => {
    for (const variant of Object.values(issuer.variants)) {
      const table: Record<string, ClaimSpec> = variant.claims;
      for (const { claim, fixes } of variant.identities) {
        expect(claim === 'sub' || table[claim]?.presence === 'always').toBe(true);
        // Of GitHub's and GitLab's ids of one run everything follows, what other variants have included.
        expect(fixes.filter((name) => !(name in table) && !(name in (variant.facts ?? {}))).length).toBeLessThan(3);
      }
      for (const [claim, spec] of Object.entries(table)) {
        expect([claim, spec.immutable && spec.userControlled && spec.reach !== undefined]).toEqual([claim, false]);
        expect([claim, spec.presence === 'sometimes']).toEqual([claim, spec.when !== undefined]);
      }
      if (Object.keys(issuer.variants).length > 1) {
        const mark = variant.discriminator ?? '';
        expect(table[mark]?.presence).toBe('always');
        const others = Object.values(issuer.variants).filter((other) => other !== variant);
        expect(others.filter((other) => mark in other.claims)).toEqual([]);
      }
    }
    expect(issuer.awsClaims.filter((claim) => !(claim in (issuer.variants[issuer.mainVariant]?.claims ?? {})))).toEqual(
      [],
    );
  });
});

describe('claim tables', () => {
  it('of Ona have what each kind of principal has', () => {
    const ona = onaV3();
    expect(namesWith(ona, 'environment', ({ presence }) => presence === 'always')).toEqual([
      'organization_id',
      'environment_id',
      'runner_id',
      'runner_name',
      'creator_principal',
      'creator_id',
      'creator_name',
    ]);
    expect(Object.keys(ona.variants.user.claims)).toEqual([
      'organization_id',
      'user_id',
      'account_id',
      'email',
      'name',
      'idp',
    ]);
    expect(Object.keys(ona.variants.service_account.claims)).toEqual(['organization_id', 'service_account_id', 'name']);
    expect(Object.keys(onaV2().variants.environment.claims)).toEqual(['org', 'gsub']);
  });

  it('let only ids pin a tenant for good', () => {
    const immutable = (issuer: IssuerProfile) => namesWith(issuer, issuer.mainVariant, (spec) => spec.immutable);
    for (const { issuer } of WORLDS) {
      expect(immutable(issuer).filter((claim) => !/(?:_id|^org|_sha|^sha)$/.test(claim))).toEqual([]);
    }
    const names = [
      'repository',
      'project_path',
      'namespace_path',
      'user_login',
      'user_email',
      'email',
      'creator_email',
    ];
    for (const { issuer } of WORLDS) expect(immutable(issuer).filter((claim) => names.includes(claim))).toEqual([]);
  });

  it('say what whoever pushes or starts a job can choose', () => {
    const controlled = (issuer: IssuerProfile) => namesWith(issuer, issuer.mainVariant, (spec) => spec.userControlled);
    expect(controlled(gitlabIdToken({ url: 'https://g' }))).toEqual([
      'ref',
      'ref_path',
      'environment',
      'deployment_tier',
    ]);
    expect(controlled(github())).toEqual(
      expect.arrayContaining(['ref', 'environment', 'workflow', 'workflow_ref', 'job_workflow_ref', 'head_ref']),
    );
    expect(controlled(gitpodClassic({ url: CLASSIC }))).toEqual(['context', 'repository']);
  });
});

describe('sub', () => {
  const gitlabJob = { project_id: '22', project_path: 'mygroup/myproject', ref_type: 'branch', ref: 'main' };
  const ona = { organization_id: 'O', environment_id: 'E', runner_id: 'R', creator_id: 'C' };
  const job = {
    repository: 'acme/api',
    repository_owner_id: '1',
    repository_id: '2',
    ref: 'refs/heads/main',
    event_name: 'push',
  };

  it.each<[IssuerProfile, string, Record<string, unknown>, string]>([
    [
      gitpodClassic({ url: CLASSIC }),
      'workspace',
      { context: 'https://github.com/gitpod-io/my-application' },
      'https://github.com/gitpod-io/my-application',
    ],
    [gitpodClassic({ url: CLASSIC }), 'workspace', {}, 'no-context'],
    [
      gitpodClassic({ url: CLASSIC, subClaims: ['org_id', 'repository'] }),
      'workspace',
      { org_id: 'o', repository: 'https://h/r' },
      'org_id:o:repository:https%3A//h/r',
    ],
    [gitpodClassic({ url: CLASSIC, subClaims: ['org_id', 'repository'] }), 'workspace', { org_id: 'o' }, 'org_id:o'],
    [onaV2(), 'environment', { org: 'O', project_id: 'P', environment_id: 'E' }, 'org:O/prj:P/env:E'],
    [onaV3(), 'environment', { ...ona, project_id: 'P' }, 'organization_id:O:project_id:P'],
    [onaV3(), 'environment', ona, 'organization_id:O:environment_id:E'],
    [
      onaV3({ subFields: ['creator_email', 'project_id'] }),
      'environment',
      { ...ona, project_id: 'P', creator_email: 'a@b.c' },
      'organization_id:O:project_id:P:creator_email:a@b.c',
    ],
    [
      onaV3({ subFields: ['creator_email', 'runner_id'] }),
      'environment',
      ona,
      'organization_id:O:environment_id:E:runner_id:R',
    ],
    [
      onaV3({ subFields: ['environment_initializers.git.remote_uri'] }),
      'environment',
      { ...ona, environment_initializers: [{ git: { remote_uri: 'https://h/r' } }] },
      'organization_id:O:environment_id:E:environment_initializers.git.remote_uri:https%3A//h/r',
    ],
    [gitlabJobJwt({ iss: 'g' }), 'job', gitlabJob, '22'],
    [gitlabIdToken({ url: 'https://g' }), 'job', gitlabJob, 'project_path:mygroup/myproject:ref_type:branch:ref:main'],
    [gitlabIdToken({ url: 'https://g', subClaims: ['project_id', 'environment'] }), 'job', gitlabJob, 'project_id:22'],
    [github(), 'job', job, 'repo:acme/api:ref:refs/heads/main'],
    [github(), 'job', { ...job, environment: 'prod:eu' }, 'repo:acme/api:environment:prod%3Aeu'],
    [github(), 'job', { ...job, event_name: 'pull_request' }, 'repo:acme/api:pull_request'],
    [github(), 'job', { ...job, event_name: 'pull_request', environment: 'prod' }, 'repo:acme/api:environment:prod'],
    [github({ subTemplate: ['repository_owner_id', 'ref'] }), 'job', job, 'repository_owner_id:1:ref:refs/heads/main'],
  ])('%#: %s %j is %s', (issuer, name, claims, sub) => {
    const variant = issuer.variants[name];
    const table = { ...variant?.facts, ...variant?.claims };
    expect(variant && renderSubject(variant.subject, claims as never, table)).toEqual({ ok: true, value: sub });
  });

  it('of GitHub has a second form with ids', () => {
    const { subject } = github().variants.job;
    const byId = subject.kind === 'templates' ? subject.templates.slice(3) : [];
    expect(renderSubject({ kind: 'templates', templates: byId }, job, github().variants.job.claims)).toEqual({
      ok: true,
      value: 'repo:acme@1/api@2:ref:refs/heads/main',
    });
  });

  it('of a user or service account of Ona is nothing to compile from', () => {
    for (const variant of ['user', 'service_account'] as const) {
      expect(onaV3().variants[variant].subject).toMatchObject({
        kind: 'unknown',
        why: expect.stringMatching(/does not document/) as string,
      });
    }
  });

  it('of Ona can be made of every field that Ona offers', () => {
    const { subject } = onaV3({ subFields: ONA_SUB_FIELDS }).variants.environment;
    expect(subject.kind === 'templates' && subject.templates.length).toBeGreaterThan(1);
  });
});
