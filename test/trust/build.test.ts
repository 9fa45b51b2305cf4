import { describe, expect, it } from 'vitest';
import { github } from '../../src/claims/profiles/github.ts';
import { gitlabJobJwt } from '../../src/claims/profiles/gitlab.ts';
import { onaV3 } from '../../src/claims/profiles/ona-v3.ts';
import { admissions } from '../../src/trust/build.ts';
import { readAdmission } from '../../src/trust/read-admission.ts';

const ona = admissions(onaV3());
const gitlab = admissions(gitlabJobJwt({ iss: 'gitlab.example.com' }));

describe('admissions', () => {
  it('returns the plain form that components take', () => {
    expect(ona.environment.admit({ organization_id: 'o', project_id: ['p', 'q'] })).toEqual({
      variants: ['environment'],
      claims: { organization_id: { equals: ['o'] }, project_id: { equals: ['p', 'q'] } },
    });
    expect(gitlab.job.admit({ project_id: '22', ref: { like: ['auto-deploy-*', 'v*'] } })).toEqual({
      variants: ['job'],
      claims: { project_id: { equals: ['22'] }, ref: { like: ['auto-deploy-*', 'v*'] } },
    });
    expect(gitlab.job.admit({ ref: { like: 'v*' } }).claims).toEqual({ ref: { like: ['v*'] } });
    expect(ona.user.admitOrganization({ organization_id: 'o' })).toEqual({
      variants: ['user'],
      claims: { organization_id: { equals: ['o'] } },
      scope: 'organization',
    });
  });

  it('leaves out what is undefined at run time', () => {
    const maybe: { project_id?: string } = {};
    expect(ona.environment.admit({ organization_id: 'o', ...maybe }).claims).toEqual({
      organization_id: { equals: ['o'] },
    });
  });

  it('is what the run-time check accepts', () => {
    const args = admissions(github()).job.admit({ repository_id: '2', ref: 'refs/heads/main' });
    expect(readAdmission(github(), args)).toMatchObject({ ok: true, value: { scope: 'workload', variants: ['job'] } });
  });

  it('compiles what is right', () => {
    expect(ona.user.admit({ sub: 'x' }).variants).toEqual(['user']);
  });
});

/** Not to be called: `tsc` checks it, for which an expected error that does not come is an error. */
export function doesNotCompile(): void {
  // @ts-expect-error -- misspelt
  ona.environment.admit({ organisation_id: 'o' });
  // @ts-expect-error -- a claim of users, not of environments
  ona.environment.admit({ organization_id: 'o', user_id: 'u' });
  // @ts-expect-error -- a claim of environments, not of service accounts
  ona.service_account.admit({ organization_id: 'o', environment_id: 'e' });
  // @ts-expect-error -- no such variant
  ona satisfies { readonly robot: unknown };
  // @ts-expect-error -- a number is no claim's value
  gitlab.job.admit({ project_id: 22 });
  // @ts-expect-error -- a pattern is { like }, and nothing else
  gitlab.job.admit({ project_id: '22', ref: { glob: 'v*' } });
  // @ts-expect-error -- GitHub's claim is not GitLab's
  gitlab.job.admit({ repository_id: '2' });
}
