import { describe, expect, it } from 'vitest';
import { describeProblem } from '../../../src/claims/problem.ts';
import type { IssuerProfile } from '../../../src/claims/profile.ts';
import { gitlabIdToken, gitlabJobJwt } from '../../../src/claims/profiles/gitlab.ts';
import { onaV3 } from '../../../src/claims/profiles/ona-v3.ts';
import type { VaultGrantArgs } from '../../../src/trust/vault/grant.ts';
import { checkPaths, compilePaths, pathRules, renderPolicy } from '../../../src/trust/vault/path.ts';
import { admission, claimsOf } from '../admissions.ts';

const job = gitlabJobJwt({ iss: 'gitlab.example.com' });

type Bounds = Readonly<Record<string, string | readonly string[]>>;

const compile = (bounds: Bounds, grant: VaultGrantArgs, issuer: IssuerProfile = job) =>
  compilePaths(admission(issuer, { claims: claimsOf(bounds) }), grant);

describe('checkPaths', () => {
  it.each([
    'secret/myproject/staging/*',
    'secret/myproject/staging/db',
    'kv/team/{project_id}/*',
    'secret/{project_id}',
    'secret/a.b-c_d/1',
    'secret/sys/x',
  ])('takes %s', (path) => {
    expect(checkPaths({ read: [path] })).toEqual([]);
  });

  it.each([
    ['', /is empty/],
    ['/secret/x', /begins with a slash/],
    ['secret/x y', /holds a character/],
    ['secret/x"}\npath "*', /holds a character/],
    ['secret/x#y', /holds a character/],
    ['secret/${x}', /holds a character/],
    ['secret/+/x', /holds `\+`/],
    ['secret/*/x', /a `\*` that is not at its end/],
    ['secret/**', /a `\*` that is not at its end/],
    ['secret/x*', /merely begin like this/],
    ['secret/{project_id}*', /merely begin like this/],
    ['*', /whole secrets engine/],
    ['secret', /whole secrets engine/],
    ['secret/', /whole secrets engine/],
    ['secret/*', /whole secrets engine/],
    ['sys/policies/*', /part of Vault itself/],
    ['auth/token/create', /part of Vault itself/],
    ['identity/entity/*', /part of Vault itself/],
    ['secret/../sys/x', /segment of dots/],
    ['secret/./x', /segment of dots/],
    ['secret/{project_id', /brace without its partner/],
    ['secret/project_id}/x', /brace without its partner/],
    ['secret//x', /empty segment/],
  ])('refuses %j', (path, message) => {
    for (const grant of [{ read: ['secret/fine/x', path] }, { write: ['secret/fine/x', path] }]) {
      const [found, ...more] = checkPaths(grant);
      expect(found?.message).toMatch(message);
      expect(found?.path).toEqual(['vault', Object.keys(grant)[0], 1]);
      expect(more).toEqual([]);
    }
  });

  it.each([0, 3, 1.5])('refuses version %d of the KV engine', (kv) => {
    expect(checkPaths({ read: ['secret/x/*'], kv })).toMatchObject([{ path: ['vault', 'kv'] }]);
  });
});

describe('compilePaths', () => {
  it.each<[string, Bounds, string]>([
    ['an id that is always there', { project_id: '22', ref: 'main' }, 'secret/{job_id}/*'],
    ['an id in several places', { project_id: '22' }, 'secret/{project_id}/{namespace_id}/*'],
    [
      'a path that is bound to exact values',
      { project_path: ['mygroup/api', 'mygroup/web'] },
      'secret/{project_path}/*',
    ],
    ['a name that is bound to one value', { project_id: '22', ref: 'main' }, 'secret/{ref}/x'],
  ])('takes %s', (_, bounds, path) => {
    expect(compile(bounds, { read: [path] })).toMatchObject({ ok: true });
  });

  it.each<[string, Bounds, string, RegExp]>([
    ['part of a segment', { project_id: '22' }, 'secret/p-{project_id}/*', /`\{project_id\}` must be a whole segment/],
    ['the beginning of a segment', { project_id: '22' }, 'secret/{project_id}-x/*', /must be a whole segment/],
    ['the mount', { project_id: '22' }, '{project_id}/x', /must be a whole segment/],
    ['a template of Vault’s own', { project_id: '22' }, 'secret/{{identity.entity.id}}/*', /must be a whole segment/],
    [
      'an unknown claim',
      { project_id: '22' },
      'secret/{project_idd}/*',
      /no claim `project_idd` \(did you mean project_id\?\)/,
    ],
    ['no claim at all', { project_id: '22' }, 'secret/{}/*', /no claim ``/],
    ['what every object has', { project_id: '22' }, 'secret/{constructor}/*', /no claim `constructor`/],
    ['a claim with slashes', { project_id: '22' }, 'secret/{project_path}/*', /may hold a slash/],
    ['the same by a pattern', { project_path: '~mygroup/api/*' }, 'secret/{project_path}/*', /may hold a slash/],
    ['an address, which may hold anything', { project_id: '22' }, 'secret/{user_email}/*', /may hold a slash/],
    [
      'what the user chooses',
      { project_id: '22' },
      'secret/{deployment_tier}/*',
      /chosen by whoever starts the workload/,
    ],
    [
      'a name that can be reused',
      { project_id: '22' },
      'secret/{user_login}/*',
      /a name that somebody else can have later/,
    ],
    [
      'a value that would widen the path',
      { project_id: '22', environment: 'review+x/*'.replace('*', '') },
      'secret/{environment}/*',
      /the value `review\+x\/` of `environment` would widen the path/,
    ],
    [
      'a value that climbs',
      { project_id: '22', environment: '../x' },
      'secret/{environment}/*',
      /would widen the path/,
    ],
  ])('refuses %s', (_, bounds, path, message) => {
    const compiled = compile(bounds, { read: ['secret/fine/*', path] });
    expect(compiled.ok ? [] : compiled.problems).toMatchObject([
      { path: ['vault', 'read', 1], message: expect.stringMatching(/./) as string },
    ]);
    expect(compiled.ok ? [] : compiled.problems.map(describeProblem)).toEqual([expect.stringMatching(message)]);
  });

  it('refuses an id that is there only sometimes, unless it is bound', () => {
    const bounds = { organization_id: 'o', creator_id: 'c' };
    const grant = { read: ['secret/{project_id}/*'] };
    const compiled = compile(bounds, grant, onaV3());
    expect(compiled.ok ? [] : compiled.problems[0]?.message).toMatch(/there only when the environment is in a project/);
    expect(compile({ creator_id: 'c', project_id: '~p*' }, grant, onaV3())).toMatchObject({ ok: true });
    expect(compile({ organization_id: 'o', project_id: ['p', 'q'] }, grant, onaV3())).toMatchObject({
      ok: true,
    });
  });

  it('refuses a claim that is no string, or not at the top level', () => {
    const gitlab = gitlabIdToken({ url: 'https://g' });
    const lists = compile({ project_id: '22' }, { read: ['secret/{groups_direct}/*'] }, gitlab);
    expect(lists.ok ? [] : lists.problems[0]?.message).toMatch(/cannot stand in a path/);
    const field = 'environment_initializers.context_url';
    const ona = onaV3({ subFields: [field] });
    const deep = compile({ organization_id: 'o', project_id: 'p' }, { read: [`secret/{${field}}/*`] }, ona);
    expect(deep.ok ? [] : deep.problems[0]?.message).toMatch(/cannot stand in a path/);
  });

  it('says which claims must be mapped, each once', () => {
    const grant = {
      read: ['secret/{project_id}/*', 'secret/{project_id}/{namespace_id}'],
      write: ['secret/w/{job_id}/*'],
    };
    expect(compile({ project_id: ['22', '23'] }, grant)).toMatchObject({
      ok: true,
      value: { claims: ['project_id', 'namespace_id', 'job_id'] },
    });
  });

  it('writes a claim with one value down, for metadata is the entity’s and not the role’s', () => {
    expect(compile({ project_id: '22', ref: ['a', 'b'] }, { read: ['secret/{project_id}/{ref}/*'] })).toEqual({
      ok: true,
      value: { rules: [{ path: 'secret/22/{ref}/*', capabilities: ['read'] }], claims: ['ref'] },
    });
  });
});

describe('the policy', () => {
  const rules = (grant: VaultGrantArgs) =>
    pathRules(grant).map(({ path, capabilities }) => `${path} ${capabilities.join()}`);

  it('has what each path is for', () => {
    expect(rules({ read: ['secret/a/*'], write: ['secret/b/x'] })).toEqual([
      'secret/a/* read',
      'secret/b/x create,update',
    ]);
  });

  it('puts data/ behind the mount for version 2', () => {
    expect(rules({ read: ['secret/a/*', 'kv/x'], kv: 2 })).toEqual(['secret/data/a/* read', 'kv/data/x read']);
    expect(rules({ read: ['secret/a/*'], kv: 1 })).toEqual(['secret/a/* read']);
  });

  it('is HCL in which claims are the metadata of the mount’s alias', () => {
    expect(
      renderPolicy(pathRules({ read: ['secret/{project_id}/{job_id}/*'], write: ['secret/b/x'] }), 'auth_jwt_1'),
    ).toBe(
      'path "secret/{{identity.entity.aliases.auth_jwt_1.metadata.project_id}}/{{identity.entity.aliases.auth_jwt_1.metadata.job_id}}/*" {\n' +
        '  capabilities = ["read"]\n}\n\npath "secret/b/x" {\n  capabilities = ["create", "update"]\n}\n',
    );
  });
});
