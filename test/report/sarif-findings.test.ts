import { Ajv } from 'ajv';
import { expect, it } from 'vitest';
import { RULES } from '../../src/lint/rules.ts';
import { findingsSarif } from '../../src/report/sarif-findings.ts';
import { EMPTY, REPORT } from './findings.ts';
import { sarifSchema } from './sarif-schema.ts';

it('is SARIF 2.1.0', async () => {
  const schema = await sarifSchema();
  // A pattern in it is no Unicode one.
  const validate = new Ajv({ allErrors: true, strict: false, unicodeRegExp: false, validateFormats: false }).compile(
    schema,
  );
  for (const report of [REPORT, EMPTY]) {
    validate(findingsSarif(report, RULES));
    expect(validate.errors).toBeNull();
  }
  expect(validate({ version: '2.1.0', runs: [{}] })).toBe(false);
});

it('has every finding with its rule, its line and its witness', () => {
  const rule = RULES.findIndex(({ id }) => id === 'aws-no-subject');
  expect(findingsSarif(REPORT, RULES)).toMatchObject({
    runs: [
      {
        results: [
          {
            ruleId: 'aws-no-subject',
            ruleIndex: rule,
            level: 'error',
            message: { text: expect.stringContaining('Lets in: {"sub":"repo:x/x:pull_request"}') as string },
            properties: { witness: { sub: 'repo:x/x:pull_request' } },
          },
          {
            level: 'note',
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: 'a%20b/access.yaml' },
                  region: { startLine: 3, startColumn: 5 },
                },
              },
            ],
          },
          { ruleId: 'aws-session', suppressions: [{ kind: 'external', status: 'accepted' }] },
        ],
      },
    ],
  });
});
