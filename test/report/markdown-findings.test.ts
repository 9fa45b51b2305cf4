import { expect, it } from 'vitest';
import { findingsMarkdown } from '../../src/report/markdown-findings.ts';
import { EMPTY, REPORT, finding } from './findings.ts';
import { rendered } from './rendered.ts';

it('is a table, with the tokens folded below it', () => {
  const text = findingsMarkdown(REPORT);
  expect(text).toContain(
    '| critical | `aws-no-subject` | `plan.json: aws_iam_role.ci: Statement[0]` | `Statement[0] has no condition` |',
  );
  expect(text).toContain('A token that is let in:\n\n```json\n{\n  "sub": "repo:x/x:pull_request"\n}\n```');
  expect(text).toContain('<details><summary>Accepted in the catalog: 1</summary>');
  expect(text).toContain('- `role.json: ci`: `its mount is not judged`');
  expect(findingsMarkdown(EMPTY)).toBe('### No findings\n\n');
});

it('lets no value of a document become markup', async () => {
  const claims = { sub: '```\n</details><img src=x>' };
  const evil = '| <b>@all</b> [x](y) `z`';
  const place = { file: evil, resource: evil };
  const hostile = finding({ message: evil, place, path: evil, witness: { claims, admitted: false, given: ['*'] } });
  const notes = [{ place, message: evil }];
  const text = findingsMarkdown({ findings: [hostile], suppressed: [hostile], notes });
  expect(text).toContain('A token that is refused, though it was meant, given that `*`:\n\n````json\n');
  const { text: plain, html, links } = await rendered(text);
  expect(links).toEqual([]);
  expect(plain).not.toMatch(/@all|\[x\]/);
  expect(html.filter((one) => /<(?!\/?(?:details|summary|code)>)/.test(one))).toEqual([]);
});
