import { describe, expect, it } from 'vitest';
import { judgeTrust } from '../../src/lint/aws/judge.ts';
import { TrustShapes } from '../../src/lint/aws/shapes.ts';
import { issuersOf } from '../../src/lint/aws/trust.ts';
import { namesIn, wordsOf } from '../../src/lint/shape.ts';
import { Spaces } from '../../src/lint/spaces.ts';
import { github } from '../../src/claims/profiles/github.ts';
import { parseTrustPolicy } from '../../src/trust/aws/policy.ts';
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

  it('leaves alone what could be the beginning of a name, or a stand-in', () => {
    expect(namesIn(['repo:acme*'], WORDS)).toBeUndefined();
    expect(namesIn(['repo:qz1z/api'], WORDS)).toBeUndefined();
    expect(namesIn(['repo:acme/*'], WORDS)?.rename('repo:acme/*')).toBe('repo:qz0z/*');
  });
});

it('finds by its shape what is found in a policy itself', () => {
  const policies = TABLE.flatMap(({ found, fine }) => [...Object.values(found), ...Object.values(fine)].flat()).flatMap(
    (resource) => {
      const policy = resource.kind === 'aws-role' ? parseTrustPolicy(resource.trustPolicy) : undefined;
      return policy?.ok === true ? [policy.value] : [];
    },
  );
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
  expect(judged).toBeGreaterThan(50);
});
