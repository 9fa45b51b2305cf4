import { describe, expect, it } from 'vitest';
import { parseCatalog } from '../../src/catalog/parse.ts';
import { planCatalog } from '../../src/catalog/plan.ts';
import { select, shardOf } from '../../src/catalog/select.ts';
import { accept } from '../../src/claims/problem.ts';

const names = Array.from({ length: 2000 }, (_, index) => `entry-${index}`);

const CATALOG = `issuers:
  ona: { profile: ona-v3 }
  ona-v2: { profile: ona-v2, vault_mount: jwt-ona }
  gl: { profile: gitlab-id-token, url: https://gitlab.example.com }
environments: { dev: { account: "111111111111" }, prod: {} }
access:
  everywhere: { issuer: ona, admit: { organization_id: o, project_id: p }, aws: { managed: [R] } }
  in-dev: { issuer: gl, admit: { project_path: g/a, ref: main }, environments: [dev], vault: { policies: [p] }, aws: { managed: [R], audience: [b, a] } }
  in-prod: { issuer: ona-v2, admit: { sub: "org:o/prj:p/env:e" }, environments: [prod], aws: { managed: [R] } }
groups:
  devs: { issuer: gl, member_of: acme/devs, environments: [dev], vault: { policies: [devs] } }
`;

function plan() {
  const { document, mistakes } = parseCatalog(CATALOG);
  const planned = planCatalog(document, () => accept('{}'));
  expect([mistakes, planned.ok ? [] : planned.problems]).toEqual([[], []]);
  if (!planned.ok) throw new Error('it was planned');
  return planned.value;
}

describe('select', () => {
  it.each([
    ['dev', ['everywhere', 'in-dev'], ['devs']],
    ['prod', ['everywhere', 'in-prod'], []],
    [undefined, ['everywhere'], []],
  ])('of the environment %s', (environment, access, groups) => {
    const selected = select(plan(), environment);
    expect(selected.access.map(({ name }) => name)).toEqual(access);
    expect(selected.groups.map(({ name }) => name)).toEqual(groups);
  });

  it('knows where the environment is', () => {
    expect(select(plan(), 'dev').environment).toEqual({ name: 'dev', account: '111111111111' });
    expect(select(plan(), 'prod').environment).toEqual({ name: 'prod' });
  });

  it('counts what entries share over all shards, and has the first make it', () => {
    const of = (number: number) => select(plan(), 'dev', { number, of: 3 });
    expect([1, 2, 3].map((number) => of(number).makesShared)).toEqual([true, false, false]);
    for (const number of [1, 2, 3]) {
      expect(of(number).issuers.map(({ issuer, ...rest }) => ({ issuer: issuer.name, ...rest }))).toEqual([
        { issuer: 'ona', awsAudiences: ['sts.amazonaws.com'], atVault: false },
        { issuer: 'gl', awsAudiences: ['a', 'b'], atVault: true },
      ]);
    }
    expect([1, 2, 3].flatMap((number) => of(number).access.map(({ name }) => name)).sort()).toEqual([
      'everywhere',
      'in-dev',
    ]);
    expect([1, 2, 3].map((number) => of(number).groups.length)).toEqual([1, 0, 0]);
  });
});

describe('shardOf', () => {
  it('is the same on every machine and in every version: another one would move every role', () => {
    expect(names.slice(0, 8).map((name) => shardOf(name, 4))).toEqual([2, 3, 4, 3, 3, 2, 3, 3]);
  });

  it('goes by the name alone, from 1, about equally', () => {
    const counts = [1, 2, 3, 4].map((shard) => names.filter((name) => shardOf(name, 4) === shard).length);
    expect(counts.reduce((sum, count) => sum + count)).toBe(names.length);
    for (const count of counts) expect(Math.abs(count - 500)).toBeLessThan(75);
    expect(names.every((name) => shardOf(name, 1) === 1)).toBe(true);
  });
});
