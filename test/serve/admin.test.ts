/** Administrators in the configuration: who of which issuer is let in, and what is wrong with it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkConfigFile } from '../../src/serve/check.ts';
import { describePlaced, parseConfig } from '../../src/serve/config.ts';
import { temporaryDirectory } from './directory.ts';
import { CONFIG } from './running.ts';

const AUDIENCES = ['https://tokens.example.com/admin'];
const OWN = { issuer: 'https://sso.acme.example', audiences: AUDIENCES, admit: { groups: 'platform' } };
const GITHUB = { profile: 'github', audiences: AUDIENCES, admit: { repository_id: '42' } };
const ONA = { profile: 'ona-v3', audiences: AUDIENCES, admit: { organization_id: 'o-1', project_id: 'p-1' } };

function configWith(oidc: object): string {
  return CONFIG.replace('token_sha256', `oidc: ${JSON.stringify(oidc)}, token_sha256`);
}

function problems(oidc: object): string[] {
  const read = parseConfig(configWith(oidc), '/etc/idp');
  return read.ok ? [] : read.problems.map((found) => describePlaced('issuer.yaml', found).replace(/^[^ ]+ /, ''));
}

function admitted(entry: object) {
  const read = parseConfig(configWith({ ops: entry }), '/etc/idp');
  return read.ok ? read.value.admin.issuers : read.problems;
}

describe('an issuer of administrators', () => {
  it.each<[string, object, object]>([
    [
      'by its `iss`',
      { ...OWN, role: 'reader', ca_file: 'ca.pem' },
      {
        allowAddresses: [],
        caFile: '/etc/idp/ca.pem',
        upstream: {
          name: 'ops',
          issuer: OWN.issuer,
          audiences: AUDIENCES,
          algorithms: ['RS256', 'ES256'],
          admit: [{ claim: 'groups', anyOf: [{ equals: 'platform' }] }],
          role: 'reader',
        },
      },
    ],
    [
      'by its profile',
      GITHUB,
      {
        upstream: {
          issuer: 'https://token.actions.githubusercontent.com',
          algorithms: ['RS256'],
          admit: [{ claim: 'repository_id', anyOf: [{ equals: '42' }] }],
          role: 'admin',
        },
      },
    ],
    [
      'by a profile with several kinds of tokens, of which one is meant',
      ONA,
      {
        upstream: {
          issuer: 'https://app.gitpod.io',
          admit: [
            { claim: 'organization_id' },
            { claim: 'project_id' },
            { claim: 'environment_id', anyOf: [{ like: '*' }] },
          ],
        },
      },
    ],
    [
      'by a profile with a URL, keys elsewhere and patterns',
      {
        profile: 'gitlab-id-token',
        url: 'https://gitlab.acme.example',
        jwks_url: 'https://gitlab.internal:8443/keys',
        audiences: AUDIENCES,
        admit: { sub: { like: 'project_path:acme/api:*' } },
      },
      { upstream: { issuer: 'https://gitlab.acme.example', jwksUrl: 'https://gitlab.internal:8443/keys' } },
    ],
    [
      'for a whole organization that says so',
      { ...GITHUB, admit: { repository_owner_id: '7' }, scope: 'organization' },
      { upstream: { admit: [{ claim: 'repository_owner_id' }] } },
    ],
  ])('is read %s', (_what, entry, expected) => {
    expect(admitted(entry)).toMatchObject([expected]);
  });

  it.each<[string, object, RegExp]>([
    ['without issuer and profile', { ...OWN, issuer: undefined }, /ops: needs either `profile` or `issuer`/],
    ['with both', { ...OWN, profile: 'github' }, /ops: needs either `profile` or `issuer`/],
    ['without audiences', { ...OWN, audiences: undefined }, /ops\.audiences: `audiences` is missing/],
    ['without claims', { ...OWN, admit: {} }, /ops\.admit: without claims every tenant/],
    [
      'of a known issuer without its profile',
      { ...OWN, issuer: 'https://token.actions.githubusercontent.com' },
      /ops\.issuer: .*write `profile: github` instead/,
    ],
    ['with a variant without a profile', { ...OWN, variant: 'user' }, /ops\.variant: only the tokens of a `profile`/],
    ['with a scope without a profile', { ...OWN, scope: 'organization' }, /ops\.scope: only the tokens of a `profile`/],
    ['with a role that is none', { ...OWN, role: 'root' }, /ops\.role: there is no `root` here/],
    ['with a shared secret', { ...OWN, algorithms: ['HS256'] }, /ops\.algorithms\.0: there is no `HS256` here/],
    [
      'that is misspelt',
      { ...OWN, audience: ['a'] },
      /ops\.audience: there is no such setting \(did you mean audiences/,
    ],
    ['of no profile', { ...GITHUB, profile: 'githubb' }, /ops\.profile: there is no `githubb` here/],
    [
      'with a misspelt claim',
      { ...GITHUB, admit: { repositry_id: '42' } },
      /ops\.admit\.repositry_id: .*no claim.*did you mean repository_id/,
    ],
    ['without a tenant', { ...GITHUB, admit: { ref: 'refs/heads/main' } }, /ops\.admit: nothing here binds a tenant/],
    [
      'with a wildcard in the tenant',
      { ...GITHUB, admit: { repository: { like: 'acme*' } } },
      /ops\.admit\.repository: `acme\*` also matches other tenants/,
    ],
    [
      'of a whole organization',
      { ...GITHUB, admit: { repository_owner_id: '7' } },
      /ops\.admit: this admits everything in the organization/,
    ],
    [
      'with a value that cannot be',
      { ...GITHUB, admit: { repository_id: 'x' } },
      /ops\.admit\.repository_id: `x` can never be a value/,
    ],
    [
      'with a subject that cannot be',
      { ...GITHUB, admit: { sub: 'acme/api' } },
      /ops\.admit\.sub: `acme\/api` can never be the `sub`/,
    ],
    ['with a scope that is none', { ...GITHUB, scope: 'all' }, /ops\.scope: there is no scope `all`/],
    [
      'with a variant that is none',
      { ...ONA, variant: 'robot' },
      /ops\.variant: tokens of ona-v3 have no variant `robot`/,
    ],
    [
      'with a setting of another profile',
      { ...GITHUB, iss: 'github.com' },
      /ops\.iss: the profile github has no setting `iss`/,
    ],
    [
      'whose tokens are for nobody',
      { profile: 'gitlab-job-jwt', iss: 'gitlab.acme.example', audiences: AUDIENCES, admit: { project_id: '1' } },
      /ops\.profile: tokens of gitlab-job-jwt are meant for nobody/,
    ],
  ])('%s is refused', (_what, entry, message) => {
    expect(problems({ ops: entry })).toEqual([expect.stringMatching(message)]);
  });

  it('is refused with everything that is wrong with it at once', () => {
    const entry = { profile: 'gitlab-id-token', url: 'http://x', admit: { project: '1', ref: 'main' }, role: 'root' };
    expect(problems({ 'The Ops': entry }).map((line) => line.split(': ', 1)[0])).toEqual([
      'admin.oidc.The Ops.audiences',
      'admin.oidc.The Ops',
      'admin.oidc.The Ops.url',
      'admin.oidc.The Ops.admit.project',
      'admin.oidc.The Ops.role',
    ]);
  });

  it('has its authority checked before it is needed', async () => {
    const directory = await temporaryDirectory();
    const file = join(directory, 'issuer.yaml');
    await writeFile(file, configWith({ ops: { ...OWN, ca_file: 'none.pem' } }));
    const checked = await checkConfigFile(file);
    expect(checked.ok ? [] : checked.problems.map(({ path }) => path.join('.'))).toEqual(['admin.oidc.ops.ca_file']);
  });

  it('will do without a static token', () => {
    const read = parseConfig(configWith({ ops: OWN }).replace(/, token_sha256: [0-9a-f]+/, ''), '/etc/idp');
    expect(read.ok && read.value.admin).toMatchObject({ token: undefined, issuers: [{ upstream: { name: 'ops' } }] });
  });
});
