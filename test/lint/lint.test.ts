import { describe, expect, it } from 'vitest';
import { lint } from '../../src/lint/lint.ts';
import { RULES } from '../../src/lint/rules.ts';
import type { Resource } from '../../src/trust/resource.ts';
import { ONA, onSubject, place, policyOf, role, statement, verdictOf } from './resources.ts';
import { ROWS, TABLE } from './table.ts';

/** Rules that ask nothing unless somebody says who, or how long: test/lint/options.test.ts. */
const BY_OPTION = ['foreign-tenant', 'life-over-maximum'];

const cases = (kind: 'found' | 'fine') =>
  TABLE.flatMap(({ row, rule, ...lists }) =>
    Object.entries(lists[kind]).map(([name, resources]) => ({ row, rule, name, resources })),
  );

it('has rules for every row of the table', () => {
  expect([...new Set(TABLE.map(({ row }) => row))].sort()).toEqual([...ROWS].sort());
  expect(TABLE.filter(({ found, fine }) => Object.keys(found).length < 2 || Object.keys(fine).length < 2)).toEqual([]);
  const told = RULES.map(({ id }) => id);
  expect([...TABLE.map(({ rule }) => rule), 'undecided', 'suppression-expired', ...BY_OPTION].sort()).toEqual(
    [...told].sort(),
  );
});

describe.each(cases('found'))('$rule: $name', ({ rule, resources }) => {
  it('is found, with a token on which the target agrees', () => {
    const { findings, unreadable } = lint(resources);
    expect(unreadable).toEqual([]);
    const found = findings.filter((one) => one.rule === rule);
    expect(found.length, JSON.stringify(findings.map((one) => one.rule))).toBeGreaterThan(0);
    for (const finding of found) {
      const verdict = verdictOf(resources, finding);
      if (verdict === undefined) continue;
      const { admitted, given } = finding.witness ?? { admitted: true, given: [] };
      expect(verdict, JSON.stringify(finding)).toBe(given.length > 0 ? 'unknown' : admitted);
    }
  });
});

describe.each(cases('fine'))('$rule: $name', ({ rule, resources }) => {
  it('is no mistake', () => {
    const { findings, unreadable } = lint(resources);
    expect(unreadable).toEqual([]);
    expect(findings.filter((one) => one.rule === rule)).toEqual([]);
  });
});

it('says what it found most severely first', () => {
  const { findings } = lint(TABLE.flatMap(({ found }) => Object.values(found).flat()));
  const order = ['critical', 'high', 'medium', 'low'];
  const seen = findings.map(({ severity }) => order.indexOf(severity));
  expect(seen).toEqual([...seen].sort((left, right) => left - right));
});

it.each([
  ['repo:acme*', undefined, 'repo:acmex/x:pull_request'],
  ['org:1*', ONA, 'org:1x/prj:x/env:x'],
  ['organization_id:1*', ONA, 'organization_id:1x:project_id:x'],
  ['org:1*', 'idp.example.org', 'org:1x'],
  [['repo:acme@1/api@2:pull_request', 'repo:*'], undefined, 'repo:x/x:pull_request'],
])('shows for %j a tenant that nobody meant', (sub, host, expected) => {
  const { findings } = lint([onSubject('StringLike', sub, host === undefined ? {} : { host })]);
  expect(findings.find(({ severity }) => severity === 'critical')?.witness?.claims.sub).toBe(expected);
});

it('shows for a dead condition a token that was meant, and is refused', () => {
  const dead = statement({ StringEquals: { 'gitlab.com:sub': 'repo:acme@1/api@2:pull_request' } });
  const [found] = lint([role(policyOf(dead))]).findings;
  expect(found).toMatchObject({
    rule: 'aws-dead-condition',
    witness: { admitted: false, claims: { sub: 'repo:acme@1/api@2:pull_request' } },
  });
});

it('takes all documents of a provider together: an audience that any of them registers is taken', () => {
  const provider = (clientId: string): Resource => ({
    kind: 'aws-provider',
    place: place(clientId),
    url: 'https://token.actions.githubusercontent.com',
    clientIds: [clientId],
  });
  const open = onSubject('StringEquals', 'repo:acme@1/api@2:ref:refs/heads/main', { aud: null });
  const rules = (...resources: readonly Resource[]) => lint(resources).findings.map(({ rule }) => rule);
  expect(rules(open, provider('a'))).toEqual([]);
  expect(rules(open, provider('a'), provider('b'))).toEqual(['aws-audience']);
});
