import { describe, expect, it } from 'vitest';
import { evaluateTrustPolicy, type AwsRequest } from '../../../src/trust/aws/evaluate.ts';
import { parseTrustPolicy } from '../../../src/trust/aws/policy.ts';
import { firstFailure, type Verdict } from '../../../src/trust/decision.ts';

const NOW = 1_790_000_000;
const PROVIDER = 'arn:aws:iam::123456789012:oidc-provider/app.gitpod.io';
const CLAIMS = {
  iss: 'https://app.gitpod.io',
  sub: 'organization_id:o:project_id:p',
  aud: 'sts.amazonaws.com',
  iat: NOW - 10,
  exp: NOW + 3590,
};

type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

interface Setting {
  readonly conditions?: Conditions;
  readonly statements?: readonly object[];
  readonly version?: string;
  readonly request?: Partial<AwsRequest>;
  readonly claims?: Readonly<Record<string, unknown>>;
}

const allow = (conditions: Conditions, rest: object = {}) => ({
  Effect: 'Allow',
  Principal: { Federated: PROVIDER },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: conditions,
  ...rest,
});

function decide({ conditions = {}, statements, version = '2012-10-17', request = {}, claims = {} }: Setting) {
  const policy = parseTrustPolicy({ Version: version, Statement: statements ?? [allow(conditions)] });
  if (!policy.ok) throw new Error(JSON.stringify(policy.problems));
  return evaluateTrustPolicy(policy.value, { claims: { ...CLAIMS, ...claims }, ...request });
}

const sub = (values: string | readonly string[]) => ({ 'app.gitpod.io:sub': values });

describe('a condition', () => {
  const SUB = CLAIMS.sub;
  it.each<[Conditions, Verdict]>([
    [{ StringEquals: sub(SUB) }, true],
    [{ StringEquals: sub(SUB.toUpperCase()) }, false],
    [{ StringEquals: sub(['x', SUB]) }, true],
    [{ StringEquals: sub('organization_id:o:*') }, false],
    [{ StringEquals: sub([]) }, false],
    [{ StringLike: sub('organization_id:o:*') }, true],
    [{ StringLike: sub('organization_id:?:*') }, true],
    [{ StringLike: sub('organization_id:o') }, false],
    [{ StringLike: sub('*') }, true],
    [{ stringlike: { 'APP.gitpod.io:SUB': 'organization_id:o:*' } }, true],
    [{ StringEqualsIgnoreCase: sub(SUB.toUpperCase()) }, true],
    [{ StringNotEquals: sub('x') }, true],
    [{ StringNotEquals: sub(['x', SUB]) }, false],
    [{ StringNotLike: sub('organization_id:evil:*') }, true],
    [{ StringNotLike: sub('organization_id:*') }, false],
    [{ StringNotEqualsIgnoreCase: sub(SUB.toUpperCase()) }, false],
    // Operators, and keys of one operator, AND together.
    [{ StringLike: sub('*'), StringEquals: sub('x') }, false],
    [{ StringEquals: { ...sub(SUB), 'app.gitpod.io:aud': 'sts.amazonaws.com' } }, true],
    [{ StringEquals: { ...sub(SUB), 'app.gitpod.io:aud': 'x' } }, false],
    // What the token has not, or AWS does not see.
    [{ StringEquals: { 'app.gitpod.io:amr': 'x' } }, false],
    [{ StringNotEquals: { 'app.gitpod.io:amr': 'x' } }, true],
    [{ StringEqualsIfExists: { 'app.gitpod.io:amr': 'x' } }, true],
    [{ StringEqualsIfExists: sub('x') }, false],
    [{ 'ForAllValues:StringEquals': { 'app.gitpod.io:amr': 'x' } }, true],
    [{ 'ForAnyValue:StringEquals': { 'app.gitpod.io:amr': 'x' } }, false],
    [{ 'ForAnyValue:StringNotEquals': { 'app.gitpod.io:amr': 'x' } }, false],
    [{ 'ForAllValues:StringLike': sub('organization_id:evil:*') }, false],
    [{ 'ForAnyValue:StringLikeIfExists': sub('organization_id:o:*') }, true],
    [{ StringEquals: { 'app.gitpod.io:organization_id': 'o' } }, false],
    [{ StringNotEquals: { 'app.gitpod.io:organization_id': 'evil' } }, true],
    [{ StringEquals: { 'app.gitpod.io:azp': 'sts.amazonaws.com' } }, false],
    [{ StringEquals: { 'gitlab.com:sub': SUB } }, false],
    [{ StringEqualsIfExists: { 'gitlab.com:sub': 'x' } }, true],
    [{ Null: { 'app.gitpod.io:amr': 'true' } }, true],
    [{ Null: { 'app.gitpod.io:amr': 'false' } }, false],
    [{ Null: sub('false') }, true],
    // Never guessed.
    [{ StringEquals: { 'aws:PrincipalOrgID': 'o' } }, 'unknown'],
    [{ Null: { 'aws:PrincipalOrgID': 'true' } }, 'unknown'],
    [{ StringEquals: { 'sts:ExternalId': 'x' } }, 'unknown'],
    [{ StringEquals: { 'app.gitpod.io:email': 'a@b.c' } }, 'unknown'],
    [{ ArnLike: sub('*') }, false],
    [{ StringLike: sub('${aws:username}') }, 'unknown'],
    [{ StringLike: sub('x'), StringEquals: { 'aws:SourceIp': 'x' } }, false],
  ])('%j: %s', (conditions, verdict) => {
    expect(decide({ conditions }).admitted).toBe(verdict);
  });

  it.each<[string, string, Verdict]>([
    ['a*b', 'a${*}b', true],
    ['axb', 'a${*}b', false],
    ['a?b', 'a${?}b', true],
    ['axb', 'a${?}b', false],
    ['a${x}b', 'a${$}{x}b', true],
    ['a*xyb', 'a${*}x*b', true],
    ['a$b*', 'a$b${*}', true],
  ])('in which %j is compared with %j: %s', (value, pattern, verdict) => {
    expect(decide({ conditions: { StringLike: sub(pattern) }, claims: { sub: value } }).admitted).toBe(verdict);
  });

  it('without variables in the old version of policies', () => {
    const conditions = { StringEquals: sub('a${*}b') };
    expect(decide({ conditions, claims: { sub: 'a*b' } }).admitted).toBe(true);
    expect(decide({ conditions, claims: { sub: 'a*b' }, version: '2008-10-17' }).admitted).toBe(false);
    expect(decide({ conditions, claims: { sub: 'a${*}b' }, version: '2008-10-17' }).admitted).toBe(true);
  });

  it('sees the claims that AWS knows of this issuer', () => {
    const conditions = { StringEquals: { 'app.gitpod.io:ref': 'main' } };
    expect(decide({ conditions, claims: { ref: 'main' } }).admitted).toBe(false);
    expect(decide({ conditions, claims: { ref: 'main' }, request: { visible: ['ref'] } }).admitted).toBe(true);
  });
});

describe('statements', () => {
  const open = allow({});
  const closed = allow({ StringEquals: sub('x') });
  const dark = allow({ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } });
  const deny = { ...open, Effect: 'Deny' };

  it.each<[string, readonly object[], Verdict]>([
    ['any Allow will do', [closed, open], true],
    ['none', [closed, closed], false],
    ['a Deny wins', [open, deny], false],
    ['a Deny wins wherever it stands', [deny, open], false],
    ['a Deny that does not match is none', [open, { ...closed, Effect: 'Deny' }], true],
    ['a Deny that may match', [open, { ...dark, Effect: 'Deny' }], 'unknown'],
    ['a Deny that may match, and one that does', [open, { ...dark, Effect: 'Deny' }, deny], false],
    ['an Allow that may match', [closed, dark], 'unknown'],
    ['an Allow that may match, and a Deny that does', [dark, deny], false],
    ['an Allow that may match, and one that does', [dark, open], true],
    ['a Deny alone', [deny], false],
    ['a Deny alone that does not match', [{ ...closed, Effect: 'Deny' }], false],
    ['a Deny of another action', [open, { ...deny, Action: 'sts:AssumeRole' }], true],
    ['another action', [allow({}, { Action: 'sts:AssumeRole' })], false],
    ['one action of several, in any case', [allow({}, { Action: ['sts:TagSession', 'STS:assumerolewithweb*'] })], true],
    ['every action but', [allow({}, { Action: undefined, NotAction: 'iam:*' })], true],
    ['every action but this', [allow({}, { Action: undefined, NotAction: 'sts:*' })], false],
  ])('%s', (_, statements, verdict) => {
    expect(decide({ statements }).admitted).toBe(verdict);
  });
});

// Named, everybody of some kind, everybody but: admitted by such an Allow, and beside such a Deny.
it.each<[object, Verdict, Verdict]>([
  [{ Principal: { Federated: PROVIDER } }, true, false],
  [{ Principal: { Federated: ['x', PROVIDER] } }, true, false],
  [{ Principal: { Federated: `${PROVIDER}.evil` } }, false, true],
  [{ Principal: { Federated: `${PROVIDER}*` } }, false, true],
  [{ Principal: { Federated: 'arn:aws:iam::1:oidc-provider/x.app.gitpod.io' } }, false, true],
  [{ Principal: { Federated: [] } }, false, true],
  // Not documented for an Allow; a Deny for everybody is one for web identities too.
  [{ Principal: '*' }, 'unknown', false],
  [{ Principal: { Federated: '*' } }, 'unknown', false],
  [{ Principal: { Federated: ['*', PROVIDER] } }, true, false],
  // Seen not to admit web identities.
  [{ Principal: { AWS: '*' } }, false, false],
  [{ Principal: { AWS: ['x', '*'] } }, false, false],
  [{ Principal: { AWS: '*', Federated: PROVIDER } }, true, false],
  [{ Principal: { AWS: 'arn:aws:iam::123456789012:root' } }, false, true],
  [{ Principal: { Service: '*' } }, false, true],
  [{ NotPrincipal: '*' }, false, true],
  [{ NotPrincipal: { AWS: '*' } }, false, true],
  [{ NotPrincipal: { Federated: '*' } }, false, true],
  [{ NotPrincipal: { Federated: ['x', PROVIDER] } }, false, true],
  [{ NotPrincipal: { Federated: 'x' } }, 'unknown', 'unknown'],
  [{ NotPrincipal: { AWS: 'x' } }, 'unknown', 'unknown'],
])('%j allowed: %s, denied: %s', (principal, allowed, denied) => {
  const statement = allow({}, { Principal: undefined, ...principal });
  expect(decide({ statements: [statement] }).admitted).toBe(allowed);
  expect(decide({ statements: [allow({}), { ...statement, Effect: 'Deny' }] }).admitted).toBe(denied);
});

describe('what a token asks for beside the login', () => {
  const [LOGIN, TAG, IDENTITY] = ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession', 'sts:SetSourceIdentity'];
  const tags = { 'https://aws.amazon.com/tags': { principal_tags: { team: ['web'] } } };
  const identity = { 'https://aws.amazon.com/source_identity': 'ann' };
  const to = (...actions: string[]) => allow({}, { Action: actions });

  it.each<[string, object, readonly object[], Verdict, Verdict[]]>([
    ['nothing', {}, [to(LOGIN)], true, []],
    ['tags, which are not allowed', tags, [to(LOGIN)], false, [false]],
    ['tags', tags, [to(LOGIN, TAG)], true, [true]],
    ['tags, which another statement allows', tags, [to(LOGIN), to(TAG)], true, [true]],
    ['tags, and not the login', tags, [to(TAG)], false, [true]],
    ['tags, which a Deny takes away', tags, [to('sts:*'), { ...to(TAG), Effect: 'Deny' }], false, [false]],
    [
      'tags, which may be allowed',
      tags,
      [to(LOGIN), { ...to(TAG), Condition: { Bool: { 'aws:ViaAWSService': 'false' } } }],
      'unknown',
      ['unknown'],
    ],
    ['an identity', identity, [to(LOGIN, TAG)], false, [false]],
    ['both', { ...tags, ...identity }, [to(LOGIN, TAG, IDENTITY)], true, [true, true]],
    ['both, of which one is allowed', { ...tags, ...identity }, [to(LOGIN, IDENTITY)], false, [false, true]],
  ])('%s', (_, claims, statements, verdict, further) => {
    const { admitted, checks } = decide({ claims: claims as Setting['claims'] & object, statements });
    expect(admitted).toBe(verdict);
    expect(checks.filter(({ place }) => place === 'Statement').map((check) => check.verdict)).toEqual(further);
  });
});

it.each<[number, Verdict[]]>([
  [2048, []],
  [2049, [true]],
  [4096, [true]],
  [4097, [false]],
])('a policy of %d characters', (characters, verdicts) => {
  const padded = (Sid: string) => [allow({}, { Sid })];
  const empty = JSON.stringify({ Version: '2012-10-17', Statement: padded('') }).length;
  const { admitted, checks } = decide({ statements: padded('x'.repeat(characters - empty)) });
  expect(checks.filter(({ place }) => place === 'policy').map(({ verdict }) => verdict)).toEqual(verdicts);
  expect(admitted).toBe(!verdicts.includes(false));
});

it.each<[string, object, Partial<AwsRequest>, Verdict, string]>([
  ['refused by itself', { aud: ['x', 'y'] }, {}, false, 'aud'],
  ['for roles that are not this one', { 'https://aws.amazon.com/roles': ['x'] }, { roleArn: 'y' }, false, 'roles'],
  ['for some role', { 'https://aws.amazon.com/roles': ['x'] }, {}, 'unknown', 'roles'],
])('a token %s comes before the policy', (_, claims, request, verdict, failing) => {
  const decision = decide({ claims: claims as Setting['claims'] & object, request });
  expect(decision.admitted).toBe(verdict);
  expect(firstFailure(decision)?.claim).toMatch(new RegExp(`${failing}$`));
});

describe('what a reader is told', () => {
  it.each<[Conditions, RegExp]>([
    [{ StringEquals: sub('organization_id:o:*') }, /a `\*` is itself: write StringLike/],
    [{ StringLike: sub('organization_id:O:*') }, /letters count in their case/],
    [{ StringEquals: { 'app.gitpod.io:aud': 'x' } }, /ask for the audience/],
    [{ StringEquals: { 'app.gitpod.io:azp': 'x' } }, /dead: AWS has no key `azp`/],
    [{ StringEquals: { 'app.gitpod.io:amr': 'x' } }, /dead: the token has no `amr`/],
    [{ StringEquals: { 'app.gitpod.io:project_id': 'p' } }, /dead: AWS does not see `project_id`/],
    [{ StringEquals: { 'api.gitpod.io:sub': 'p' } }, /dead: this key is of another issuer; .* app.gitpod.io:/],
  ])('%j: %s', (conditions, advice) => {
    expect(firstFailure(decide({ conditions }))?.advice).toMatch(advice);
  });

  it('shows a dead condition even where it passes, for it was meant to do something', () => {
    const decision = decide({ conditions: { StringEqualsIfExists: { 'api.gitpod.io:sub': 'x' } } });
    expect(decision.admitted).toBe(true);
    expect(decision.checks.find(({ verdict, advice }) => verdict === true && advice?.startsWith('dead'))).toBeDefined();
  });

  it('gives no advice where nothing is wrong', () => {
    const decision = decide({ conditions: { StringEquals: { ...sub(CLAIMS.sub), 'app.gitpod.io:aud': CLAIMS.aud } } });
    expect(decision.checks.filter(({ advice }) => advice !== undefined)).toEqual([]);
  });

  it('shows the statement that admitted, and all Allows when none did', () => {
    const statements = [allow({ StringEquals: sub('x') }), allow({ StringEquals: sub(CLAIMS.sub) })];
    const admitted = decide({ statements });
    expect(new Set(admitted.checks.map(({ place }) => place.slice(0, 12)))).toEqual(new Set(['Statement[1]']));
    const refused = decide({ statements, claims: { sub: 'y' } });
    expect(new Set(refused.checks.map(({ place }) => place.slice(0, 12)))).toEqual(
      new Set(['Statement[0]', 'Statement[1]']),
    );
    expect(firstFailure(refused)).toMatchObject({
      claim: 'app.gitpod.io:sub',
      operator: 'StringEquals',
      expected: 'x',
      actual: 'y',
      place: 'Statement[0].Condition.StringEquals',
    });
  });

  it('names each Deny that wins or may, and none that does not match', () => {
    const deny = (conditions: Conditions) => ({ ...allow(conditions), Effect: 'Deny' });
    const statements = [
      allow({}),
      deny({ StringLike: sub('x') }),
      deny({ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }),
      deny({ StringLike: sub('*:project_id:p') }),
    ];
    const { checks } = decide({ statements });
    const advice = 'an explicit Deny wins over every Allow';
    expect(checks.filter(({ operator }) => operator === 'Deny')).toMatchObject([
      { verdict: 'unknown', place: 'Statement[2]', advice },
      { verdict: false, place: 'Statement[3]', advice },
    ]);
    expect(checks.filter(({ place }) => place.startsWith('Statement[1]'))).toEqual([]);
  });

  it('says of a policy without an Allow just this', () => {
    const { checks } = decide({ statements: [{ ...allow({ StringLike: sub('x') }), Effect: 'Deny' }] });
    expect(checks).toMatchObject([{ verdict: false, operator: 'Allow', place: 'Statement' }]);
    const refused = decide({ statements: [allow({ StringLike: sub('x') })] });
    expect(refused.checks.filter(({ operator }) => operator === 'Allow')).toEqual([]);
  });
});
