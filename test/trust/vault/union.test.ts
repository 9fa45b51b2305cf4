import { describe, expect, it } from 'vitest';
import { describeProblem } from '../../../src/claims/problem.ts';
import { onaV2 } from '../../../src/claims/profiles/ona-v2.ts';
import { onaV3 } from '../../../src/claims/profiles/ona-v3.ts';
import { gitlabIdToken } from '../../../src/claims/profiles/gitlab.ts';
import { type IssuerProfile } from '../../../src/claims/profile.ts';
import { type Admission, type AdmissionArgs } from '../../../src/trust/admission.ts';
import { diffTokens } from '../../../src/trust/diff.ts';
import { readAdmission } from '../../../src/trust/read-admission.ts';
import { tokensOfAdmission } from '../../../src/trust/tokens/of-admission.ts';
import { spaceOf } from '../../../src/trust/tokens/profile-space.ts';
import { any } from '../../../src/trust/tokens/token-set.ts';
import { asVaultRole } from '../../../src/trust/vault/compile.ts';
import { type VaultGrantArgs } from '../../../src/trust/vault/grant.ts';
import { tokensOfVaultRole } from '../../../src/trust/vault/tokens.ts';
import { compileVaultUnion } from '../../../src/trust/vault/union.ts';

function admission(
  issuer: IssuerProfile,
  claims: AdmissionArgs['claims'],
  rest: Partial<AdmissionArgs> = {},
): Admission {
  const read = readAdmission(issuer, { claims, ...rest });
  if (!read.ok) throw new Error(read.problems.map(describeProblem).join('\n'));
  return read.value;
}

const GITLAB = gitlabIdToken({ url: 'https://gitlab.example.com' });
const GITLAB_COM = gitlabIdToken({ url: 'https://gitlab.com' });
const SAAS = admission(GITLAB_COM, { project_path: { equals: ['g/a'] }, ref: { equals: ['main'] } });
const V2 = admission(onaV2(), { sub: { like: ['org:o/prj:p/*'] } });
const V3 = admission(onaV3(), { organization_id: { equals: ['o'] }, project_id: { equals: ['p', 'q'] } });
const WIDE = admission(onaV3(), { organization_id: { equals: ['o'] } }, { scope: 'organization' });
const CREATOR = admission(onaV3(), { organization_id: { equals: ['o'] }, creator_id: { equals: ['c'] } });
const BRANCH = admission(GITLAB, { project_path: { equals: ['g/a'] }, ref: { equals: ['main'] } });

const GRANT = { policies: ['p'] };

describe('compileVaultUnion', () => {
  it.each<[string, [Admission, ...Admission[]], string]>([
    ['two versions', [V2, V3], 'glob'],
    ['the same, the other way round', [V3, V2], 'glob'],
    ['two exact subjects', [admission(onaV2(), { sub: { equals: ['org:o/prj:p/env:e'] } }), V3], 'string'],
    ['patterns of several forms', [V2, WIDE], 'glob'],
  ])('admits the tokens of %s, and no others', (_, admissions, type) => {
    const compiled = compileVaultUnion(admissions, GRANT);
    if (!compiled.ok) throw new Error(compiled.problems.map(describeProblem).join('\n'));
    const { role } = compiled.value;
    expect([role.boundClaimsType, Object.keys(role.boundClaims), role.userClaim]).toEqual([type, ['sub'], 'sub']);
    const space = [
      ...spaceOf(onaV2(), { audience: 'vault.hashicorp.com' }),
      ...spaceOf(onaV3(), { audience: 'vault.hashicorp.com' }),
    ];
    const tokens = tokensOfVaultRole({ ...asVaultRole(role), bound_audiences: ['vault.hashicorp.com'] }, {});
    const wanted = any(...admissions.map(tokensOfAdmission));
    const { gained, lost, undecided } = diffTokens({ space, tokens: wanted }, { space, tokens });
    // Of the wanted tokens those for another audience are refused, as everywhere.
    expect([gained, undecided]).toEqual([[], []]);
    expect(lost.every(({ claims }) => !JSON.stringify(claims.aud).includes('vault.hashicorp.com'))).toBe(true);
  });

  it('is the ordinary role for one admission', () => {
    const compiled = compileVaultUnion([V3], GRANT);
    expect(compiled).toMatchObject({
      ok: true,
      value: { role: { userClaim: 'environment_id', boundClaims: { organization_id: ['o'] } } },
    });
  });

  it.each<[string, [Admission, ...Admission[]], VaultGrantArgs, string[]]>([
    [
      'other issuers',
      [V3, BRANCH],
      GRANT,
      [
        'also.0.issuer: a Vault role is at one mount, so it cannot let in tokens of https://app.gitpod.io and of https://gitlab.example.com (give this admission an entry of its own)',
      ],
    ],
    [
      'what is not in sub',
      [V2, CREATOR],
      GRANT,
      [
        'also.0.admit.creator_id: one Vault role for several admissions goes by `sub` alone, and here it does not say everything (bind what is in `sub`, or give this admission an entry of its own)',
      ],
    ],
    [
      'what AWS sees beside sub, and Vault would have to bind for one of them alone',
      [SAAS, admission(GITLAB_COM, { project_path: { equals: ['g/b'] }, ref_protected: { equals: ['true'] } })],
      GRANT,
      [expect.stringContaining('also.0.admit: one Vault role for several admissions goes by `sub` alone') as string],
    ],
    [
      'claims in paths',
      [V2, V3],
      { read: ['kv/{project_id}/*'] },
      [
        expect.stringContaining(
          'vault: an entry that lets in several kinds of token has no claim that all of them carry',
        ) as string,
      ],
    ],
    [
      'groups',
      [V2, V3],
      { ...GRANT, groupsClaim: 'groups' },
      [expect.stringContaining('vault: an entry that lets in several kinds of token') as string],
    ],
  ])('refuses %s', (_, admissions, grant, expected) => {
    const compiled = compileVaultUnion(admissions, grant);
    const problems = compiled.ok ? [] : compiled.problems.map(describeProblem);
    expect(problems).toEqual(expect.arrayContaining(expected));
  });
});
