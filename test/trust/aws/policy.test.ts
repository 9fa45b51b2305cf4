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
            principals: { Federated: ['arn'] },
            exceptPrincipals: false,
            actions: ['sts:AssumeRoleWithWebIdentity'],
            exceptActions: false,
            conditions: [
              { operator: 'StringEquals', key: 'h:aud', values: ['a'] },
              { operator: 'StringEquals', key: 'h:sub', values: ['s', 't'] },
            ],
          },
        ],
        characters: expect.any(Number) as number,
      },
    };
    const document = { Version: '2012-10-17', Statement: [statement] };
    expect(parseTrustPolicy(document)).toEqual(parsed);
    expect(parseTrustPolicy(JSON.stringify(document))).toEqual(parsed);
    expect(parseTrustPolicy({ ...document, Statement: statement })).toEqual(parsed);
  });

  it('counts the characters without white space, in which people lay it out', () => {
    const document = { Version: '2012-10-17', Statement: [statement] };
    const characters = JSON.stringify(document).length;
    expect(parseTrustPolicy(JSON.stringify(document, undefined, 4))).toMatchObject({ value: { characters } });
  });

  it('takes a missing version for the old one, in which variables mean nothing', () => {
    expect(parseTrustPolicy({ Statement: statement })).toMatchObject({ value: { version: '2008-10-17' } });
  });

  it('reads what is turned round, and what is no text', () => {
    const { Principal, Action, ...rest } = statement;
    expect(parseTrustPolicy({ Statement: { ...rest, NotPrincipal: Principal, NotAction: Action } })).toMatchObject({
      value: { statements: [{ principals: { Federated: ['arn'] }, exceptPrincipals: true, exceptActions: true }] },
    });
    expect(parseTrustPolicy({ Statement: { ...statement, Principal: '*' } })).toMatchObject({
      value: { statements: [{ principals: '*' }] },
    });
    const number = { NumericLessThan: { 'aws:MultiFactorAuthAge': 300 }, Bool: { 'aws:x': true } };
    expect(parseTrustPolicy({ Statement: { ...statement, Condition: number } })).toMatchObject({
      value: { statements: [{ conditions: [{ values: ['300'] }, { values: ['true'] }] }] },
    });
  });

  it.each<[unknown, (string | number)[], RegExp]>([
    ['{', [], /no JSON/],
    ['[]', [], /is a JSON object/],
    [null, [], /is a JSON object/],
    [{}, ['Statement'], /no statement/],
    [{ Statement: [] }, ['Statement'], /no statement/],
    [{ Version: '2012', Statement: statement }, ['Version'], /no version 2012/],
    [{ Statements: [], Statement: statement }, ['Statements'], /no element `Statements`/],
    [{ Statement: { ...statement, Resource: '*' } }, ['Statement', 0, 'Resource'], /has no Resource/],
    [{ Statement: { ...statement, NotAction: 'x' } }, ['Statement', 0], /exactly one of Action and NotAction/],
    [{ Statement: { ...statement, Principal: undefined } }, ['Statement', 0], /exactly one of Principal/],
    [{ Statement: { ...statement, Principal: 'arn' } }, ['Statement', 0, 'Principal'], /a principal is "\*" or/],
    [{ Statement: { ...statement, Action: [null] } }, ['Statement', 0, 'Action'], /a value is a string/],
    [
      { Statement: { ...statement, Condition: { StringEqual: {} } } },
      ['Statement', 0, 'Condition', 'StringEqual'],
      /no condition operator `StringEqual`/,
    ],
    [
      { Statement: { ...statement, Condition: { Null: [] } } },
      ['Statement', 0, 'Condition', 'Null'],
      /object of condition keys/,
    ],
    [
      { Statement: { ...statement, Condition: { StringEquals: { 'h:sub': {} } } } },
      ['Statement', 0, 'Condition', 'StringEquals', 'h:sub'],
      /a value is a string/,
    ],
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
