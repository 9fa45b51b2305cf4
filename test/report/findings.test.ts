import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/lint/rule.ts';
import { findingsJson, findingsText, placeOf } from '../../src/report/findings.ts';
import { EMPTY, REPORT, finding } from './findings.ts';

describe('text', () => {
  it('has for each finding what, a token, why and what to do', () => {
    expect(findingsText(REPORT)).toBe(
      [
        'critical aws-no-subject  plan.json: aws_iam_role.ci: Statement[0]',
        '    Statement[0] has no condition',
        '    lets in: {"sub":"repo:x/x:pull_request"}',
        '    why: any tenant takes it',
        '    fix: add one',
        'low aws-no-subject  a b/access.yaml:3:5: ci',
        '    Statement[0] has no condition',
        '    lets in: {"sub":"repo:x/x:pull_request"}',
        '    why: any tenant takes it',
        '    fix: add one',
        'note role.json: ci',
        '    its mount is not judged',
        '2 findings, 1 accepted in the catalog',
        '',
      ].join('\n'),
    );
    expect(findingsText(EMPTY)).toBe('no findings\n');
    expect(findingsText({ ...EMPTY, findings: [finding()] })).toMatch(/\n1 finding\n$/);
  });

  it('says what a token is for that is refused, or needs more than itself', () => {
    const witness = { claims: {}, admitted: false, given: ['a', 'b'] };
    const text = findingsText({ ...EMPTY, findings: [finding({ witness })] });
    expect(text).toContain('    refuses, given that a and b: {}\n');
  });

  it('keeps control characters of a document from the terminal', () => {
    const text = findingsText({ ...EMPTY, findings: [finding({ message: '\u001b[31m\u202e' })] });
    expect(text).toContain('    ?[31m?\n');
  });
});

it('is JSON with the claims of the witness, and null where there is none', () => {
  const [first, second] = (findingsJson({ ...EMPTY, findings: [finding(), without()] }) as { findings: unknown[] })
    .findings;
  expect(first).toEqual({
    rule: 'aws-no-subject',
    severity: 'critical',
    message: 'Statement[0] has no condition',
    witness: { sub: 'repo:x/x:pull_request' },
    place: 'plan.json: aws_iam_role.ci: Statement[0]',
    admitted: true,
    given: [],
    reason: 'any tenant takes it',
    fix: 'add one',
    file: 'plan.json',
    resource: 'aws_iam_role.ci',
    path: 'Statement[0]',
  });
  expect(second).toMatchObject({ witness: null });
  expect(findingsJson(REPORT)).toMatchObject({
    suppressed: [{ rule: 'aws-session' }],
    notes: [{ place: 'role.json: ci', message: 'its mount is not judged' }],
  });
});

function without(): Finding {
  const entries = Object.entries(finding()).filter(([name]) => name !== 'witness');
  return Object.fromEntries(entries) as unknown as Finding;
}

it.each([
  [{ file: 'a', resource: 'b' }, '', 'a: b'],
  [{ file: 'a', resource: 'b', line: 2 }, 'c', 'a:2: b: c'],
  [{ file: 'a', resource: '', line: 2, column: 1 }, '', 'a:2:1'],
])('writes %j as a place', (place, path, expected) => {
  expect(placeOf(place, path)).toBe(expected);
});
