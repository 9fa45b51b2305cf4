import { describe, expect, it } from 'vitest';
import { checkSession, furtherActions, readSession } from '../../../src/trust/aws/session.ts';
import { type Claims, type JsonValue } from '../../../src/claims/claims.ts';
import { type Verdict } from '../../../src/trust/decision.ts';

const TAGS = 'https://aws.amazon.com/tags';
const IDENTITY = 'https://aws.amazon.com/source_identity';
const ROLES = 'https://aws.amazon.com/roles';
const ROLE = 'arn:aws:iam::123456789012:role/deploy';
const NOTHING = { roles: undefined, tags: {}, transitiveTagKeys: [], sourceIdentity: undefined, problems: [] };

const tags = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, ['v']]));

describe('the session of a token', () => {
  it('is one and the same for all tokens that say nothing of it', () => {
    expect(readSession({ sub: 'a' })).toEqual(NOTHING);
    expect(readSession({ sub: 'a' })).toBe(readSession({ sub: 'b' }));
  });

  it.each<[string, JsonValue, object]>([
    [
      TAGS,
      { principal_tags: { team: ['web'], empty: [''] }, transitive_tag_keys: ['team'] },
      { tags: { team: 'web', empty: '' }, transitiveTagKeys: ['team'] },
    ],
    [TAGS, { principal_tags: { k: ['v'] } }, { tags: { k: 'v' } }],
    [TAGS, { principal_tags: {}, transitive_tag_keys: [] }, {}],
    [IDENTITY, 'ann', { sourceIdentity: 'ann' }],
    [IDENTITY, 'a1', { sourceIdentity: 'a1' }],
    [IDENTITY, 'Az_09+=,.@-', { sourceIdentity: 'Az_09+=,.@-' }],
    [IDENTITY, 'a'.repeat(64), { sourceIdentity: 'a'.repeat(64) }],
    [ROLES, [ROLE, 'x'], { roles: [ROLE, 'x'] }],
    [ROLES, [], { roles: [] }],
    [ROLES, ROLE, { roles: [ROLE] }],
  ])('reads %s %j', (claim, value, session) => {
    expect(readSession({ [claim]: value })).toEqual({ ...NOTHING, ...session });
    expect(checkSession({ [claim]: value }, ROLE).filter(({ operator }) => operator === 'type')).toEqual([]);
  });

  it.each([
    [50, true],
    [51, false],
  ])('%d tags: %s', (count, fits) => {
    const { tags: read, problems } = readSession({ [TAGS]: { principal_tags: tags(count) } });
    expect([Object.keys(read).length, problems.length]).toEqual(fits ? [count, 0] : [0, 1]);
  });

  it.each([
    [1, 0, true],
    [128, 256, true],
    [0, 1, false],
    [129, 1, false],
    [1, 257, false],
  ])('a tag with a key of %d characters and a value of %d: %s', (key, value, fits) => {
    const claim = { principal_tags: { fine: ['v'], ['k'.repeat(key)]: ['v'.repeat(value)] } };
    expect(readSession({ [TAGS]: claim }).problems).toHaveLength(fits ? 0 : 1);
  });

  it.each<[string, JsonValue]>([
    ...[null, 'x', 5, [], {}, [{ principal_tags: {} }]].map((value): [string, JsonValue] => [TAGS, value]),
    ...[
      null,
      '',
      5,
      [],
      [['k', ['v']]],
      { k: 'v' },
      { k: [] },
      { k: ['v', 'w'] },
      { k: [5] },
      { k: { length: 1 } },
    ].map((value): [string, JsonValue] => [TAGS, { principal_tags: value }]),
    [TAGS, { principal_tags: { k: ['v'], l: 'w' } }],
    ...['k', 5, ['k', 5], [['k']], { k: 'k' }].map((value): [string, JsonValue] => [
      TAGS,
      { principal_tags: { k: ['v'] }, transitive_tag_keys: value },
    ]),
    ...[null, 12, true, ['ann'], '', 'a', 'a'.repeat(65), ' ann', 'ann ', 'a b', 'a/b', 'änn', 'ann\n'].map(
      (value): [string, JsonValue] => [IDENTITY, value],
    ),
    ...[null, 5, {}, [5], [ROLE, 5], [[ROLE]]].map((value): [string, JsonValue] => [ROLES, value]),
  ])('%s %j is malformed, and STS refuses the token', (claim, value) => {
    const claims = { [claim]: value };
    expect(readSession(claims)).toMatchObject({ ...NOTHING, problems: [{ claim }] });
    expect(checkSession(claims, ROLE)).toMatchObject([{ verdict: false, claim, operator: 'type', place: 'token' }]);
  });

  it('tells everything that is malformed, beside what is not', () => {
    const claims = { [TAGS]: 'x', [IDENTITY]: 'a', [ROLES]: [ROLE] };
    expect(checkSession(claims, ROLE).map(({ claim, verdict }) => [claim, verdict])).toEqual([
      [TAGS, false],
      [IDENTITY, false],
      [ROLES, true],
    ]);
  });
});

it.each<[JsonValue | undefined, string | undefined, Verdict | undefined]>([
  [undefined, ROLE, undefined],
  [[ROLE], ROLE, true],
  [['x', ROLE], ROLE, true],
  [ROLE, ROLE, true],
  [[], ROLE, false],
  [['x'], ROLE, false],
  // Exact ARNs: no wildcards, and letters count in their case.
  [['arn:aws:iam::123456789012:role/*'], ROLE, false],
  [[ROLE.toUpperCase()], ROLE, false],
  [[ROLE], undefined, 'unknown'],
  [[], undefined, 'unknown'],
])('the token names the roles %j, and is for %s: %s', (roles, arn, verdict) => {
  const checks = checkSession(roles === undefined ? {} : { [ROLES]: roles }, arn);
  expect(checks).toMatchObject(verdict === undefined ? [] : [{ verdict, claim: ROLES, operator: 'one of' }]);
  expect(checks).toHaveLength(verdict === undefined ? 0 : 1);
});

it.each<[Claims, string[]]>([
  [{}, []],
  [{ [TAGS]: { principal_tags: {} } }, []],
  [{ [TAGS]: { principal_tags: tags(1) } }, ['sts:TagSession']],
  [{ [IDENTITY]: 'ann' }, ['sts:SetSourceIdentity']],
  [{ [TAGS]: { principal_tags: tags(2) }, [IDENTITY]: 'ann' }, ['sts:TagSession', 'sts:SetSourceIdentity']],
  [{ [ROLES]: [ROLE] }, []],
])('%j needs also %j', (claims, actions) => {
  expect(furtherActions(claims).map(({ action }) => action)).toEqual(actions);
});
