import { describe, expect, it } from 'vitest';
import { lint } from '../../src/lint/lint.ts';
import { type LintOptions, readTenant } from '../../src/lint/options.ts';
import type { Resource } from '../../src/trust/resource.ts';
import { ONA, mount, onSubject, place, policyOf, role, statement, vaultRole, verdictOf } from './resources.ts';

const SAFE = 'repo:acme@1/api@2:ref:refs/heads/main';
const GITHUB_ISS = 'https://token.actions.githubusercontent.com';

const tenants = (...written: readonly string[]): LintOptions => ({
  tenants: written.flatMap((one) => readTenant(one) ?? []),
});

const foundBy = (rule: string, resources: readonly Resource[], options: LintOptions) =>
  lint(resources, options).findings.filter((one) => one.rule === rule);

describe('foreign-tenant', () => {
  it.each<[string, Resource[], LintOptions]>([
    ['another name', [onSubject('StringEquals', 'repo:evil@1/api@2:ref:refs/heads/main')], tenants('acme')],
    ['another id', [onSubject('StringEquals', SAFE)], tenants('2')],
    [
      'a name that begins the same',
      [onSubject('StringEquals', 'repo:acme-x@1/a@2:ref:refs/heads/main')],
      tenants('acme'),
    ],
    ['an owner whose name is the id', [onSubject('StringEquals', 'repo:1@7/api@2:ref:refs/heads/main')], tenants('1')],
    ['one of several', [onSubject('StringEquals', [SAFE, 'repo:evil@3/api@4:ref:refs/heads/main'])], tenants('acme')],
    ['a tenant of another issuer’s', [onSubject('StringEquals', SAFE)], tenants(`https://${ONA}=acme`)],
    ['nobody is allowed', [onSubject('StringEquals', SAFE)], { tenants: [] }],
    [
      'an organization of Ona’s',
      [onSubject('StringEquals', 'organization_id:o-2:project_id:p', { host: ONA })],
      tenants('o-1'),
    ],
    [
      'an issuer of which nothing is known',
      [onSubject('StringEquals', 'organization:acme2:x', { host: 'idp.example.org' })],
      tenants('organization:acme'),
    ],
    [
      'at Vault',
      [mount(), vaultRole({ bound_claims: { project_path: 'evil/api' }, user_claim: 'sub' })],
      tenants('acme'),
    ],
    [
      'names alone, where an id is allowed',
      [role(policyOf(statement({ StringEquals: { repository: 'acme/api' } })))],
      tenants('1'),
    ],
  ])('finds %s', (_, resources, options) => {
    const [finding, ...others] = foundBy('foreign-tenant', resources, options);
    expect(others).toEqual([]);
    expect(finding?.severity).toBe('critical');
    if (finding !== undefined) expect(verdictOf(resources, finding)).toBe(true);
  });

  it.each<[string, Resource[], LintOptions]>([
    ['nobody says who', [onSubject('StringEquals', 'repo:evil@1/api@2:ref:refs/heads/main')], {}],
    ['a name', [onSubject('StringEquals', SAFE)], tenants('acme')],
    ['an id', [onSubject('StringEquals', SAFE)], tenants('1')],
    ['a name at that issuer', [onSubject('StringEquals', SAFE)], tenants(`${GITHUB_ISS}=acme`)],
    ['a pattern within', [onSubject('StringLike', 'repo:acme@1/*:ref:refs/heads/main')], tenants('acme')],
    [
      'Gitpod Classic, by the owner’s address',
      [onSubject('StringLike', 'https://github.com/acme/*', { host: 'services.acme.gitpod.cloud/idp' })],
      tenants('https://github.com/acme'),
    ],
    [
      'an organization of Ona’s older tokens',
      [onSubject('StringLike', 'org:o-1/prj:p/env:*', { host: ONA })],
      tenants('o-1'),
    ],
    ['what is open, of which another rule tells', [onSubject('StringLike', 'repo:*')], tenants('acme')],
    [
      'an organization of Ona’s',
      [onSubject('StringEquals', 'organization_id:o-1:project_id:p', { host: ONA })],
      tenants('o-1'),
    ],
    [
      'an issuer of which nothing is known',
      [onSubject('StringEquals', 'organization:acme:x', { host: 'idp.example.org' })],
      tenants('organization:acme'),
    ],
    [
      'at Vault',
      [mount(), vaultRole({ bound_claims: { project_path: 'acme/api' }, user_claim: 'sub' })],
      tenants('acme'),
    ],
  ])('lets be: %s', (_, resources, options) => {
    expect(foundBy('foreign-tenant', resources, options)).toEqual([]);
  });

  it('judges policies that differ in the tenant alone each by its own', () => {
    const roles = ['acme@1', 'evil@9', 'acme@1', 'wrong@8'].map((owner, at) => ({
      ...onSubject('StringEquals', `repo:${owner}/api@2:ref:refs/heads/main`),
      place: place(`role ${at}`),
    }));
    const found = foundBy('foreign-tenant', roles, tenants('acme')).map((finding) => finding.place.resource);
    expect(found).toEqual(['role 1', 'role 3']);
  });

  it.each([
    ['acme', { tenant: 'acme' }],
    ['gitlab.example.com=acme', { issuer: 'gitlab.example.com', tenant: 'acme' }],
    ['=acme', undefined],
    ['x=', undefined],
    ['', undefined],
    ['a b', undefined],
  ])('reads %j', (written, expected) => {
    expect(readTenant(written)).toEqual(expected);
  });
});

describe('life-over-maximum', () => {
  const safe = policyOf(statement({ StringEquals: { sub: SAFE } }));
  const boundary = 'arn:aws:iam::123456789012:policy/cap';
  const issuer = (life: number): Resource => ({ kind: 'issuer', place: place('issuer'), life });

  it.each<[string, Resource[], LintOptions['maximum'], string[]]>([
    [
      'a session',
      [role(safe, { session: 7200, boundary })],
      { session: 3600 },
      ['sessions live up to 7200 s, and 3600 s is the most'],
    ],
    [
      'a session that is declared',
      [role(safe, { session: 7200, declared: { session: true } })],
      { session: 3600 },
      ['sessions live up to 7200 s, and 3600 s is the most'],
    ],
    ['a session by default', [role(safe)], { session: 1800 }, ['sessions live up to 3600 s, and 1800 s is the most']],
    ['a session of the same length', [role(safe, { session: 3600 })], { session: 3600 }, []],
    [
      'a role of another service',
      [
        role(
          {
            Version: '2012-10-17',
            Statement: [
              { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'ecs-tasks.amazonaws.com' } },
            ],
          },
          { session: 7200 },
        ),
      ],
      { session: 3600 },
      [],
    ],
    [
      'a token of Vault',
      [mount(), vaultRole({ token_explicit_max_ttl: 901 })],
      { vaultToken: 900 },
      ['Vault tokens live up to 901 s, and 900 s is the most'],
    ],
    ['a short token of Vault', [mount(), vaultRole({ token_explicit_max_ttl: 900 })], { vaultToken: 900 }, []],
    [
      'a batch token',
      [mount(), vaultRole({ token_type: 'batch', token_ttl: '2h' })],
      { vaultToken: 900 },
      ['Vault tokens live up to 7200 s, and 900 s is the most'],
    ],
    ['an issuer’s token', [issuer(601)], { token: 600 }, ['tokens live up to 601 s, and 600 s is the most']],
    ['nobody says how long', [role(safe, { session: 43_200 }), issuer(9999)], {}, []],
  ])('of %s', (_, resources, maximum, expected) => {
    const found = foundBy('life-over-maximum', resources, { maximum: maximum ?? {} });
    expect(found.map(({ message }) => message)).toEqual(expected);
  });
});
