import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogJsonSchema, durationSeconds } from '../../src/catalog/schema.ts';

it.each([
  ['60s', 60],
  ['15m', 900],
  ['1h', 3600],
  ['7d', 604_800],
])('%s are %d seconds', (text, seconds) => {
  expect(durationSeconds(text)).toBe(seconds);
});

describe('the JSON Schema', () => {
  it('describes every key that a person may write', () => {
    const schema = JSON.stringify(catalogJsonSchema());
    for (const key of [
      'issuers',
      'access',
      'groups',
      'admit',
      'like',
      'sub_fields',
      'explicit_max_ttl',
      'session',
      'scope',
    ]) {
      expect(schema).toContain(`"${key}"`);
    }
    expect(catalogJsonSchema()).toMatchObject({ additionalProperties: false, required: ['issuers', 'access'] });
  });

  it('is the file that editors read', () => {
    const file = new URL('../../stacks/access.schema.json', import.meta.url);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject(
      JSON.parse(JSON.stringify(catalogJsonSchema())) as object,
    );
  });
});
