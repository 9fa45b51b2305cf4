import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeTrust } from '../../src/lint/aws/judge.ts';
import { TrustShapes } from '../../src/lint/aws/shapes.ts';
import { issuersOf } from '../../src/lint/aws/trust.ts';
import { namesIn, wordsOf } from '../../src/lint/shape.ts';
import { Spaces } from '../../src/lint/spaces.ts';
import { github } from '../../src/claims/profiles/github.ts';
import { parseTrustPolicy } from '../../src/trust/aws/policy.ts';
import { policyOf, role, statement } from './resources.ts';
import { TABLE } from './table.ts';

const WORDS = wordsOf([github()]);

describe('namesIn', () => {
  it('puts the same stand-in for the same name, and takes it back', () => {
    const texts = ['repo:acme@4711/api-gateway@4712:ref:refs/heads/main', 'repo:acme/web:pull_request', 'acme'];
    const names = namesIn(texts, WORDS);
    const renamed = texts.map((text) => names?.rename(text));
    expect(renamed).toEqual([
      'repo:qz0z@777777101777777/qz2z@777777103777777:ref:refs/heads/qz4z',
      'repo:qz0z/qz5z:pull_request',
      'qz0z',
    ]);
    expect(names?.restore({ list: renamed, count: 1 })).toEqual({ list: texts, count: 1 });
  });

  it('leaves alone what has a stand-in', () => {
    expect(namesIn(['repo:qz1z/api'], WORDS)).toBeUndefined();
  });

  it.each([
    ['repo:acme/*', 'repo:qz0z/*'],
    ['repo:acme@4711/api@4712:ref:refs/tags/v*', 'repo:qz0z@777777101777777/qz2z@777777103777777:ref:refs/tags/v*'],
    ['repo:acme*', 'repo:acme*'],
    ['repo:*-api/x:ref:refs/heads/main', 'repo:*-api/x:ref:refs/heads/qz0z'],
  ])('lets part of a name be: %s', (text, expected) => {
    expect(namesIn([text], WORDS)?.rename(text)).toBe(expected);
  });

  it.each([
    ['the beginning', ['repo:acme/*:ref:refs/tags/v*', 'repo:acme/*:ref:refs/tags/vega']],
    ['the end', ['repo:*-api/web:pull_request', 'repo:my-api/web:pull_request']],
    ['the middle', ['repo:acme/*cm*']],
    ['the whole', ['repo:acme*', 'repo:acme/web:pull_request']],
    ['digits', ['organization_id:47*', 'organization_id:4711:project_id:12']],
    ['a stand-in', ['repo:acme/q*']],
  ])('gives up where it could be part of a name: %s', (_, texts) => {
    expect(namesIn(texts, WORDS)).toBeUndefined();
  });
});

/** Names and parts of names of which some are the beginning or the end of others. */
const OWNERS = ['acme', 'ac*', '*cme', 'acme@4711', 'acme@47*'];
const REPOSITORIES = ['vega', 'v*', 'my-web', '*-web'];
const arbitrarySubject = fc
  .tuple(fc.constantFrom(...OWNERS), fc.constantFrom(...REPOSITORIES))
  .map(([owner, repository]) => `repo:${owner}/${repository}:ref:refs/heads/main`);

/** Two conditions that must both hold: so it matters whether a name of the one is of the other's pattern. */
const arbitraryPolicies = fc
  .sample(fc.tuple(arbitrarySubject, arbitrarySubject), { numRuns: 60, seed: 7 })
  .map(([sub, other]) => role(policyOf(statement({ StringLike: { sub }, 'ForAnyValue:StringLike': { sub: other } }))));

it('finds by its shape what is found in a policy itself', () => {
  const inTable = TABLE.flatMap(({ found, fine }) => [...Object.values(found), ...Object.values(fine)].flat());
  const policies = [...inTable, ...arbitraryPolicies].flatMap((resource) => {
    const policy = resource.kind === 'aws-role' ? parseTrustPolicy(resource.trustPolicy) : undefined;
    return policy?.ok === true ? [policy.value] : [];
  });
  const [spaces, shapes] = [new Spaces({}), new TrustShapes()];
  const told = (judged: ReturnType<typeof judgeTrust>) =>
    judged.findings.map(({ rule, message, path }) => [rule.id, message, path]);
  let judged = 0;
  for (const policy of policies) {
    for (const prefix of issuersOf(policy)) {
      judged++;
      expect(told(shapes.judge(policy, prefix, { spaces }))).toEqual(told(judgeTrust(policy, prefix, { spaces })));
    }
  }
  expect(judged).toBeGreaterThan(110);
});
