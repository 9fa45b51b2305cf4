import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeMistakes, loadCatalog } from '../../src/catalog/load.ts';
import { directory } from '../workload/support/files.ts';

async function load(files: Readonly<Record<string, string>>, name = 'access.yaml') {
  await using home = await directory();
  await mkdir(join(home.path, 'policies'));
  for (const [file, text] of Object.entries(files)) await writeFile(join(home.path, file), text);
  const loaded = loadCatalog(join(home.path, name));
  if (loaded.ok) return { plan: loaded.plan, text: '' };
  return { plan: undefined, text: describeMistakes('access.yaml', loaded.mistakes).replaceAll(home.path, '') };
}

const POLICY = '{ "Version": "2012-10-17", "Statement": [] }';

/** The catalog of design.md. */
const DESIGN = `issuers:
  ona:    { profile: ona-v3, url: https://app.gitpod.io, sub_fields: [creator_email] }
  gitlab: { profile: gitlab-job-jwt, iss: gitlab.example.com, jwks_url: https://gitlab.example.com/-/jwks }
access:
  api-staging:
    issuer: gitlab
    admit: { project_id: "22", ref_type: branch, ref: main }
    vault: { read: ["secret/myproject/staging/*"], kv: 1, ttl: 60s }
  api-production:
    issuer: gitlab
    admit: { project_id: "22", ref_type: branch, ref_protected: "true", ref: { like: "auto-deploy-*" } }
    vault: { policies: [api-production], explicit_max_ttl: 60s }
  per-project:
    issuer: gitlab
    admit: { project_path: [mygroup/api, mygroup/web] }
    vault: { read: ["secret/{project_path}/*"] }
  data-science:
    issuer: ona
    admit: { organization_id: 0191e223-1111, project_id: 019527e4-2222 }
    aws: { managed: [ReadOnlyAccess], inline: ./policies/data.json, session: 1h }
    vault: { policies: [data-read], ttl: 1h, max_ttl: 4h }
  whole-organization:
    issuer: ona
    scope: organization
    admit: { organization_id: 0191e223-1111 }
    aws: { managed: [ReadOnlyAccess] }
`;

describe('loadCatalog', () => {
  it('plans the catalog of the design', async () => {
    const { plan, text } = await load({ 'access.yaml': DESIGN, 'policies/data.json': POLICY });
    expect(text).toBe('');
    expect(plan?.issuers.map(({ name, vaultMount, profile }) => [name, vaultMount, profile.profile])).toEqual([
      ['ona', 'jwt-ona', 'ona-v3'],
      ['gitlab', 'jwt-gitlab', 'gitlab-job-jwt'],
    ]);
    expect(plan?.access.map(({ name, issuer, admission }) => [name, issuer.name, admission.scope])).toEqual([
      ['api-staging', 'gitlab', 'workload'],
      ['api-production', 'gitlab', 'workload'],
      ['per-project', 'gitlab', 'workload'],
      ['data-science', 'ona', 'workload'],
      ['whole-organization', 'ona', 'organization'],
    ]);
    expect(plan?.access[1]).toMatchObject({
      args: { claims: { project_id: { equals: ['22'] }, ref: { like: ['auto-deploy-*'] } } },
      vault: { policies: ['api-production'], explicitMaxTtl: 60 },
    });
    expect(plan?.access[3]).toMatchObject({
      aws: { managed: ['ReadOnlyAccess'], inline: { data: JSON.stringify(JSON.parse(POLICY)) }, session: 3600 },
      vault: { policies: ['data-read'], ttl: 3600, maxTtl: 14_400 },
    });
  });

  it('says everything that is wrong at once, in the order of the lines, with what to do', async () => {
    const { text } = await load({
      'access.yaml': `issuers:
  ona: { profile: ona-v3, url: http://app.gitpod.io }
  gl: { profile: gitlab-job-jwt, iss: g }
access:
  one: { issuer: gl, admit: { projectid: "22" }, vault: { read: [secret/*], ttl: 1m } }
  two: { issuer: gll, admit: { project_id: "22" }, vault: { policies: [p] } }
  three: { issuer: gl, admit: { project_id: 22 }, vault: { policies: [p] } }
  four: { issuer: gl, admit: { project_id: "22" } }
  five: { issuer: gl, admit: { project_id: "22" }, aws: { managed: [ReadOnlyAccess] } }
  six: { issuer: ona, admit: { organization_id: o }, vault: { policies: [root] } }
`,
    });
    expect(text.split('\n').filter((line) => !line.startsWith('    '))).toEqual([
      expect.stringMatching(/^access.yaml:2:27: issuers.ona.url: an issuer URL begins with https/),
      expect.stringMatching(/^access.yaml:5:31: access.one.admit.projectid: .*no claim `projectid`/),
      expect.stringMatching(/^access.yaml:5:66: access.one.vault.read.0: `secret\/\*` is a whole secrets engine/),
      expect.stringMatching(/^access.yaml:6:10: access.two.issuer: there is no issuer `gll`/),
      expect.stringMatching(/^access.yaml:7:33: access.three.admit.project_id: claims are strings/),
      expect.stringMatching(/^access.yaml:8:3: access.four: this entry gets nothing/),
      expect.stringMatching(/^access.yaml:9:11: access.five.issuer: `g` is no URL, so it cannot be an OIDC provider/),
      expect.stringMatching(/^access.yaml:10:23: access.six.admit: this admits everything in the organization/),
      expect.stringMatching(/^access.yaml:10:63: access.six.vault.policies: `root` may do everything/),
    ] as string[]);
    expect(text).toContain('\n    did you mean project_id?\n');
    expect(text).toContain('\n    did you mean gl?\n');
  });

  it('checks what an entry would get although who gets it is not readable', async () => {
    const { text } = await load({
      'access.yaml':
        'issuers: { gl: { profile: gitlab-job-jwt, iss: g } }\naccess:\n  a: { issuer: gl, admit: { nope: x }, vault: { read: [sys/x], ttl: 2h, max_ttl: 1h } }\n',
    });
    expect(text).toMatch(/no claim `nope`/);
    expect(text).toMatch(/part of Vault itself/);
    expect(text).toMatch(/`ttl` is longer than `max_ttl`/);
  });

  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ['a file that is not there', {}, /^access.yaml:1:1: there is no file \/access.yaml$/],
    [
      'a policy that is not there',
      { 'access.yaml': DESIGN },
      /^access.yaml:20:39: access.data-science.aws.inline: there is no file \/policies\/data.json$/,
    ],
    [
      'a policy that is no JSON',
      { 'access.yaml': DESIGN, 'policies/data.json': '{' },
      /access.data-science.aws.inline: .\/policies\/data.json is no JSON/,
    ],
    [
      'a policy without statements',
      { 'access.yaml': DESIGN, 'policies/data.json': '[]' },
      /.\/policies\/data.json is no IAM policy: it has no Statement/,
    ],
    [
      'a CA that is not there',
      { 'access.yaml': 'issuers: { a: { profile: ona-v3, ca_file: ca.pem } }\naccess: {}\n' },
      /^access.yaml:1:34: issuers.a.ca_file: there is no file \/ca.pem$/,
    ],
    ['malformed YAML', { 'access.yaml': 'issuers: {' }, /^access.yaml:1:\d+: this is no YAML/],
  ])('says of %s what is wrong', async (_, files, message) => {
    expect((await load(files)).text).toMatch(message);
  });

  it('says of a directory, and of a file that may not be read, that it cannot be read', async () => {
    expect((await load({}, 'policies')).text).toMatch(/cannot be read: EISDIR/);
    if (process.getuid?.() === 0) return;
    await using home = await directory();
    const file = join(home.path, 'secret.yaml');
    await writeFile(file, 'x');
    await chmod(file, 0);
    expect(loadCatalog(file)).toMatchObject({ ok: false, mistakes: [{ message: `${file} cannot be read: EACCES` }] });
  });

  it('takes a CA into the plan', async () => {
    const { plan } = await load({
      'access.yaml': 'issuers: { a: { profile: ona-v3, ca_file: ca.pem } }\naccess: {}\n',
      'ca.pem': 'PEM',
    });
    expect(plan?.issuers[0]?.ca).toBe('PEM');
  });
});
