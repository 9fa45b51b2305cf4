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

  it.each<[unknown, string, Verdict]>([
    [['mfa', 'pwd'], 'ForAnyValue:StringEquals', true],
    [['mfa', 'pwd'], 'ForAllValues:StringEquals', false],
    [['mfa'], 'ForAllValues:StringEquals', true],
    [['mfa', 'pwd'], 'ForAnyValue:StringNotEquals', true],
    [['mfa', 'pwd'], 'ForAllValues:StringNotEquals', false],
    [['mfa', 'pwd'], 'StringNotEquals', false],
  ])('on the list %j by %s: %s', (amr, operator, verdict) => {
    expect(decide({ conditions: { [operator]: { 'app.gitpod.io:amr': 'mfa' } }, claims: { amr } }).admitted).toBe(
      verdict,
    );
  });
});

describe('statements', () => {
  const open = allow({});
  const closed = allow({ StringEquals: sub('x') });

  it.each<[string, readonly object[], Verdict]>([
    ['any Allow will do', [closed, open], true],
    ['none', [closed, closed], false],
    ['a Deny wins', [open, { ...open, Effect: 'Deny' }], false],
    ['a Deny that does not match is none', [open, { ...closed, Effect: 'Deny' }], true],
    ['a Deny for everybody wins', [open, { ...open, Effect: 'Deny', Principal: '*' }], false],
    [
      'a Deny that may match',
      [open, { ...open, Effect: 'Deny', Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } }],
      'unknown',
    ],
    ['a Deny alone', [{ ...closed, Effect: 'Deny' }], false],
    ['another provider', [allow({}, { Principal: { Federated: `${PROVIDER}.evil` } })], false],
    [
      'a provider that ends alike',
      [allow({}, { Principal: { Federated: 'arn:aws:iam::1:oidc-provider/x.app.gitpod.io' } })],
      false,
    ],
    ['one provider of several', [allow({}, { Principal: { Federated: ['x', PROVIDER] } })], true],
    ['a principal that is no provider', [allow({}, { Principal: { AWS: '*' } })], false],
    ['everybody, which AWS does not document for web identities', [allow({}, { Principal: '*' })], 'unknown'],
    ['everybody but', [allow({}, { Principal: undefined, NotPrincipal: { AWS: 'x' } })], 'unknown'],
    ['another action', [allow({}, { Action: 'sts:AssumeRole' })], false],
    ['one action of several, in any case', [allow({}, { Action: ['sts:TagSession', 'STS:assumerolewithweb*'] })], true],
    ['every action but', [allow({}, { Action: undefined, NotAction: 'iam:*' })], true],
    ['every action but this', [allow({}, { Action: undefined, NotAction: 'sts:*' })], false],
  ])('%s', (_, statements, verdict) => {
    expect(decide({ statements }).admitted).toBe(verdict);
  });
});

describe('the token itself', () => {
  it.each<[string, Readonly<Record<string, unknown>>, Partial<AwsRequest>, Verdict, string | undefined]>([
    ['fine', {}, {}, true, undefined],
    ...['iss', 'sub', 'aud', 'iat', 'exp'].map((claim): [string, Record<string, unknown>, object, Verdict, string] => [
      `without ${claim}`,
      { [claim]: undefined },
      {},
      false,
      claim,
    ]),
    [
      'an audience in a list of one',
      { aud: ['sts.amazonaws.com'] },
      { provider: { clientIds: ['sts.amazonaws.com'] } },
      true,
      undefined,
    ],
    ['an empty list of audiences', { aud: [] }, {}, false, 'aud'],
    ['an empty audience', { aud: '' }, {}, false, 'aud'],
    ['several audiences', { aud: ['sts.amazonaws.com', 'x'] }, {}, false, 'aud'],
    [
      'several audiences beside azp',
      { aud: ['x', 'y'], azp: 'sts.amazonaws.com' },
      { provider: { clientIds: ['sts.amazonaws.com'] } },
      true,
      undefined,
    ],
    [
      'azp alone decides',
      { aud: 'sts.amazonaws.com', azp: 'x' },
      { provider: { clientIds: ['sts.amazonaws.com'] } },
      false,
      'aud',
    ],
    ['an unregistered audience', {}, { provider: { clientIds: ['x'] } }, false, 'aud'],
    ['no provider for the issuer', {}, { provider: null }, false, 'iss'],
    ['ES256', {}, { header: { alg: 'ES256', kid: 'k' } }, true, undefined],
    ['a token that does not name its key', {}, { header: { alg: 'RS256' } }, false, 'kid'],
    ['EdDSA', {}, { header: { alg: 'EdDSA', kid: 'k' } }, false, 'alg'],
    ['PS256', {}, { header: { alg: 'PS256', kid: 'k' } }, false, 'alg'],
    ['no signature', {}, { header: { alg: 'none', kid: 'k' } }, false, 'alg'],
    ['expired, within tolerance', { exp: NOW - 299 }, { now: NOW }, true, undefined],
    ['expired', { exp: NOW - 300 }, { now: NOW }, false, 'exp'],
    ['not valid yet, within tolerance', { nbf: NOW + 300 }, { now: NOW }, true, undefined],
    ['not valid yet', { nbf: NOW + 301 }, { now: NOW }, false, 'nbf'],
    ['issued in the future', { iat: NOW + 301 }, { now: NOW }, false, 'iat'],
    ['a time with a fraction', { exp: NOW + 0.5 }, { now: NOW }, false, 'exp'],
    ['a time that is null', { nbf: null }, { now: NOW }, false, 'nbf'],
    ['expired, of which nothing is asked', { exp: 1 }, {}, true, undefined],
  ])('%s', (_, claims, request, verdict, failing) => {
    const decision = decide({ claims, request });
    expect(decision.admitted).toBe(verdict);
    expect(firstFailure(decision)?.claim).toBe(failing);
  });
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

  it('names the Deny that wins, and none that does not match', () => {
    const deny = { ...allow({ StringLike: sub('*:project_id:p') }), Effect: 'Deny' };
    const other = { ...allow({ StringLike: sub('x') }), Effect: 'Deny' };
    expect(firstFailure(decide({ statements: [allow({}), other, deny] }))).toMatchObject({
      operator: 'Deny',
      place: 'Statement[2]',
      advice: 'an explicit Deny wins over every Allow',
    });
  });
});
