import { describe, expect, it } from 'vitest';
import { parseTrustPolicy } from '../../../src/trust/aws/policy.ts';

const statement = {
  Effect: 'Allow',
  Principal: { Federated: 'arn' },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: { StringEquals: { 'h:aud': 'a', 'h:sub': ['s', 't'] } },
};

describe('parseTrustPolicy', () => {
  it('reads text and objects, one statement and several, into one form', () => {
    const parsed = {
      ok: true,
      value: {
        version: '2012-10-17',
        statements: [
          {
            index: 0,
            effect: 'Allow',
            federated: ['arn'],
            actions: ['sts:AssumeRoleWithWebIdentity'],
            conditions: [
              { operator: 'StringEquals', key: 'h:aud', values: ['a'] },
              { operator: 'StringEquals', key: 'h:sub', values: ['s', 't'] },
            ],
            beyond: [],
          },
        ],
      },
    };
    const document = { Version: '2012-10-17', Statement: [statement] };
    expect(parseTrustPolicy(document)).toEqual(parsed);
    expect(parseTrustPolicy(JSON.stringify(document))).toEqual(parsed);
    expect(parseTrustPolicy({ ...document, Statement: statement })).toEqual(parsed);
  });

  it('takes a missing version for the old one, in which variables mean nothing', () => {
    expect(parseTrustPolicy({ Statement: statement })).toMatchObject({ value: { version: '2008-10-17' } });
  });

  it('keeps what it does not understand in sight', () => {
    const { Principal, ...rest } = statement;
    expect(parseTrustPolicy({ Statement: { ...rest, NotPrincipal: Principal } })).toMatchObject({
      value: { statements: [{ federated: [], beyond: ['NotPrincipal'] }] },
    });
    expect(parseTrustPolicy({ Statement: { ...statement, Principal: '*' } })).toMatchObject({
      value: { statements: [{ federated: ['*'] }] },
    });
    const number = { NumericLessThan: { 'aws:MultiFactorAuthAge': 300 }, Bool: { 'aws:x': true } };
    expect(parseTrustPolicy({ Statement: { ...statement, Condition: number } })).toMatchObject({
      value: { statements: [{ conditions: [{ values: ['300'] }, { values: ['true'] }] }] },
    });
  });

  it.each<[unknown, string[], RegExp]>([
    ['{', [], /no JSON/],
    ['[]', [], /is a JSON object/],
    [null, [], /is a JSON object/],
    [{}, ['Statement'], /no statement/],
    [{ Statement: [] }, ['Statement'], /no statement/],
  ])('refuses %j', (source, path, message) => {
    expect(parseTrustPolicy(source)).toMatchObject({
      ok: false,
      problems: [{ path, message: expect.stringMatching(message) as string }],
    });
  });

  it('says every statement that is wrong', () => {
    const wrong = { Statement: [statement, { ...statement, Effect: 'allow' }, 5, { ...statement, Condition: [] }] };
    const parsed = parseTrustPolicy(wrong);
    expect(parsed.ok ? [] : parsed.problems.map(({ path }) => path)).toEqual([
      ['Statement', 1, 'Effect'],
      ['Statement', 2],
      ['Statement', 3, 'Condition'],
    ]);
  });
});
