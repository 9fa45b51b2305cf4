import { describe, expect, it } from 'vitest';
import type { IssuerProfile } from '../../../src/claims/profile.ts';
import { gitlabIdToken } from '../../../src/claims/profiles/gitlab.ts';
import { gitpodClassic } from '../../../src/claims/profiles/gitpod-classic.ts';
import { onaV2 } from '../../../src/claims/profiles/ona-v2.ts';
import { onaV3 } from '../../../src/claims/profiles/ona-v3.ts';
import type { AdmissionArgs } from '../../../src/trust/admission.ts';
import { type AwsTrust, compileTrusts, splitTrusts } from '../../../src/trust/aws/compile.ts';
import { type PolicyDocument, sizeOf } from '../../../src/trust/aws/policy.ts';
import { admission, claimsOf } from '../admissions.ts';

const ARN = 'arn:aws:iam::123456789012:oidc-provider/app.gitpod.io';
const ids = (count: number) =>
  Array.from({ length: count }, (_, at) => `019527e4-0000-7000-8000-${String(at).padStart(12, '0')}`);

function trust(
  issuer: IssuerProfile,
  bounds: Record<string, string | string[]>,
  rest: Partial<AwsTrust & AdmissionArgs> = {},
): AwsTrust {
  const { scope, ...target } = rest;
  const args = { claims: claimsOf(bounds), ...(scope === undefined ? {} : { scope }) };
  return { admission: admission(issuer, args), providerArn: ARN, ...target };
}

function document(trusts: AwsTrust[], quota?: number): PolicyDocument {
  const compiled = compileTrusts(trusts, quota === undefined ? {} : { quota });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return compiled.value;
}

const operatorsOf = ({ Statement }: PolicyDocument) => Statement.map(({ Condition }) => Object.keys(Condition));
const projects = (count: number) => trust(onaV3(), { organization_id: 'o', project_id: ids(count) });

describe('what all subjects begin with', () => {
  it('is written once, where the policy would be over the quota', () => {
    expect(operatorsOf(document([projects(20)]))).toEqual([['StringEquals']]);
    const shared = document([projects(30)]);
    expect(sizeOf(shared)).toBeLessThanOrEqual(2048);
    expect(shared.Statement).toMatchObject([
      {
        Condition: {
          StringEquals: { 'app.gitpod.io:aud': 'sts.amazonaws.com' },
          StringLike: { 'app.gitpod.io:sub': 'organization_id:o:project_id:*' },
          'ForAnyValue:StringLike': { 'app.gitpod.io:sub': ids(30).map((id) => `*:${id}`) },
        },
      },
    ]);
  });

  it('keeps what the session must carry', () => {
    const session = { tags: [{ key: 'team', anyOf: [{ equals: 'data' }] }] };
    const [statement] = document([{ ...projects(30), session }]).Statement;
    expect(statement?.Action).toEqual(['sts:AssumeRoleWithWebIdentity', 'sts:TagSession']);
    expect(statement?.Condition).toMatchObject({
      StringEquals: { 'aws:RequestTag/team': 'data' },
      'ForAllValues:StringEquals': { 'aws:TagKeys': 'team' },
      'ForAnyValue:StringLike': {},
    });
  });

  it('is not, where a value could hold the separator and so imitate an end', () => {
    const names = Array.from({ length: 30 }, (_, at) => `repositories/a-rather-long-name-of-a-repository-${at}`);
    const contexts = names.map((name) => `https://github.com/acme/${name}`);
    const classic = gitpodClassic({ url: 'https://services.acme.gitpod.cloud/idp' });
    const compiled = compileTrusts([trust(classic, { sub: contexts })]);
    expect(compiled.ok ? [] : compiled.problems).toMatchObject([{ path: ['admit'] }]);
  });

  it('is not, where it would leave the tenant to what follows', () => {
    const names = Array.from({ length: 20 }, (_, at) => `group-${at}/application`);
    const gitlab = trust(gitlabIdToken({ url: 'https://gitlab.example.com' }), { project_path: names, ref: 'main' });
    const quota = sizeOf(document([gitlab], 9000)) - 1;
    expect(compileTrusts([gitlab], { quota })).toMatchObject({ ok: false });
  });

  it('is not, where nothing is shared up to a separator', () => {
    const v2 = trust(onaV2(), { sub: ids(15).map((id) => `org:o/prj:${id}/env:e`) });
    const compiled = compileTrusts([projects(15), v2]);
    expect(compiled.ok ? [] : compiled.problems).toMatchObject([{ path: ['admit'] }]);
  });
});

describe('several roles', () => {
  const split = (trusts: AwsTrust[], quota = 2048) => {
    const documents = splitTrusts(trusts, { quota });
    if (!documents.ok) throw new Error(JSON.stringify(documents.problems));
    return documents.value;
  };

  it('are one where one is enough', () => {
    expect(split([projects(20)])).toEqual([document([projects(20)])]);
  });

  it('fit the quota each, hold every subject once, and stay as they are when one is added behind', () => {
    const documents = split([projects(100)]);
    expect(documents).toHaveLength(3);
    expect(documents.every((one) => sizeOf(one) <= 2048)).toBe(true);
    const text = JSON.stringify(documents);
    expect(ids(100).map((id) => text.split(id).length - 1)).toEqual(ids(100).map(() => 1));
    expect(split([projects(101)]).slice(0, 2)).toEqual(documents.slice(0, 2));
  });

  it('are of what is packed, where it cannot be proved that a shared beginning is the same', () => {
    const contexts = Array.from(
      { length: 30 },
      (_, at) => `https://github.com/acme/a-rather-long-name-of-a-repository-${at}`,
    );
    const classic = gitpodClassic({ url: 'https://services.acme.gitpod.cloud/idp' });
    const documents = split([trust(classic, { sub: contexts })]);
    expect(documents.length).toBeGreaterThan(1);
    expect(JSON.stringify(documents)).not.toContain('ForAnyValue');
    expect(contexts.filter((context) => !JSON.stringify(documents).includes(`"${context}"`))).toEqual([]);
  });

  it('are refused where one subject is over the quota alone', () => {
    const documents = splitTrusts([projects(3)], { quota: 200 });
    expect(documents.ok ? [] : documents.problems).toMatchObject([
      { message: expect.stringMatching(/the quota is 200$/) as string },
    ]);
  });
});

describe('several admissions', () => {
  const v2 = trust(onaV2(), { sub: 'org:o/prj:p/env:e' });

  it('of one provider share a statement', () => {
    expect(document([trust(onaV3(), { organization_id: 'o', project_id: 'p' }), v2]).Statement).toMatchObject([
      { Condition: { StringEquals: { 'app.gitpod.io:sub': ['organization_id:o:project_id:p', 'org:o/prj:p/env:e'] } } },
    ]);
  });

  it('for different audiences, or with different sessions, do not', () => {
    const session = { tags: [], sourceIdentity: [{ like: '*' }] };
    const own = trust(onaV3(), { organization_id: 'o', project_id: 'p' });
    const { Statement } = document([own, { ...v2, audiences: ['x'] }, { ...v2, session }]);
    expect(Statement.map(({ Action }) => Action)).toEqual([
      'sts:AssumeRoleWithWebIdentity',
      'sts:AssumeRoleWithWebIdentity',
      ['sts:AssumeRoleWithWebIdentity', 'sts:SetSourceIdentity'],
    ]);
    expect(Statement.map(({ Condition }) => Condition.StringEquals?.['app.gitpod.io:aud'])).toEqual([
      'sts.amazonaws.com',
      'x',
      'sts.amazonaws.com',
    ]);
  });

  it('leave out what the other covers, and what is there twice', () => {
    const wide = trust(onaV3(), { organization_id: 'o' }, { scope: 'organization' });
    const narrow = trust(onaV3(), { organization_id: 'o', project_id: 'p' });
    expect(document([wide, narrow])).toEqual(document([wide]));
    expect(document([narrow, narrow])).toEqual(document([narrow]));
  });

  it('say what is wrong with each, once', () => {
    const wrong = trust(onaV3(), { organization_id: 'o', runner_id: 'r' });
    const compiled = compileTrusts([wrong, wrong, v2]);
    expect(compiled.ok ? [] : compiled.problems.map(({ path }) => path)).toEqual([['admit', 'runner_id']]);
  });
});

it('says that the quota can be raised only where that would help', () => {
  const hint = (count: number, quota: number) => {
    const compiled = compileTrusts(
      [
        trust(gitlabIdToken({ url: 'https://gitlab.com' }), {
          sub: ids(count).map((id) => `project_path:${id}/${id}:ref_type:branch:ref:main`),
        }),
      ],
      { quota },
    );
    return compiled.ok ? 'fits' : compiled.problems[0]?.hint;
  };
  expect(hint(25, 2048)).toMatch(/have AWS raise the quota `Role trust policy length`, to 4096 at most$/);
  expect(hint(25, 4096)).toBe('fits');
  expect(hint(60, 2048)).toMatch(/by a pattern$/);
});
