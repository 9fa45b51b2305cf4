/** The gate's evaluation of trust policies, row by row against AWS's documents. */
import { describe, expect, test } from 'vitest';
import { conditionContext } from '../sandbox/aws/condition-keys.ts';
import { evaluateTrust } from '../sandbox/aws/trust-policy.ts';

const PROVIDER = 'arn:aws:iam::123456789012:oidc-provider/app.gitpod.io';
const ACTION = 'sts:AssumeRoleWithWebIdentity';

type Values = Readonly<Record<string, string | readonly string[]>>;

const KEYS: Values = {
  'app.gitpod.io:sub': 'org:acme/prj:1',
  'app.gitpod.io:aud': 'sts.amazonaws.com',
  'app.gitpod.io:amr': ['pwd', 'otp'],
  'aws:requesttag/team': 'blue',
  'aws:sourceip': '10.1.2.3',
  'aws:epochtime': '1800000000',
  'aws:currenttime': '2027-01-15T08:00:00Z',
  'aws:securetransport': 'true',
  'x:arn': 'arn:aws:iam::123456789012:role/team/ci',
  'x:star': 'a*c',
  'x:number': '7',
};

const context = new Map(Object.entries(KEYS).map(([key, value]) => [key, typeof value === 'string' ? [value] : value]));

const allow = (more: object): object => ({
  Effect: 'Allow',
  Principal: { Federated: PROVIDER },
  Action: ACTION,
  ...more,
});

function effect(
  statements: object | readonly object[],
  version: string | undefined = '2012-10-17',
  action = ACTION,
): string {
  const document = JSON.stringify({ ...(version === '' ? {} : { Version: version }), Statement: statements });
  return evaluateTrust(document, { action, provider: PROVIDER, context }).effect;
}

const SUB = 'app.gitpod.io:sub';
const AMR = 'app.gitpod.io:amr';
const NONE = 'x:absent';

describe('conditions', () => {
  const rows: [operator: string, key: string, value: unknown, holds: boolean][] = [
    ['StringEquals', SUB, 'org:acme/prj:1', true],
    ['StringEquals', SUB, 'org:Acme/prj:1', false],
    ['StringEquals', SUB, 'org:acme/*', false],
    ['StringEquals', SUB, ['x', 'org:acme/prj:1'], true],
    ['StringEquals', 'APP.gitpod.io:SUB', 'org:acme/prj:1', true],
    ['StringEquals', NONE, 'x', false],
    ['StringEqualsIfExists', NONE, 'x', true],
    ['StringEqualsIfExists', SUB, 'x', false],
    ['StringNotEquals', SUB, 'x', true],
    ['StringNotEquals', SUB, ['x', 'org:acme/prj:1'], false],
    ['StringNotEquals', NONE, 'x', true],
    ['StringEqualsIgnoreCase', SUB, 'ORG:acme/PRJ:1', true],
    ['StringNotEqualsIgnoreCase', SUB, 'ORG:acme/PRJ:1', false],
    ['StringLike', SUB, 'org:acme/*', true],
    ['StringLike', SUB, 'org:acme-labs/*', false],
    ['StringLike', SUB, '*', true],
    ['StringLike', SUB, 'org:acme/prj:?', true],
    ['StringLike', SUB, 'org?acme?prj?1', true],
    ['StringLike', SUB, 'org:acme', false],
    ['StringLike', SUB, 'ORG:*', false],
    ['StringLike', 'x:star', 'a.c', false],
    ['StringNotLike', SUB, 'org:evil/*', true],
    ['StringNotLike', SUB, ['org:evil/*', 'org:*'], false],
    ['StringNotLike', NONE, '*', true],
    ['ArnEquals', 'x:arn', 'arn:aws:iam::*:role/team/*', true],
    ['ArnLike', 'x:arn', 'arn:aws:iam::123456789012:role/team/ci', true],
    ['ArnLike', 'x:arn', 'arn:*:role/team/ci', false],
    ['ArnLike', 'x:arn', 'arn:aws:iam::12345678901?:role/*', true],
    ['ArnNotLike', 'x:arn', 'arn:aws:iam::999999999999:*', true],
    ['ArnNotEquals', 'x:arn', 'arn:aws:iam::*:role/*', false],
    ['Bool', 'aws:SecureTransport', true, true],
    ['Bool', 'aws:SecureTransport', 'False', false],
    ['BoolIfExists', NONE, 'true', true],
    ['Null', SUB, 'false', true],
    ['Null', SUB, true, false],
    ['Null', NONE, 'true', true],
    ['NumericEquals', 'x:number', 7, true],
    ['NumericEquals', 'x:number', '7.0', true],
    ['NumericNotEquals', 'x:number', 7, false],
    ['NumericLessThan', 'x:number', '8', true],
    ['NumericLessThanEquals', 'x:number', '7', true],
    ['NumericGreaterThan', 'x:number', '7', false],
    ['NumericGreaterThanEquals', 'x:number', '7', true],
    ['NumericEquals', SUB, '7', false],
    ['DateLessThan', 'aws:CurrentTime', '2027-01-15T09:00:00+00:00', true],
    ['DateGreaterThan', 'aws:CurrentTime', '2027-01-15T09:00:00Z', false],
    ['DateGreaterThanEquals', 'aws:EpochTime', '1800000000', true],
    ['DateEquals', 'aws:CurrentTime', '1800000000', true],
    ['DateNotEquals', 'aws:CurrentTime', '1800000000', false],
    ['IpAddress', 'aws:SourceIp', '10.1.0.0/16', true],
    ['IpAddress', 'aws:SourceIp', '10.1.2.3', true],
    ['IpAddress', 'aws:SourceIp', ['192.168.0.0/16', '2001:db8::/32'], false],
    ['NotIpAddress', 'aws:SourceIp', '10.1.0.0/16', false],
    ['ForAnyValue:StringEquals', AMR, 'otp', true],
    ['ForAnyValue:StringEquals', AMR, 'mfa', false],
    ['ForAnyValue:StringNotEquals', AMR, 'otp', true],
    ['ForAnyValue:StringLike', NONE, '*', false],
    ['ForAnyValue:StringNotLike', NONE, '*', false],
    ['ForAllValues:StringEquals', AMR, ['pwd', 'otp', 'mfa'], true],
    ['ForAllValues:StringEquals', AMR, ['pwd'], false],
    ['ForAllValues:StringNotEquals', AMR, ['mfa'], true],
    ['ForAllValues:StringEquals', NONE, ['x'], true],
    ['ForAllValues:StringLike', SUB, 'org:acme/*', true],
    ['StringEquals', AMR, 'otp', true],
    ['StringNotEquals', AMR, 'otp', false],
    ['StringFoo', SUB, 'org:acme/prj:1', false],
    ['stringequals', SUB, 'org:acme/prj:1', false],
  ];
  test.each(rows)('%s %s %j: %j', (operator, key, value, holds) => {
    expect(effect(allow({ Condition: { [operator]: { [key]: value } } }))).toBe(holds ? 'allow' : 'none');
  });

  test('operators and keys AND, so one that fails is enough', () => {
    const right = { StringEquals: { [SUB]: 'org:acme/prj:1', 'app.gitpod.io:aud': 'sts.amazonaws.com' } };
    expect(effect(allow({ Condition: right }))).toBe('allow');
    expect(effect(allow({ Condition: { ...right, StringLike: { [SUB]: 'org:evil/*' } } }))).toBe('none');
    expect(effect(allow({ Condition: { StringEquals: { ...right.StringEquals, 'x:star': 'abc' } } }))).toBe('none');
  });
});

describe('policy variables', () => {
  const rows: [operator: string, key: string, value: string, version: string, holds: boolean][] = [
    ['StringEquals', 'aws:RequestTag/team', '${aws:RequestTag/team}', '2012-10-17', true],
    ['StringLike', SUB, 'org:acme/prj:${x:number}', '2012-10-17', false],
    ['StringLike', SUB, "org:acme/prj:${x:one, '1'}", '2012-10-17', true],
    ['StringEquals', SUB, 'org:acme/prj:${x:one}', '2012-10-17', false],
    ['StringNotEquals', SUB, '${x:one}', '2012-10-17', true],
    ['StringLike', 'x:star', 'a${*}c', '2012-10-17', true],
    ['StringEquals', 'x:star', 'a${*}c', '2012-10-17', true],
    ['StringLike', SUB, 'org${*}', '2012-10-17', false],
    ['StringLike', SUB, '${X:STAR}', '2012-10-17', false],
    ['StringLike', 'x:star', '${x:star}', '2012-10-17', true],
    ['StringLike', AMR, '${app.gitpod.io:amr}', '2012-10-17', false],
    ['StringEquals', 'aws:RequestTag/team', '${aws:RequestTag/team}', '2008-10-17', false],
    ['StringEquals', 'aws:RequestTag/team', '${aws:RequestTag/team}', '', false],
  ];
  test.each(rows)('%s %s %s in version %j: %j', (operator, key, value, version, holds) => {
    expect(effect(allow({ Condition: { [operator]: { [key]: value } } }), version)).toBe(holds ? 'allow' : 'none');
  });
});

describe('principals', () => {
  const rows: [string, object, string][] = [
    ['the provider', { Principal: { Federated: PROVIDER } }, 'allow'],
    ['one of several', { Principal: { Federated: ['arn:x', PROVIDER] } }, 'allow'],
    ['another provider', { Principal: { Federated: `${PROVIDER}/idp` } }, 'none'],
    ['the provider in other case', { Principal: { Federated: PROVIDER.toUpperCase() } }, 'none'],
    ['a pattern', { Principal: { Federated: PROVIDER.replace('app', '*') } }, 'none'],
    ['every AWS principal', { Principal: { AWS: '*' } }, 'none'],
    ['everybody', { Principal: '*' }, 'none'],
    ['a service', { Principal: { Service: 'ec2.amazonaws.com' } }, 'none'],
    ['not somebody else', { Principal: undefined, NotPrincipal: { Federated: 'arn:x' } }, 'allow'],
    ['not the provider', { Principal: undefined, NotPrincipal: { Federated: [PROVIDER] } }, 'none'],
    ['both', { NotPrincipal: { Federated: 'arn:x' } }, 'none'],
    ['neither', { Principal: undefined }, 'none'],
  ];
  test.each(rows)('%s', (_name, statement, expected) => {
    expect(effect(allow(statement))).toBe(expected);
  });
});

describe('actions', () => {
  const rows: [string, object, string][] = [
    ['exactly', { Action: ['sts:TagSession', ACTION] }, 'allow'],
    ['in other case', { Action: 'STS:assumerolewithwebidentity' }, 'allow'],
    ['a pattern', { Action: 'sts:AssumeRole*' }, 'allow'],
    ['a pattern with ?', { Action: 'sts:AssumeRoleWithWebIdentit?' }, 'allow'],
    ['everything', { Action: '*' }, 'allow'],
    ['another', { Action: 'sts:AssumeRole' }, 'none'],
    ['everything but another', { Action: undefined, NotAction: 'sts:AssumeRole' }, 'allow'],
    ['everything but this', { Action: undefined, NotAction: ['sts:AssumeRole*'] }, 'none'],
  ];
  test.each(rows)('%s', (_name, statement, expected) => {
    expect(effect(allow(statement))).toBe(expected);
  });

  test('tagging is an action of its own', () => {
    expect(effect(allow({}), undefined, 'sts:TagSession')).toBe('none');
    expect(effect(allow({ Action: ['sts:Tag*'] }), undefined, 'sts:TagSession')).toBe('allow');
  });
});

describe('statements', () => {
  const deny = (more: object): object => ({ ...allow(more), Effect: 'Deny' });
  const no = allow({ Condition: { StringEquals: { [SUB]: 'x' } } });

  test('any that allows is enough', () => {
    expect(effect([no, allow({})])).toBe('allow');
  });
  test('one that denies wins, wherever it stands', () => {
    expect(effect([allow({}), deny({})])).toBe('deny');
    expect(effect([deny({ Principal: { AWS: '*' } }), allow({})])).toBe('deny');
    expect(effect([deny({ Principal: '*' }), allow({})])).toBe('deny');
    expect(effect([deny({ Condition: { StringEquals: { [SUB]: 'x' } } }), allow({})])).toBe('allow');
  });
  test('everyone but the provider is denied with NotPrincipal', () => {
    const others = deny({ Principal: undefined, NotPrincipal: { Federated: PROVIDER } });
    expect(effect([allow({}), others])).toBe('allow');
  });
  test('what is malformed admits nobody', () => {
    for (const document of ['', '{', '[]', '{"Statement":[{}]}', '{"Version":"2013-01-01","Statement":[]}']) {
      expect(evaluateTrust(document, { action: ACTION, provider: PROVIDER, context }).effect).toBe('none');
    }
    expect(effect([{ ...allow({}), Resource: '*' }])).toBe('none');
  });
  test('says of each statement why it does not apply', () => {
    const document = JSON.stringify({ Version: '2012-10-17', Statement: no });
    expect(evaluateTrust(document, { action: ACTION, provider: PROVIDER, context })).toEqual({
      effect: 'none',
      reasons: ['statement 0: StringEquals app.gitpod.io:sub: wants ["x"], has ["org:acme/prj:1"]'],
    });
  });
});

describe('which claims are keys', () => {
  const keysOf = (issuer: string) => {
    const claims = {
      repository_id: 7,
      project_id: '2',
      email: 'a@b',
      amr: ['x'],
      ref_protected: 'true',
      azp: 'p',
      name: 'n',
    };
    const token = { issuer, subject: 's', audience: 'p', otherAudience: 'a', claims };
    const session = { roles: undefined, tags: {}, transitiveTagKeys: [], sourceIdentity: undefined };
    const options = {
      token,
      session,
      sessionName: 'test',
      now: new Date(0),
      sourceIp: '::1',
      userAgent: '',
      region: 'x',
    };
    const prefix = `${issuer.slice('https://'.length)}:`;
    return [...conditionContext(options).keys()]
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length))
      .sort();
  };
  test.each([
    ['https://services.acme.gitpod.cloud/idp', ['amr', 'aud', 'email', 'oaud', 'sub']],
    ['https://gitlab.example.com', ['amr', 'aud', 'email', 'oaud', 'sub']],
    ['https://gitlab.com', ['amr', 'aud', 'email', 'oaud', 'project_id', 'ref_protected', 'sub']],
    ['https://token.actions.githubusercontent.com', ['amr', 'aud', 'email', 'oaud', 'repository_id', 'sub']],
  ])('%s', (issuer, keys) => {
    expect(keysOf(issuer)).toEqual(keys);
  });
});
