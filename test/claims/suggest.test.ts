import { expect, it } from 'vitest';
import { suggest } from '../../src/claims/suggest.ts';

const CLAIMS = ['project_id', 'project_path', 'ref'];

it.each([
  ['projectid', CLAIMS, 'did you mean project_id?'],
  ['project_pth', CLAIMS, 'did you mean project_path?'],
  ['rf', CLAIMS, 'did you mean ref?'],
  ['PROJECT_ID', CLAIMS, 'there are: project_id, project_path, ref'],
  ['zzz_unlike_anything', CLAIMS, 'there are: project_id, project_path, ref'],
  ['', CLAIMS, 'there are: project_id, project_path, ref'],
  ['x', [], 'there are none'],
])('for %j of %j: %s', (wrong, offered, text) => {
  expect(suggest(wrong, offered)).toBe(text);
});

it('keeps the order of names that are as near', () => {
  expect(suggest('re', ['ref', 'rex'])).toBe('did you mean ref?');
});
