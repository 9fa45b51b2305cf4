import { describe, expect, it } from 'vitest';
import { describeProblem } from '../../../src/claims/problem.ts';
import type { IssuerProfile } from '../../../src/claims/profile.ts';
import { gitlabIdToken, gitlabJobJwt } from '../../../src/claims/profiles/gitlab.ts';
import { github } from '../../../src/claims/profiles/github.ts';
import { gitpodClassic } from '../../../src/claims/profiles/gitpod-classic.ts';
import { onaV2 } from '../../../src/claims/profiles/ona-v2.ts';
import { onaV3 } from '../../../src/claims/profiles/ona-v3.ts';
import type { AdmissionArgs } from '../../../src/trust/admission.ts';
import { asVaultRole, compileVaultAccess, compileVaultMount } from '../../../src/trust/vault/compile.ts';
import type { VaultGrantArgs } from '../../../src/trust/vault/grant.ts';
import { paths } from '../../../src/trust/vault/placeholders.ts';
import { admission, claimsOf } from '../admissions.ts';

const job = gitlabJobJwt({ iss: 'gitlab.example.com' });
const gitlab = gitlabIdToken({ url: 'https://gitlab.example.com' });
const ona = onaV3();
const classic = gitpodClassic({ url: 'https://services.acme.gitpod.cloud/idp' });
const wide = { scope: 'organization' } as const;

type Bounds = Readonly<Record<string, string | readonly string[]>>;

function compile(issuer: IssuerProfile, bounds: Bounds, grant: VaultGrantArgs = {}, rest: Partial<AdmissionArgs> = {}) {
  const granted = grant.read === undefined && grant.write === undefined ? { policies: ['p'], ...grant } : grant;
  return compileVaultAccess(admission(issuer, { claims: claimsOf(bounds), ...rest }), granted);
}

function role(...given: Parameters<typeof compile>) {
  const compiled = compile(...given);
  if (!compiled.ok) throw new Error(compiled.problems.map(describeProblem).join('; '));
  return compiled.value.role;
}

function problems(...given: Parameters<typeof compile>): string[] {
  const compiled = compile(...given);
  return compiled.ok ? [] : compiled.problems.map(describeProblem);
}

it('compiles the roles of the seeds', () => {
  // Seed 003: the production role of GitLab's job token.
  const production = { project_id: '22', ref_protected: 'true', ref_type: 'branch', ref: '~auto-deploy-*' };
  expect(role(job, production, { policies: ['myproject-production'], explicitMaxTtl: 60 })).toEqual({
    userClaim: 'project_id',
    boundAudiences: [],
    boundClaims: { project_id: ['22'], ref_protected: ['true'], ref_type: ['branch'], ref: ['auto-deploy-*'] },
    boundClaimsType: 'glob',
    claimMappings: {},
    tokenPolicies: ['myproject-production'],
    tokenNoDefaultPolicy: true,
    tokenType: 'service',
    tokenBoundCidrs: [],
    tokenTtl: 60,
    tokenMaxTtl: 60,
    tokenExplicitMaxTtl: 60,
  });
  // Seed 000: a project of an organization of Ona.
  expect(
    role(ona, { organization_id: 'o', project_id: 'p' }, { policies: ['data'], ttl: 3600, maxTtl: 14_400 }),
  ).toEqual({
    userClaim: 'environment_id',
    boundAudiences: ['vault.hashicorp.com'],
    boundClaims: { organization_id: ['o'], project_id: ['p'] },
    boundClaimsType: 'string',
    claimMappings: {},
    tokenPolicies: ['data'],
    tokenNoDefaultPolicy: false,
    tokenType: 'service',
    tokenBoundCidrs: [],
    tokenTtl: 3600,
    tokenMaxTtl: 14_400,
    tokenExplicitMaxTtl: 14_400,
  });
});

it('maps what a path needs, beside its policy', () => {
  const compiled = compile(gitlab, { project_path: ['g/a', 'g/b'] }, { read: ['secret/{project_path}/*'], kv: 2 });
  expect(compiled).toMatchObject({
    ok: true,
    value: {
      role: { claimMappings: { project_path: 'project_path' }, userClaim: 'project_id', tokenPolicies: [] },
      rules: [{ path: 'secret/data/{project_path}/*', capabilities: ['read'] }],
    },
  });
});

describe('subjects', () => {
  it.each<[Bounds, object]>([
    [
      { sub: 'organization_id:o:project_id:p' },
      {
        boundSubject: 'organization_id:o:project_id:p',
        boundClaims: { environment_id: ['*'] },
        boundClaimsType: 'glob',
      },
    ],
    [
      { sub: '~organization_id:o:project_id:p*' },
      { boundClaims: { sub: ['organization_id:o:project_id:p*'], environment_id: ['*'] }, boundClaimsType: 'glob' },
    ],
    [
      { sub: ['organization_id:o:project_id:p', 'organization_id:o:project_id:q'], project_id: ['p', 'q'] },
      {
        boundClaims: {
          sub: ['organization_id:o:project_id:p', 'organization_id:o:project_id:q'],
          project_id: ['p', 'q'],
        },
        boundClaimsType: 'string',
      },
    ],
  ])('%j', (bounds, wanted) => {
    const compiled = role(ona, bounds, {}, wide);
    expect(compiled).toMatchObject(wanted);
    expect('boundSubject' in compiled).toBe('boundSubject' in wanted);
  });
});

describe('variants', () => {
  it.each<[string[], Bounds, object]>([
    // `organization_id` alone would let users and service accounts in beside environments.
    [
      ['environment'],
      { organization_id: 'o' },
      { boundClaims: { organization_id: ['o'], environment_id: ['*'] }, boundClaimsType: 'glob' },
    ],
    [
      ['user'],
      { organization_id: 'o' },
      { boundClaims: { organization_id: ['o'], user_id: ['*'] }, userClaim: 'user_id' },
    ],
    [
      ['service_account'],
      { organization_id: 'o', name: 'deploy' },
      { boundClaims: { organization_id: ['o'], name: ['deploy'], service_account_id: ['*'] } },
    ],
    // What only this variant has is mark enough.
    [
      ['environment'],
      { organization_id: 'o', runner_id: 'r' },
      { boundClaims: { organization_id: ['o'], runner_id: ['r'] }, boundClaimsType: 'string' },
    ],
    [
      ['user'],
      { organization_id: 'o', email: 'a@b.c' },
      { boundClaims: { organization_id: ['o'], email: ['a@b.c'] }, boundClaimsType: 'string' },
    ],
  ])('%j with %j', (variants, bounds, wanted) => {
    expect(role(ona, bounds, {}, { ...wide, variants })).toMatchObject(wanted);
  });

  it.each<[string[], Bounds, RegExp]>([
    [
      ['environment', 'user'],
      { organization_id: 'o' },
      /^variant: one Vault role cannot admit environment and user tokens without service_account tokens \(write an entry for each/,
    ],
    [
      ['user', 'service_account'],
      { organization_id: 'o', name: 'x' },
      /^variant: no claim tells workloads apart in user and service_account tokens alike/,
    ],
    [['environment', 'user', 'service_account'], { organization_id: 'o' }, /^variant: no claim tells workloads apart/],
  ])('%j with %j is refused', (variants, bounds, message) => {
    expect(problems(ona, bounds, {}, { ...wide, variants })).toEqual(
      expect.arrayContaining([expect.stringMatching(message)]),
    );
  });
});

it('points at values that are not at the top level', () => {
  const field = 'environment_initializers.git.remote_uri';
  const issuer = onaV3({ subFields: [field] });
  expect(role(issuer, { organization_id: 'o', project_id: 'p', [field]: 'https://h/r' }).boundClaims).toEqual({
    organization_id: ['o'],
    project_id: ['p'],
    '/environment_initializers/0/git/remote_uri': ['https://h/r'],
  });
});

describe('commas', () => {
  it('are fine where no claim has several values', () => {
    expect(role(gitlab, { project_id: '22', environment: 'a,b' }).boundClaims).toMatchObject({ environment: ['a,b'] });
  });

  it('are refused beside several values, because the provider splits there', () => {
    expect(problems(gitlab, { project_id: ['22', '23'], environment: 'a,b' })).toEqual([
      expect.stringMatching(/^admit.environment: `a,b` holds a comma/),
    ]);
  });
});

describe('audiences', () => {
  it.each<[IssuerProfile, Bounds, VaultGrantArgs, readonly string[]]>([
    [gitlab, { project_id: '22' }, {}, ['vault.hashicorp.com']],
    [gitlab, { project_id: '22' }, { audiences: ['https://vault.acme.com', 'x'] }, ['https://vault.acme.com', 'x']],
    [job, { project_id: '22' }, {}, []],
    [job, { project_id: '22' }, { audiences: [] }, []],
  ])('%#', (issuer, bounds, grant, audiences) => {
    expect(role(issuer, bounds, grant).boundAudiences).toEqual(audiences);
  });

  it('are refused where tokens have none, and needed where they have', () => {
    expect(problems(job, { project_id: '22' }, { audiences: ['x'] })).toEqual([
      expect.stringMatching(/^vault.audience: .*have no audience/),
    ]);
    expect(problems(gitlab, { project_id: '22' }, { audiences: [] })).toEqual([
      expect.stringMatching(/^vault.audience: without an audience/),
    ]);
  });
});

describe('lives', () => {
  it.each<[VaultGrantArgs, [number, number, number]]>([
    [{}, [900, 900, 900]],
    [{ ttl: 60 }, [60, 60, 60]],
    [{ maxTtl: 60 }, [60, 60, 60]],
    [{ explicitMaxTtl: 60 }, [60, 60, 60]],
    [{ maxTtl: 3600 }, [900, 3600, 3600]],
    [{ explicitMaxTtl: 3600 }, [900, 900, 3600]],
    [{ ttl: 60, maxTtl: 120, explicitMaxTtl: 240 }, [60, 120, 240]],
    [{ ttl: 3600, maxTtl: 14_400 }, [3600, 14_400, 14_400]],
  ])('%j', (grant, lives) => {
    const { tokenTtl, tokenMaxTtl, tokenExplicitMaxTtl } = role(job, { project_id: '22' }, grant);
    expect([tokenTtl, tokenMaxTtl, tokenExplicitMaxTtl]).toEqual(lives);
  });

  it.each<[VaultGrantArgs, RegExp]>([
    [{ ttl: 61, maxTtl: 60 }, /^vault.ttl: `ttl` is longer than `max_ttl`/],
    [{ ttl: 61, explicitMaxTtl: 60 }, /^vault.ttl: `ttl` is longer than `explicit_max_ttl`/],
    [{ ttl: 0 }, /^vault.ttl: `ttl` is no time/],
    [{ maxTtl: -1, ttl: -2 }, /`max_ttl` is no time/],
    [{ ttl: 1.5 }, /^vault.ttl: `ttl` is no time/],
    [{ ttl: Number.NaN }, /^vault.ttl: `ttl` is no time/],
  ])('%j is refused', (grant, message) => {
    expect(problems(job, { project_id: '22' }, grant)).toEqual(
      expect.arrayContaining([expect.stringMatching(message)]),
    );
  });
});

describe('user_claim', () => {
  it.each<[string, IssuerProfile, Bounds, VaultGrantArgs, Partial<AdmissionArgs>, string]>([
    ['tells environments apart', ona, { organization_id: 'o', project_id: 'p' }, {}, {}, 'environment_id'],
    ['is the project of GitLab', gitlab, { project_id: '22' }, {}, {}, 'project_id'],
    ['is the repository of GitHub', github(), { repository_id: '2' }, {}, {}, 'repository_id'],
    ['is the workspace of Gitpod Classic', classic, { context: 'https://h/o/r' }, {}, {}, 'workspace_id'],
    ['is the subject of V2 of Ona', onaV2(), { org: 'o' }, {}, wide, 'sub'],
    ['is finer where a path needs it', gitlab, { project_id: '22' }, { read: ['secret/{user_id}/*'] }, {}, 'user_id'],
    [
      'is the job where nothing else fixes what a path needs',
      gitlab,
      { project_id: '22' },
      { read: ['secret/{user_id}/{pipeline_id}/*'] },
      {},
      'job_id',
    ],
    [
      'stays coarse where the path is the same for a project',
      gitlab,
      { project_id: '22' },
      { read: ['secret/{namespace_id}/*'] },
      {},
      'project_id',
    ],
    [
      'stays coarse where the path is bound to one value',
      gitlab,
      { project_id: '22', user_login: 'ann' },
      { read: ['secret/{user_login}/*'] },
      {},
      'project_id',
    ],
    ['can be chosen', gitlab, { project_id: '22' }, { userClaim: 'user_id' }, {}, 'user_id'],
    ['can be the subject', gitlab, { project_id: '22' }, { userClaim: 'sub' }, {}, 'sub'],
    [
      'can be a name with one value',
      gitlab,
      { project_id: '22', user_email: 'a@b.c' },
      { userClaim: 'user_email' },
      {},
      'user_email',
    ],
    [
      'can be an organization with one value',
      ona,
      { organization_id: 'o' },
      { userClaim: 'organization_id' },
      wide,
      'organization_id',
    ],
  ])('%s', (_, issuer, bounds, grant, rest, claim) => {
    expect(role(issuer, bounds, grant, rest).userClaim).toBe(claim);
  });

  it.each<[string, IssuerProfile, Bounds, VaultGrantArgs, RegExp]>([
    [
      'an unknown claim',
      gitlab,
      { project_id: '22' },
      { userClaim: 'project_idd' },
      /no claim `project_idd` \(did you mean project_id\?\)/,
    ],
    ['what every object has', gitlab, { project_id: '22' }, { userClaim: 'constructor' }, /no claim `constructor`/],
    ['a list', gitlab, { project_id: '22' }, { userClaim: 'groups_direct' }, /`groups_direct` is no string/],
    [
      'a name',
      gitlab,
      { project_id: '22' },
      { userClaim: 'user_email' },
      /`user_email` can pass from one workload to another/,
    ],
    [
      'what the user chooses',
      gitlab,
      { project_id: '22' },
      { userClaim: 'ref' },
      /`ref` can pass from one workload to another/,
    ],
    [
      'a name with several values',
      gitlab,
      { project_id: '22', user_email: ['a@b.c', 'd@b.c'] },
      { userClaim: 'user_email' },
      /can pass from one workload/,
    ],
    [
      'an id of an organization',
      gitlab,
      { project_path: ['g/a', 'h/b'] },
      { userClaim: 'namespace_id' },
      /`namespace_id` is the same for many workloads/,
    ],
    [
      'an id that is there only sometimes',
      ona,
      { organization_id: 'o', creator_id: 'c' },
      { userClaim: 'project_id' },
      /`project_id` is there only when the environment is in a project/,
    ],
    // The latest login of the same user would overwrite the metadata of tokens that were issued before.
    [
      'a person where a path needs the project',
      gitlab,
      { project_path: ['g/a', 'g/b'] },
      { userClaim: 'user_id', read: ['secret/{project_id}/*'] },
      /^vault.user_claim: tokens with the same `user_id` can differ in project_id/,
    ],
    [
      'the subject, where a path needs the job',
      gitlab,
      { project_id: '22' },
      { userClaim: 'sub', read: ['secret/{job_id}/*'] },
      /tokens with the same `sub` can differ in job_id/,
    ],
  ])('is not %s', (_, issuer, bounds, grant, message) => {
    expect(problems(issuer, bounds, grant)).toEqual([expect.stringMatching(message)]);
  });

  it('is refused where nothing fixes what a path needs', () => {
    expect(
      problems(github(), { repository: '~acme/*', repository_owner_id: '1' }, { read: ['secret/{actor_id}/*'] }, wide),
    ).toEqual([]);
    expect(problems(classic, { org_id: 'o', user_id: 'u' }, { read: ['secret/{workspace_id}/*'] })).toEqual([]);
  });
});

describe('grants', () => {
  it.each<[VaultGrantArgs, RegExp]>([
    [{ policies: [] }, /^vault: nothing is granted/],
    [{ policies: ['root'] }, /^vault.policies: `root` may do everything/],
    [{ read: ['*'] }, /whole secrets engine/],
    [{ groupsClaim: 'groups' }, /^vault.groups_claim: tokens of gitlab-id-token have no list of groups `groups` \(/],
    [{ groupsClaim: 'project_id' }, /no list of groups `project_id`/],
  ])('%j is refused', (grant, message) => {
    expect(problems(gitlab, { project_id: '22' }, grant)).toEqual([expect.stringMatching(message)]);
  });

  it('with groups of GitLab', () => {
    expect(role(gitlab, { project_id: '22' }, { groupsClaim: 'groups_direct' })).toMatchObject({
      groupsClaim: 'groups_direct',
    });
    expect(problems(job, { project_id: '22' }, { groupsClaim: 'groups_direct' })).toEqual([
      expect.stringMatching(/only id tokens of GitLab have one/),
    ]);
  });

  it('say everything that is wrong at once', () => {
    const grant = {
      read: ['*', 'secret/{nope}/*'],
      ttl: 5,
      maxTtl: 1,
      audiences: ['x'],
      userClaim: 'ref',
      groupsClaim: 'g',
    };
    expect(problems(job, { project_id: '22' }, grant).length).toBeGreaterThanOrEqual(6);
  });
});

describe('the mount', () => {
  it.each<[IssuerProfile, object]>([
    [
      ona,
      { oidcDiscoveryUrl: 'https://app.gitpod.io', boundIssuer: 'https://app.gitpod.io', jwtSupportedAlgs: ['RS256'] },
    ],
    [
      classic,
      {
        oidcDiscoveryUrl: 'https://services.acme.gitpod.cloud/idp',
        boundIssuer: 'https://services.acme.gitpod.cloud/idp',
        jwtSupportedAlgs: ['RS256'],
      },
    ],
    [
      job,
      { jwksUrl: 'https://gitlab.example.com/-/jwks', boundIssuer: 'gitlab.example.com', jwtSupportedAlgs: ['RS256'] },
    ],
  ])('%#', (issuer, config) => {
    expect(compileVaultMount(issuer)).toEqual(config);
  });
});

describe('what tokens are', () => {
  const bounds = { project_id: '22' };

  it.each<[VaultGrantArgs, object]>([
    [{}, { tokenType: 'service', tokenNoDefaultPolicy: true, tokenBoundCidrs: [] }],
    [{ ttl: 60, maxTtl: 60 }, { tokenNoDefaultPolicy: true }],
    [{ ttl: 60, maxTtl: 61 }, { tokenNoDefaultPolicy: false }],
    [{ ttl: 60, maxTtl: 61, defaultPolicy: false }, { tokenNoDefaultPolicy: true }],
    [{ defaultPolicy: true }, { tokenNoDefaultPolicy: false }],
    [
      { tokenType: 'batch', ttl: 60 },
      { tokenType: 'batch', tokenTtl: 60, tokenExplicitMaxTtl: 60 },
    ],
    [
      { tokenType: 'service', maxTtl: 3600 },
      { tokenType: 'service', tokenMaxTtl: 3600 },
    ],
    [
      { boundCidrs: ['10.1.2.3', '10.0.0.0/8', '2001:db8::/32'] },
      { tokenBoundCidrs: ['10.1.2.3', '10.0.0.0/8', '2001:db8::/32'] },
    ],
  ])('%j', (grant, fields) => {
    const compiled = role(job, bounds, grant);
    expect(compiled).toMatchObject(fields);
    expect(asVaultRole(compiled)).toMatchObject({
      token_type: compiled.tokenType,
      token_no_default_policy: compiled.tokenNoDefaultPolicy,
      token_bound_cidrs: compiled.tokenBoundCidrs,
    });
  });

  it.each<[VaultGrantArgs, RegExp]>([
    [{ tokenType: 'default' as never }, /^vault.token_type: there is no token type `default` \(.*service/],
    [{ tokenType: 'batch', maxTtl: 60 }, /^vault.max_ttl: a batch token cannot be renewed/],
    [{ boundCidrs: ['10.0.0.0/8', 'ten'] }, /^vault.bound_cidrs.1: `ten` is no network/],
    [{ boundCidrs: ['10.0.0.0/33'] }, /is no network/],
    [{ boundCidrs: ['0.0.0.0/0'] }, /^vault.bound_cidrs.0: `0.0.0.0\/0` is every address/],
    [{ boundCidrs: ['::/0'] }, /is every address/],
  ])('%j is refused', (grant, says) => {
    expect(problems(job, bounds, grant)).toEqual([expect.stringMatching(says)]);
  });
});

describe('further claims that are mapped', () => {
  it.each<[VaultGrantArgs, object]>([
    [{ claimMappings: { project_id: 'project' } }, { project_id: 'project' }],
    [{ claimMappings: { project_path: 'path', project_id: 'id-2_x' } }, { project_path: 'path', project_id: 'id-2_x' }],
    [
      { read: ['secret/{project_path}/*'], claimMappings: { project_id: 'project', project_path: 'project_path' } },
      { project_path: 'project_path', project_id: 'project' },
    ],
  ])('%j', (grant, claimMappings) => {
    expect(role(gitlab, { project_path: ['g/a', 'g/b'] }, grant)).toMatchObject({ claimMappings });
  });

  it.each<[string, VaultGrantArgs, RegExp]>([
    [
      'a claim that there is not',
      { claimMappings: { projekt_id: 'x' } },
      /^vault.claim_mappings.projekt_id: .*did you mean project_id/,
    ],
    [
      'a claim that a user chooses',
      { claimMappings: { ref: 'ref' } },
      /^vault.claim_mappings.ref: a value of `ref` may hold a slash/,
    ],
    ['a list', { claimMappings: { groups_direct: 'groups' } }, /`groups_direct` cannot stand in a path/],
    ['a key that is none', { claimMappings: { project_id: 'a.b' } }, /`a.b` is no metadata key/],
    ['a long key', { claimMappings: { project_id: 'k'.repeat(129) } }, /is no metadata key/],
    ['the key of Vault', { claimMappings: { project_id: 'role' } }, /Vault takes no claim as the metadata `role`/],
    [
      'two claims under one key',
      { claimMappings: { project_id: 'x', namespace_id: 'x' } },
      /^vault.claim_mappings.namespace_id: `x` holds `project_id` already/,
    ],
    [
      'a claim of a path under another name',
      { read: ['secret/{project_path}/*'], claimMappings: { project_path: 'path' } },
      /a path needs `project_path` under that name/,
    ],
    [
      'another claim under the name of one of a path',
      { read: ['secret/{project_path}/*'], claimMappings: { project_id: 'project_path' } },
      /a path needs `project_path` under that name/,
    ],
  ])('%s is refused', (_, grant, says) => {
    expect(problems(gitlab, { project_path: ['g/a', 'g/b'] }, grant)).toEqual(
      expect.arrayContaining([expect.stringMatching(says)]),
    );
  });

  it('are at most 64', () => {
    const claimMappings = Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`c${at}`, `k${at}`]));
    expect(problems(gitlab, { project_id: '22' }, { claimMappings })).toEqual(
      expect.arrayContaining([expect.stringMatching(/^vault.claim_mappings: Vault keeps at most 64 pairs/)]),
    );
  });

  it('hold the user claim to what they are', () => {
    const grant = { claimMappings: { project_id: 'project' }, userClaim: 'user_id' };
    expect(problems(gitlab, { namespace_id: '1', project_id: ['22', '23'] }, grant)).toEqual([
      expect.stringMatching(/^vault.user_claim: tokens with the same `user_id` can differ in project_id/),
    ]);
  });
});

it('writes placeholders of claims that the variant has', () => {
  const tag = paths(gitlabIdToken({ url: 'https://gitlab.example.com' })).job;
  expect(tag`secret/${'project_id'}/of/${'user_id'}/*`).toBe('secret/{project_id}/of/{user_id}/*');
  // @ts-expect-error a claim that tokens of jobs have not
  expect(tag`secret/${'projekt_id'}/*`).toBe('secret/{projekt_id}/*');
});
