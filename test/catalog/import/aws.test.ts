import { describe, expect, it } from 'vitest';
import { importAwsRole } from '../../../src/catalog/import/aws.ts';
import { compileAtAws } from '../../../src/catalog/compile.ts';
import { admissionsOf } from '../../../src/catalog/planned.ts';
import { known, planned } from './known.ts';

const ARN = 'arn:aws:iam::123456789012:oidc-provider/';
const AUD = { 'app.gitpod.io:aud': 'sts.amazonaws.com' };
const V3 = 'organization_id:o:project_id:p';

interface Given {
  readonly issuer?: string;
  readonly action?: unknown;
  readonly principal?: unknown;
  readonly effect?: string;
}

function statement(condition: object, { issuer = 'app.gitpod.io', action, principal, effect = 'Allow' }: Given = {}) {
  return {
    Effect: effect,
    Principal: principal ?? { Federated: `${ARN}${issuer}` },
    Action: action ?? 'sts:AssumeRoleWithWebIdentity',
    Condition: condition,
  };
}

const role = (...statements: object[]) =>
  importAwsRole(
    {
      name: 'Deploy',
      trustPolicy: { Version: '2012-10-17', Statement: statements },
      managed: ['arn:aws:iam::aws:policy/ReadOnlyAccess', 'arn:aws:iam::123456789012:policy/own'],
      inline: { read: '{"Statement":[]}' },
      boundary: 'arn:aws:iam::123456789012:policy/boundary',
      session: 7200,
      path: '/ci/',
    },
    'deploy',
    known(),
  );

describe('importAwsRole', () => {
  it('takes over what the role may do, with its name and path', () => {
    const imported = role(statement({ StringEquals: { ...AUD, 'app.gitpod.io:sub': V3 } }));
    expect(imported?.reasons).toEqual([]);
    expect(imported?.entry?.aws).toEqual({
      managed: ['ReadOnlyAccess', 'arn:aws:iam::123456789012:policy/own'],
      inline: 'policies/deploy/read.json',
      boundary: 'arn:aws:iam::123456789012:policy/boundary',
      session: '2h',
      role: 'Deploy',
      path: '/ci/',
      adopt: true,
    });
    expect(imported?.files).toEqual({ 'policies/deploy/read.json': '{"Statement":[]}' });
  });

  it.each<[string, object[], object]>([
    [
      'claims, where sub can be read',
      [statement({ StringEquals: { ...AUD, 'app.gitpod.io:sub': V3 } })],
      { issuer: 'ona', admit: { organization_id: 'o', project_id: 'p' } },
    ],
    [
      'several projects',
      [statement({ StringEquals: { ...AUD, 'app.gitpod.io:sub': [V3, 'organization_id:o:project_id:q'] } })],
      { issuer: 'ona', admit: { organization_id: 'o', project_id: ['p', 'q'] } },
    ],
    [
      'a pattern as an exact value, by whichever operator it is written',
      [statement({ 'ForAnyValue:StringLike': { ...AUD, 'app.gitpod.io:sub': V3 } })],
      { issuer: 'ona', admit: { organization_id: 'o', project_id: 'p' } },
    ],
    [
      'a whole organization, which is then said',
      [
        statement({
          StringEquals: AUD,
          StringLike: { 'app.gitpod.io:sub': ['organization_id:o:project_id:*', 'organization_id:o:environment_id:*'] },
        }),
      ],
      { issuer: 'ona', scope: 'organization', admit: { organization_id: 'o' } },
    ],
    [
      'tokens of another version of the issuer',
      [statement({ StringEquals: AUD, StringLike: { 'app.gitpod.io:sub': 'org:o/prj:p/*' } })],
      { issuer: 'ona-v2', admit: { sub: { like: 'org:o/prj:p/*' } } },
    ],
    [
      'both versions',
      [
        statement({ StringEquals: AUD, StringLike: { 'app.gitpod.io:sub': 'org:o/prj:p/*' } }),
        statement({ StringEquals: { ...AUD, 'app.gitpod.io:sub': V3 } }),
      ],
      {
        issuer: 'ona-v2',
        admit: { sub: { like: 'org:o/prj:p/*' } },
        also: [{ issuer: 'ona', admit: { organization_id: 'o', project_id: 'p' } }],
      },
    ],
    [
      'keys beside sub',
      [
        statement(
          {
            StringEquals: { 'gitlab.com:aud': 'x', 'gitlab.com:project_id': '22', 'gitlab.com:ref_protected': 'true' },
            StringLike: { 'gitlab.com:sub': 'project_path:g/a:ref_type:branch:ref:*' },
          },
          { issuer: 'gitlab.com' },
        ),
      ],
      { issuer: 'gitlab', aws: { audience: 'x' } },
    ],
  ])('yields %s', (_, statements, expected) => {
    const imported = role(...statements);
    expect(imported?.reasons).toEqual([]);
    expect(imported?.entry).toMatchObject(expected);
  });

  it.each<[string, object[], RegExp[]]>([
    [
      'no audience',
      [statement({ StringEquals: { 'app.gitpod.io:sub': V3 } })],
      [
        /^it binds no audience/,
        /^the role admits, and the entry would not, a token of the variant environment: \{.*"aud"/,
      ],
    ],
    ['every tenant', [statement({ StringEquals: AUD })], [/^no admission of these issuers comes near/]],
    [
      'another tenant by a prefix',
      [statement({ StringEquals: AUD, StringLike: { 'app.gitpod.io:sub': 'organization_id:o*' } })],
      [/^no admission of these issuers comes near/],
    ],
    [
      'somebody else beside',
      [
        statement({ StringEquals: { ...AUD, 'app.gitpod.io:sub': V3 } }),
        statement({}, { principal: { AWS: 'arn:aws:iam::1:root' }, action: 'sts:AssumeRole' }),
      ],
      [/^Statement\[1\] lets in arn:aws:iam::1:root/, /^Statement\[1\] allows sts:AssumeRole/],
    ],
    [
      'session tags',
      [
        statement(
          { StringEquals: { ...AUD, 'app.gitpod.io:sub': V3 } },
          { action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'] },
        ),
      ],
      [/^Statement\[0\] allows sts:TagSession, which no entry says$/],
    ],
    [
      'an exception',
      [
        statement({ StringEquals: AUD, StringLike: { 'app.gitpod.io:sub': 'organization_id:o:project_id:*' } }),
        statement({ StringEquals: { 'app.gitpod.io:sub': V3 } }, { effect: 'Deny' }),
      ],
      [
        /^the entry would admit, and the role does not, a token of the variant environment: .*"sub":"organization_id:o:project_id:p"/,
      ],
    ],
    [
      'what no token decides',
      [statement({ StringEquals: { ...AUD, 'app.gitpod.io:sub': V3 }, IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } })],
      [/the entry would admit, and the role does not, .*if .*SourceIp/],
    ],
    [
      'what IAM would not store',
      [{ Effect: 'Allow' }],
      [/a statement has exactly one of Principal/, /exactly one of Action/],
    ],
  ])('says of %s why it is no entry', (_, statements, expected) => {
    const reasons = role(...statements)?.reasons ?? [];
    expect(reasons).toHaveLength(expected.length);
    for (const [index, pattern] of expected.entries()) expect(reasons[index]).toMatch(pattern);
  });

  it('leaves a role alone that trusts none of the issuers', () => {
    expect(role(statement({}, { issuer: 'token.actions.githubusercontent.com' }))).toBeUndefined();
  });

  it('says that permissions are missing, where a file has the trust alone', () => {
    const trustPolicy = {
      Version: '2012-10-17',
      Statement: [statement({ StringEquals: { ...AUD, 'app.gitpod.io:sub': V3 } })],
    };
    const imported = importAwsRole({ name: 'a', trustPolicy }, 'a', known());
    expect(imported?.reasons).toEqual([expect.stringMatching(/^what it may do is not in the file/)]);
  });

  it('finds again what a catalog was compiled from', () => {
    for (const entry of planned()) {
      const compiled = compileAtAws(admissionsOf(entry), undefined);
      if (!compiled.ok) throw new Error(entry.name);
      const found = {
        name: entry.name,
        trustPolicy: compiled.value,
        managed: ['arn:aws:iam::aws:policy/R'],
        inline: {},
      };
      const imported = importAwsRole(found, entry.name, known());
      expect([entry.name, imported?.reasons]).toEqual([entry.name, []]);
    }
  });
});
