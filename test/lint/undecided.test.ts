import { describe, expect, it } from 'vitest';
import { lint } from '../../src/lint/lint.ts';
import { type Resource, Unknown } from '../../src/trust/resource.ts';
import { GITHUB, mount, onSubject, place, policyOf, role, statement, vaultPolicy, vaultRole } from './resources.ts';

const SAFE = 'repo:acme@1/api@2:ref:refs/heads/main';
const safe = statement({ StringEquals: { sub: SAFE } });
const unknown = new Unknown('computed when the plan is applied');

const told = (...resources: readonly Resource[]) =>
  lint(resources).findings.map(({ rule, path, message }) => [rule, path, message]);

describe('what is not known', () => {
  it.each<[string, Resource, string]>([
    ['a trust policy', role(unknown as never), 'trust policy'],
    ['a statement', role(policyOf(safe, { ...safe, Condition: unknown })), 'Statement[1].Condition'],
    ['a managed policy', role(policyOf(safe), { managed: [unknown] }), 'managed policies[0]'],
    ['an inline policy', role(policyOf(safe), { inline: [{ name: 'p', document: unknown }] }), 'policy p'],
    ['a boundary', role(policyOf(safe), { managed: ['AdministratorAccess'], boundary: unknown }), 'boundary'],
    ['a session', role(policyOf(safe), { session: unknown }), 'session'],
    ['a URL', { kind: 'aws-provider', place: place('p'), url: unknown, clientIds: [] }, 'url'],
    ['a policy of Vault', vaultPolicy(unknown as never), 'policy'],
    ['the life of tokens', { kind: 'issuer', place: place('i'), life: unknown }, 'life'],
  ])('is reported: %s', (_, resource, path) => {
    expect(told(resource).filter(([rule]) => rule === 'undecided')).toMatchObject([
      ['undecided', path, expect.anything()],
    ]);
    expect(told(resource).filter(([rule]) => rule !== 'undecided')).toEqual([]);
  });

  it('is reported of a mount and a role of Vault, and the rest is judged', () => {
    const open = vaultRole({ bound_claims: { ref: 'main' }, user_claim: 'sub', groups_claim: unknown });
    const at = mount({
      jwks_url: 'https://gitlab.example.com/-/jwks',
      bound_issuer: unknown,
      jwt_supported_algs: ['RS256'],
    });
    const rules = told(at, open).map(([rule, path]) => `${rule ?? ''} ${path ?? ''}`);
    expect(rules).toContain('undecided groups_claim');
    expect(rules).toContain('undecided bound_issuer');
    expect(rules).toContain('vault-open-role role.bound_claims');
    expect(rules.join()).not.toContain('vault-no-issuer');
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ['a claim', { bound_claims: { project_id: unknown } }, []],
    ['one of two claims', { bound_claims: { ref: 'main', project_id: unknown } }, []],
    ['all claims', { bound_claims: unknown }, []],
    ['the subject', { bound_claims: undefined, bound_subject: unknown }, []],
    ['the kind of comparison', { bound_claims: { project_id: '22', ref: 'x*' }, bound_claims_type: unknown }, []],
    ['the user claim', { user_claim: unknown }, []],
    ['the life', { token_explicit_max_ttl: unknown }, []],
    [
      'a claim, where the life is too long',
      { bound_claims: unknown, token_explicit_max_ttl: 0 },
      ['vault-endless-token'],
    ],
    ['a claim, where another is a number', { bound_claims: { ref: 22, project_id: unknown } }, ['vault-numeric-claim']],
    [
      'a life, of a role that is open',
      { bound_claims: { ref: 'main' }, user_claim: 'sub', token_max_ttl: unknown },
      ['vault-open-role'],
    ],
  ])('of a role of Vault is no mistake that it may mend: %s', (_, given, expected) => {
    const found = told(mount(), vaultRole(given)).map(([rule]) => rule);
    expect(found).toContain('undecided');
    expect(found.filter((rule) => rule !== 'undecided')).toEqual(expected);
    expect(lint([mount(), vaultRole(given)]).unreadable).toEqual([]);
  });

  it('leaves the other statements their numbers', () => {
    const policy = policyOf({ ...safe, Condition: unknown }, safe, statement({}));
    expect(told(role(policy)).map(([rule, path]) => [rule, path])).toEqual([
      ['aws-open-statement', 'Statement[2]'],
      ['undecided', 'Statement[0].Condition'],
    ]);
  });
});

describe('what is not decided', () => {
  it.each<[string, unknown, string]>([
    ['everybody', '*', 'Statement[0].Principal'],
    ['every provider', { Federated: '*' }, 'Statement[0].Principal'],
    ['another kind of provider', { Federated: 'cognito-identity.amazonaws.com' }, 'Statement[0].Principal'],
  ])('is whom a principal takes in: %s', (_, principal, path) => {
    expect(told(role(policyOf(statement({}, { principal })))).map(([rule, at]) => [rule, at])).toEqual([
      ['undecided', path],
    ]);
  });

  it('is NotPrincipal', () => {
    const { Principal, ...rest } = statement({ StringEquals: { sub: SAFE } });
    expect(told(role(policyOf({ ...rest, NotPrincipal: Principal })))).toMatchObject([
      ['undecided', 'Statement[0].NotPrincipal', expect.anything()],
    ]);
  });

  it('is a subject of which no form is known', () => {
    expect(told(onSubject('StringEquals', 'repo:acme/api:main'))).toMatchObject([
      ['undecided', 'Statement[0]', expect.anything()],
    ]);
  });

  it('is what takes too long', () => {
    const wide = `*a${'?'.repeat(24)}`;
    const found = told(onSubject('StringLike', wide, { host: 'idp.example.org' }));
    expect(found.map(([rule]) => rule)).toContain('undecided');
  });
});

describe('what is no matter of web identities', () => {
  it.each<[string, object]>([
    ['a service', { Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    ['an account', { Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }],
    ['SAML', { Principal: { Federated: 'arn:aws:iam::1:saml-provider/x' }, Action: 'sts:AssumeRoleWithSAML' }],
    ['a Deny', { ...statement({}), Effect: 'Deny' }],
  ])('is left alone: %s', (_, given) => {
    expect(
      told(role(policyOf({ Effect: 'Allow', ...given }), { managed: ['AdministratorAccess'], session: 43_200 })),
    ).toEqual([]);
  });
});

describe('several providers', () => {
  const HOSTS = [GITHUB, 'idp.example.org'];
  const principal = { Federated: HOSTS.map((host) => `arn:aws:iam::123456789012:oidc-provider/${host}`) };
  const both = (operator: string) => ({
    Effect: 'Allow',
    Principal: principal,
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: {
      [operator]: {
        [`${GITHUB}:sub`]: SAFE,
        [`${GITHUB}:aud`]: 'x',
        'idp.example.org:sub': 'acme',
        'idp.example.org:aud': 'x',
      },
    },
  });

  it('finds the one that nothing binds', () => {
    const open = { ...safe, Principal: principal, Condition: { StringEqualsIfExists: { [`${GITHUB}:sub`]: SAFE } } };
    const found = lint([role(policyOf(open))]).findings.filter(({ severity }) => severity === 'critical');
    expect(found.map(({ rule, witness }) => [rule, witness?.claims.iss])).toEqual([
      ['aws-no-subject', 'https://idp.example.org'],
    ]);
  });

  it('finds that keys of both in one statement let in nobody', () => {
    const rules = told(role(policyOf(both('StringEquals')))).map(([rule]) => rule);
    expect([...new Set(rules)]).toEqual(['aws-dead-condition']);
  });

  it('takes …IfExists for what binds each of them, and says that the claim is not demanded', () => {
    const rules = told(role(policyOf(both('StringEqualsIfExists')))).map(([rule]) => rule);
    expect([...new Set(rules)]).toEqual(['aws-absent-claim']);
  });
});

describe('issuers of which nothing is known', () => {
  it.each([
    ['system:serviceaccount:prod:api', 'oidc.eks.eu-west-1.amazonaws.com/id/A1'],
    ['system:serviceaccount:prod:*', 'oidc.eks.eu-west-1.amazonaws.com/id/A1'],
    ['organization:acme:project:web:workspace:*', 'app.terraform.io'],
    ['organization:acme:pipeline:deploy:ref:refs/heads/main:*', 'agent.buildkite.com'],
    ['org/6f2c/project/8d1e/user/*', 'oidc.circleci.com/org/6f2c'],
  ])('lets %s be', (sub, host) => {
    expect(told(onSubject('StringLike', sub, { host }))).toEqual([]);
  });
});
