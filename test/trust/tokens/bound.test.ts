import { describe, expect, it } from 'vitest';
import { github } from '../../../src/claims/profiles/github.ts';
import { onaV3 } from '../../../src/claims/profiles/ona-v3.ts';
import { ANY_TEXT, text, wildcards } from '../../../src/trust/language/regular.ts';
import { genericSpace, spaceOf } from '../../../src/trust/tokens/profile-space.ts';
import { compare, solve } from '../../../src/trust/tokens/solve.ts';
import { type TokenSet, all, any, claimIn, minus, not, outside } from '../../../src/trust/tokens/token-set.ts';

const glob = (claim: string, pattern: string): TokenSet => claimIn(claim, wildcards(pattern, { one: '?' }));

/** Deterministic, `*a` followed by so many `?` has two to that power states. */
const EXPLODING = `*a${'?'.repeat(22)}`;

describe('what cannot be decided', () => {
  it('ends in unknown within a bound of time, where patterns explode', () => {
    const started = performance.now();
    const pattern = all(
      glob('sub', EXPLODING),
      not(glob('sub', `*b*`)),
      not(glob('sub', `*a${'?'.repeat(21)}c`)),
      not(glob('sub', `*a${'?'.repeat(22)}`)),
    );
    expect(solve(genericSpace(), pattern, { bound: 20_000 })).toEqual({
      kind: 'unknown',
      why: 'more than 20000 states',
    });
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('is fast on forty patterns', () => {
    const many = Array.from({ length: 40 }, (_, at) => glob('sub', `repo:acme/*-${at}:ref:refs/heads/*`));
    const started = performance.now();
    expect(solve(spaceOf(github()), minus(any(...many), any(...many.slice(1)))).kind).toBe('witness');
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('is what no token says, unless it is the same on both sides', () => {
    const inside = outside('aws:SourceIp IpAddress 10.0.0.0/8', 'aws:sourceip');
    const other = outside('aws:SourceIp IpAddress 192.168.0.0/16', 'aws:sourceip');
    const space = genericSpace('https://i.example');
    expect(solve(space, minus(all(inside, glob('sub', 'a*')), all(inside, glob('sub', 'ab*'))))).toMatchObject({
      kind: 'witness',
      witness: { given: ['aws:SourceIp IpAddress 10.0.0.0/8'], claims: { sub: 'a' } },
    });
    expect(solve(space, minus(all(inside, glob('sub', 'a')), inside))).toEqual({ kind: 'empty' });
    expect(solve(space, minus(inside, other))).toMatchObject({ kind: 'unknown' });
    expect(solve(space, any(inside, glob('sub', 'aa')))).toMatchObject({
      witness: { given: [], claims: { sub: 'aa' } },
    });
  });

  it('is a claim that stands in `sub` twice with other values, and not one that has the same', () => {
    const twice = spaceOf(github({ subTemplate: ['repository', 'repository_owner', 'repository_owner_id'] }));
    const sub = (owner: string, again: string) =>
      claimIn('sub', text(`repository:${owner}/x:repository_owner:${again}:repository_owner_id:1`));
    expect(solve(twice, sub('acme', 'acme'))).toMatchObject({ witness: { claims: { repository: 'acme/x' } } });
    expect(solve(twice, sub('acme', 'evil')).kind).toBe('unknown');
    expect(solve(twice, sub('a b', 'a b')).kind).toBe('empty');
  });
});

describe('compare', () => {
  const space = spaceOf(onaV3());
  const project = claimIn('sub', text('organization_id:o:project_id:p'));
  const claims = all(claimIn('organization_id', text('o')), claimIn('project_id', text('p')));

  it('solves `sub` together with the claims that it is made of', () => {
    expect(compare(space, project, claims)).toEqual({ onlyLeft: { kind: 'empty' }, onlyRight: { kind: 'empty' } });
    expect(compare(space, project, claimIn('project_id', text('p')))).toMatchObject({
      onlyLeft: { kind: 'empty' },
      onlyRight: { kind: 'witness', witness: { claims: { organization_id: 'x', project_id: 'p' } } },
    });
    const impossible = all(project, claimIn('project_id', text('q')));
    expect(solve(space, impossible)).toEqual({ kind: 'empty' });
    expect(solve(space, claimIn('no_such_claim', ANY_TEXT))).toEqual({ kind: 'empty' });
  });

  it('finds the shortest that the issuer could mint', () => {
    const wide = minus(glob('sub', 'repo:acme*'), glob('sub', 'repo:acme/*'));
    expect(solve(spaceOf(github()), wide)).toMatchObject({
      witness: { claims: { repository: 'acmex/x', sub: 'repo:acmex/x:pull_request' } },
    });
  });
});
