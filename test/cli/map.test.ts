// `idp map`: the page and the same as JSON.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccessMap } from '../../src/catalog/map.ts';
import { run } from './run.ts';

const CATALOG = join(import.meta.dirname, '../report/map-catalog.yaml');
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'idp-map-'));
});

afterAll(async () => {
  await rm(home, { recursive: true });
});

describe('idp map', () => {
  it('says the same as JSON', async () => {
    const { status, stdout } = await run(['map', CATALOG, '--json']);
    expect(status).toBe(0);
    const { entries, groups } = JSON.parse(stdout) as AccessMap;
    expect(groups).toEqual([]);
    expect(entries.map(({ name }) => name)).toEqual([
      'api-staging',
      'api-production',
      'data-science',
      'whole-organization',
      'deploy',
    ]);
    expect(entries[1]).toEqual({
      name: 'api-production',
      environments: ['production'],
      admits: [
        {
          issuer: 'gitlab',
          iss: 'https://gitlab.example.com',
          profile: 'gitlab-id-token',
          variants: ['job'],
          wholeOrganization: false,
          claims: [
            { claim: 'project_id', equals: ['22'], like: [] },
            { claim: 'ref_type', equals: ['branch'], like: [] },
            { claim: 'ref_protected', equals: ['true'], like: [] },
            { claim: 'ref', equals: [], like: ['auto-deploy-*'] },
          ],
          exampleSubject: 'project_path:x/x:ref_type:branch:ref:auto-deploy-',
        },
      ],
      vault: {
        mount: 'jwt-gitlab',
        role: 'api-production',
        audiences: ['vault.hashicorp.com'],
        policies: ['api-production'],
        paths: [{ path: 'secret/data/api/production/*', capabilities: ['read'] }],
        ttl: 300,
        life: { kind: 'seconds', seconds: 300 },
      },
    });
    expect(entries[2]).toMatchObject({
      environments: ['staging', 'production'],
      aws: {
        role: 'data-science',
        managed: ['ReadOnlyAccess'],
        inline: [
          {
            name: 'map-policy',
            statements: [
              { effect: 'Allow', actions: ['s3:GetObject', 's3:ListBucket'], conditional: false },
              { effect: 'Deny', actions: ['s3:DeleteObject'], resources: ['*'] },
            ],
          },
        ],
        boundary: null,
        session: 7200,
      },
      vault: { policies: ['default', 'data-read'], life: { kind: 'seconds', seconds: 14_400 } },
    });
    expect(entries[3]).toMatchObject({ admits: [{ wholeOrganization: true }], aws: { boundary: 'ViewOnlyAccess' } });
  });

  it('has the tokens beside an entry, and groups', async () => {
    const catalog = join(home, 'access.yaml');
    await writeFile(
      catalog,
      `issuers:
  ona: { profile: ona-v3, vault_mount: jwt }
  ona-v2: { profile: ona-v2, vault_mount: jwt-v2 }
  gl: { profile: gitlab-id-token, url: https://gitlab.example.com }
access:
  both:
    issuer: ona
    admit: { organization_id: o, project_id: p }
    also: [{ issuer: ona-v2, admit: { sub: { like: "org:o/prj:p/*" } } }]
    aws: { managed: [ReadOnlyAccess] }
  jobs:
    issuer: gl
    admit: { project_id: "22" }
    vault: { policies: [p], groups_claim: groups_direct, user_claim: user_id }
groups:
  devs: { issuer: gl, member_of: acme/devs, vault: { read: ["secret/devs/*"], kv: 2 } }
`,
    );
    const { entries, groups } = JSON.parse((await run(['map', catalog, '--json'])).stdout) as AccessMap;
    expect(entries[0]?.admits.map(({ issuer }) => issuer)).toEqual(['ona', 'ona-v2']);
    expect(groups).toEqual([
      {
        name: 'devs',
        issuer: 'gl',
        mount: 'jwt-gl',
        memberOf: 'acme/devs',
        environments: [],
        policies: [],
        paths: [{ path: 'secret/data/devs/*', capabilities: ['read'] }],
      },
    ]);
    const page = (await run(['map', catalog, '-o', '-'])).stdout;
    expect(page).toContain('acme/devs');
    expect(page).toContain('<p class="or">or</p>');
  });

  it('needs nothing but itself', async () => {
    const { stdout } = await run(['map', CATALOG, '-o', '-']);
    expect(stdout.startsWith('<!doctype html>')).toBe(true);
    expect(stdout).not.toMatch(/<(?:link|img|iframe|object)\b|\bsrc=|url\(|@import/);
    expect(stdout).toContain(`default-src &#39;none&#39;`);
  });

  it('writes where it is told, and says what is wrong', async () => {
    const file = join(home, 'map.html');
    const { status, stderr } = await run(['map', CATALOG, '--output', file]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: `${file}: 5 entries\n` });
    expect(await readFile(file, 'utf8')).toContain('<title>Who can reach what: map-catalog.yaml</title>');
    const nowhere = await run(['map', CATALOG, '-o', join(home, 'no', 'map.html')]);
    expect(nowhere).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('cannot be written: ENOENT') as string,
    });
    const none = await run(['map', join(home, 'none.yaml')]);
    expect(none).toMatchObject({ status: 2, stderr: expect.stringContaining('there is no file') as string });
  });
});
