/** Each rule of the pack, through the public functions of its policies. */
import { describe, expect, it } from 'vitest';
import { trustPolicies } from '../../policy/policies.ts';
import { RULES } from '../../src/lint/rules.ts';
import type { Json } from '../../src/trust/resource.ts';
import { onSubject, policyOf, role, statement } from '../lint/resources.ts';
import { TABLE } from '../lint/table.ts';
import { type Made, UNKNOWN, madeFrom, urnOf, violationsOf } from './stack.ts';

const SAFE = 'repo:acme@1/api@2:ref:refs/heads/main';
const TODAY = () => '2026-06-30';

const review = (made: readonly Made[], config: object = {}) =>
  violationsOf(trustPolicies({ today: TODAY }), made, config);
const rulesIn = (made: readonly Made[], config: object = {}) => review(made, config).map(({ rule }) => rule);

/** Deprecated names, and an issuer’s own configuration, which no resource of Pulumi’s has. */
const isExpressible = (made: readonly Made[]): boolean =>
  made.length > 0 &&
  made.every(({ inputs }) => !['policies', 'ttl', 'maxTtl', 'period'].some((name) => name in inputs));

const cases = (kind: 'found' | 'fine') =>
  TABLE.flatMap(({ rule, ...lists }) =>
    Object.entries(lists[kind])
      .map(([name, resources]) => ({ rule, name, made: madeFrom(resources) }))
      .filter(({ made }) => isExpressible(made)),
  );

const roleOn = (subject: string, more: Json = {}): Made => {
  const [made] = madeFrom([onSubject('StringLike', subject)]);
  if (made === undefined) throw new Error('a role is a resource');
  return { ...made, inputs: { ...made.inputs, ...more } };
};

interface Extra {
  readonly rule: string;
  readonly name: string;
  readonly made: readonly Made[];
  readonly config?: object;
}

const identityToken = (ttl: number): Made => ({
  type: 'vault:identity/oidcRole:OidcRole',
  name: 'token',
  inputs: { key: 'k', ttl },
});

const accepted = (until: string) => ({
  suppressions: [{ rule: 'aws-tenant-pattern', resource: urnOf(roleOn('repo:*')), reason: 'for the move', until }],
});

/** What is found only where settings ask for it, or in what only Pulumi has. */
const FOUND: readonly Extra[] = [
  { rule: 'issuer-token-life', name: 'an identity token of Vault', made: [identityToken(7200)] },
  { rule: 'foreign-tenant', name: 'another owner', made: [roleOn(SAFE)], config: { tenants: ['other'] } },
  { rule: 'life-over-maximum', name: 'a session', made: [roleOn(SAFE)], config: { maximumSession: 1800 } },
  { rule: 'undecided', name: 'a trust policy', made: [roleOn(SAFE, { assumeRolePolicy: UNKNOWN })] },
  { rule: 'unreadable', name: 'a trust policy', made: [roleOn(SAFE, { assumeRolePolicy: '{"Statement":' })] },
  {
    rule: 'suppression-expired',
    name: 'yesterday',
    made: [roleOn('repo:*')],
    config: accepted('2026-06-29'),
  },
];
const FINE: readonly Extra[] = [
  { rule: 'issuer-token-life', name: 'no issuer', made: [roleOn(SAFE)] },
  { rule: 'foreign-tenant', name: 'an owner', made: [roleOn(SAFE)], config: { tenants: ['acme'] } },
  { rule: 'life-over-maximum', name: 'a session', made: [roleOn(SAFE)], config: { maximumSession: 3600 } },
  {
    rule: 'undecided',
    name: 'what a provider fills in',
    made: [{ ...roleOn(SAFE), outputs: { ...roleOn(SAFE).inputs, inlinePolicies: UNKNOWN, arn: UNKNOWN } }],
  },
  { rule: 'unreadable', name: 'a trust policy', made: [roleOn(SAFE)] },
  { rule: 'suppression-expired', name: 'today', made: [roleOn('repo:*')], config: accepted('2026-06-30') },
];

it('has a policy for each rule, with a case in which it is broken and one in which it is kept', () => {
  const policies = trustPolicies().map(({ name }) => name);
  expect(policies).toEqual(['trust-settings', ...RULES.map(({ id }) => id), 'unreadable']);
  const rules = policies.slice(1).sort();
  expect([...new Set([...cases('found'), ...FOUND].map(({ rule }) => rule))].sort()).toEqual(rules);
  expect([...new Set([...cases('fine'), ...FINE].map(({ rule }) => rule))].sort()).toEqual(rules);
});

it('lets none through that is critical or high, and only tells of the others', () => {
  const levels = trustPolicies()
    .slice(1)
    .map(({ severity, enforcementLevel }) => `${severity} ${enforcementLevel}`);
  expect([...new Set(levels)].sort()).toEqual([
    'critical mandatory',
    'high mandatory',
    'low advisory',
    'medium advisory',
  ]);
});

describe.each<Extra>([...cases('found'), ...FOUND])('$rule: $name', ({ rule, made, config }) => {
  it('is reported, on a resource of the stack', () => {
    const found = review(made, config).filter((one) => one.rule === rule);
    expect(found.length, JSON.stringify(review(made, config))).toBeGreaterThan(0);
    if (rule === 'suppression-expired') return;
    const names = made.map(({ name }) => name);
    for (const { resource } of found) expect(names).toContain(resource);
  });
});

describe.each<Extra>([...cases('fine'), ...FINE])('$rule: $name', ({ rule, made, config }) => {
  it('is not reported', () => {
    expect(review(made, config).filter((one) => one.rule === rule)).toEqual([]);
  });
});

describe('what is not known yet', () => {
  it('is told, and what is known of the same resource is judged', () => {
    const known = statement({ StringLike: { sub: 'repo:acme*' } });
    const made = roleOn(SAFE, { assumeRolePolicy: { Version: '2012-10-17', Statement: [UNKNOWN, known] } });
    expect(rulesIn([made]).sort()).toEqual(['aws-tenant-pattern', 'undecided']);
  });

  it.each([
    '1c4a061d-8072-4f0a-a4cb-0ff528b18fe7',
    '6a19a0b0-7e62-4c92-b797-7f8e31da9cc2',
    'dd056dcd-154b-4c76-9bd3-c8f88648b5ff',
  ])('is known by the mark %s too', (mark) => {
    expect(rulesIn([roleOn(SAFE, { assumeRolePolicy: mark })])).toEqual(['undecided']);
  });

  const provider: Made = {
    type: 'aws:iam/openIdConnectProvider:OpenIdConnectProvider',
    name: 'github',
    inputs: { url: 'https://token.actions.githubusercontent.com', clientIdLists: ['sts.amazonaws.com'] },
  };
  const open = roleOn(SAFE, { assumeRolePolicy: policyOf(statement({}, { principal: { Federated: UNKNOWN } })) });

  it('is the provider on which a role depends', () => {
    const made = { ...open, dependsOn: { assumeRolePolicy: [provider] } };
    expect(rulesIn([provider, made])).toEqual(['aws-no-subject']);
  });

  it('is nobody’s where it may be of two', () => {
    const other = { ...provider, name: 'ona', inputs: { ...provider.inputs, url: 'https://app.gitpod.io' } };
    const made = { ...open, dependsOn: { assumeRolePolicy: [provider, other] } };
    expect(rulesIn([provider, other, made])).toEqual(['undecided']);
  });

  it('is the role to which a policy is attached', () => {
    const attached: Made = {
      type: 'aws:iam/rolePolicyAttachment:RolePolicyAttachment',
      name: 'admin',
      inputs: { role: UNKNOWN, policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' },
      dependsOn: { role: [roleOn(SAFE)] },
    };
    expect(review([roleOn(SAFE), attached])).toMatchObject([{ rule: 'aws-permissions', resource: roleOn(SAFE).name }]);
  });

  it('is a doubt without the settings policy, which knows what was asked for', () => {
    const made = { ...roleOn(SAFE), outputs: { ...roleOn(SAFE).inputs, permissionsBoundary: UNKNOWN } };
    const [, ...others] = trustPolicies({ today: TODAY });
    expect(violationsOf(others, [made]).map(({ rule }) => rule)).toEqual(['undecided']);
    expect(rulesIn([made])).toEqual([]);
  });
});

describe('a component of the kit', () => {
  const access = (inputs: Json): Made => ({
    type: 'idp-kit:index:FederatedAccess',
    name: 'api',
    inputs: { issuer: { profile: 'ona-v3' }, admission: ADMISSION, ...inputs },
    outputs: {},
  });
  const ADMISSION = { claims: { organization_id: { equals: ['o'] }, project_id: { equals: ['a', 'b'] } } };
  const mount: Made = {
    type: 'vault:jwt/authBackend:AuthBackend',
    name: 'ona',
    inputs: {
      path: 'jwt',
      boundIssuer: 'https://app.gitpod.io',
      jwtSupportedAlgs: ['RS256'],
      oidcDiscoveryUrl: 'https://app.gitpod.io',
    },
  };
  const vaultRole = (parent?: Made): Made => ({
    type: 'vault:jwt/authBackendRole:AuthBackendRole',
    name: 'api-role',
    inputs: {
      backend: 'jwt',
      roleName: 'api',
      roleType: 'jwt',
      userClaim: 'environment_id',
      boundAudiences: ['vault.hashicorp.com'],
      boundClaims: { organization_id: 'o', project_id: 'a,b' },
      disableBoundClaimsParsing: false,
      claimMappings: { environment_id: 'environment_id' },
      tokenPolicies: ['idp-api'],
      tokenExplicitMaxTtl: 900,
    },
    ...(parent === undefined ? {} : { parent }),
  });
  const policy = (parent: Made): Made => ({
    type: 'vault:index/policy:Policy',
    name: 'api-policy',
    inputs: { name: 'idp-api', policy: UNKNOWN },
    parent,
  });

  it('writes alternatives with commas on purpose', () => {
    expect(rulesIn([mount, access({}), vaultRole(access({}))])).toEqual([]);
    expect(rulesIn([mount, vaultRole()])).toEqual(['vault-comma']);
  });

  it('tells of a policy before its mount has an accessor', () => {
    const parent = access({ vault: { accessor: UNKNOWN, grant: { read: ['kv/{environment_id}/*'] } } });
    expect(rulesIn([mount, parent, vaultRole(parent), policy(parent)])).toEqual([]);
    const unknown = access({ vault: { accessor: UNKNOWN, grant: { read: UNKNOWN } } });
    expect(rulesIn([mount, unknown, vaultRole(unknown), policy(unknown)])).toEqual(['undecided']);
  });

  it('is named by what it made', () => {
    const team: Made = { type: 'acme:index:Team', name: 'data', inputs: {} };
    const parent = { ...access({}), parent: team };
    const [found] = review([team, parent, { ...roleOn('repo:acme*'), parent }]);
    expect(found?.message).toContain('made by: idp-kit:index:FederatedAccess api, in acme:index:Team data');
    expect(review([roleOn('repo:acme*')])[0]?.message).not.toContain('made by');
  });
});

describe('a message', () => {
  it('has the place, a token, why and what to do', () => {
    const [found] = review([roleOn('repo:acme*')]);
    expect(found?.message.split('\n')).toEqual([
      'Statement[0].Condition.StringLike: `repo:acme*` also matches other tenants',
      expect.stringMatching(
        /^lets in: \{"iss":"https:\/\/token\.actions\.githubusercontent\.com".*"sub":"repo:acmex/,
      ) as string,
      'why: whoever registers a name that begins in the same way assumes the role',
      'fix: fix everything up to and including the separator after the organization, before the first wildcard',
    ]);
  });

  it('has no control characters', () => {
    const [found] = review([roleOn('repo:acme\u001b[2J*')]);
    expect(found?.message).not.toContain('\u001b');
  });
});

describe('one review for all policies', () => {
  it('is made again for another stack, and for other settings', () => {
    const policies = trustPolicies({ today: TODAY });
    const rules = (made: readonly Made[], config = {}) => violationsOf(policies, made, config).map(({ rule }) => rule);
    expect(rules([roleOn('repo:acme*')])).toEqual(['aws-tenant-pattern']);
    expect(rules([roleOn(SAFE)])).toEqual([]);
    expect(rules([roleOn(SAFE)], { tenants: ['other'] })).toEqual(['foreign-tenant']);
    expect(rules([roleOn(SAFE)])).toEqual([]);
  });

  it('accepts a finding by its URN or its address, until a day', () => {
    const made = roleOn('repo:*');
    const config = (resource: string, until = '2026-06-30') => ({
      suppressions: [{ rule: 'aws-tenant-pattern', resource, reason: 'for the move', until }],
    });
    expect(rulesIn([made])).toEqual(['aws-tenant-pattern']);
    expect(rulesIn([made], config(urnOf(made)))).toEqual([]);
    expect(rulesIn([made], config(`${made.type}::${made.name}`))).toEqual([]);
    expect(rulesIn([made], config(urnOf(made), '2026-06-29')).sort()).toEqual([
      'aws-tenant-pattern',
      'suppression-expired',
    ]);
    expect(rulesIn([{ ...made, name: 'other' }], config(urnOf(made)))).toEqual(['aws-tenant-pattern']);
  });

  it('takes settings of the code, before which those of the stack go', () => {
    const settings = { tenants: ['other'], maximumSession: 1800 };
    const rules = (config: object) =>
      violationsOf(trustPolicies({ settings, today: TODAY }), [roleOn(SAFE)], config).map(({ rule }) => rule);
    expect(rules({})).toEqual(['foreign-tenant', 'life-over-maximum']);
    expect(rules({ tenants: ['acme'] })).toEqual(['life-over-maximum']);
  });
});

it('judges roles of AWS and Vault in one stack', () => {
  const open = role(policyOf(statement({})));
  expect(rulesIn(madeFrom([open, onSubject('StringLike', 'repo:*')])).sort()).toEqual([
    'aws-no-subject',
    'aws-tenant-pattern',
  ]);
});
