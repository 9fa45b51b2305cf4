import { describe, expect, it } from 'vitest';
import { describeProblem } from '../../../src/claims/problem.ts';
import { type SessionArgs, readSessionDemands, sessionActions } from '../../../src/trust/aws/session-demands.ts';

describe('readSessionDemands', () => {
  it.each<[SessionArgs, object, string[]]>([
    [{}, { tags: [] }, []],
    [{ tags: {} }, { tags: [] }, []],
    [
      { tags: { team: { equals: ['a', ''], like: ['b*'] } } },
      { tags: [{ key: 'team', anyOf: [{ equals: 'a' }, { equals: '' }, { like: 'b*' }] }] },
      ['sts:TagSession'],
    ],
    [{ sourceIdentity: { like: ['*'] } }, { tags: [], sourceIdentity: [{ like: '*' }] }, ['sts:SetSourceIdentity']],
    [
      { tags: { 'cost center': { equals: ['é 1'] } }, sourceIdentity: { equals: ['ann@acme.com'] } },
      { tags: [{ key: 'cost center', anyOf: [{ equals: 'é 1' }] }], sourceIdentity: [{ equals: 'ann@acme.com' }] },
      ['sts:TagSession', 'sts:SetSourceIdentity'],
    ],
    [
      { tags: { ['k'.repeat(128)]: { equals: ['v'.repeat(256)] } } },
      { tags: [{ key: 'k'.repeat(128), anyOf: [{ equals: 'v'.repeat(256) }] }] },
      ['sts:TagSession'],
    ],
  ])('reads %j', (args, demands, actions) => {
    const read = readSessionDemands(args);
    expect(read).toEqual({ ok: true, value: demands });
    expect(sessionActions(read.ok ? read.value : undefined)).toEqual(actions);
  });

  it('takes fifty tags and no more', () => {
    const tags = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, { equals: ['v'] }]));
    expect(readSessionDemands({ tags: tags(50) }).ok).toBe(true);
    expect(readSessionDemands({ tags: tags(51) })).toMatchObject({ ok: false });
  });

  const tag = (key: string, value: object): SessionArgs => ({ tags: { [key]: value } });
  it.each<[string, SessionArgs, RegExp]>([
    ['a key of nothing', tag('', { equals: ['x'] }), /this is no key of a tag/],
    ['a long key', tag('k'.repeat(129), { equals: ['x'] }), /this is no key/],
    ['a key with a bracket', tag('a(', { equals: ['x'] }), /this is no key/],
    ['a key of AWS', tag('AWS:x', { equals: ['x'] }), /this is no key/],
    [
      'keys that differ in case alone',
      { tags: { Team: { equals: ['x'] }, team: { equals: ['x'] } } },
      /^session.tags.team: `Team` is the same tag/,
    ],
    ['no value', tag('team', { equals: [], like: [] }), /no value is given/],
    ['a long value', tag('team', { equals: ['v'.repeat(257)] }), /is no such value/],
    ['a value with a star', tag('team', { equals: ['a*'] }), /`a\*` is no such value/],
    ['a pattern without a star', tag('team', { like: ['a'] }), /has no `\*`/],
    ['a pattern that no value fits', tag('team', { like: ['a"*'] }), /no value can be like `a"\*`/],
    ['a short identity', { sourceIdentity: { equals: ['a'] } }, /^session.sourceIdentity: `a` is no such value/],
    ['an identity with a blank', { sourceIdentity: { equals: ['a b'] } }, /is no such value/],
    ['a pattern of an identity with a slash', { sourceIdentity: { like: ['a/*'] } }, /no value can be like/],
    ['an identity of none', { sourceIdentity: {} }, /no value is given/],
  ])('refuses %s', (_, args, says) => {
    const read = readSessionDemands(args);
    expect(read.ok ? [] : read.problems.map(describeProblem)).toEqual([expect.stringMatching(says)]);
  });
});
