import { Ajv } from 'ajv';
import { expect, it } from 'vitest';
import { RULES } from '../../src/lint/rules.ts';
import { findingsSarif } from '../../src/report/sarif-findings.ts';
import { EMPTY, REPORT } from './findings.ts';
import { sarifSchema } from './sarif-schema.ts';

const message = {
  type: 'object',
  required: ['text'],
  properties: { text: { type: 'string', minLength: 1 } },
  additionalProperties: false,
};
const level = { enum: ['none', 'note', 'warning', 'error'] };
const bag = { type: 'object' };

/** The part of the schema of SARIF 2.1.0 (OASIS, sections 3.13 to 3.52) that is used here: what is not in it would be wrong. */
const SCHEMA = {
  type: 'object',
  required: ['version', 'runs'],
  additionalProperties: false,
  properties: {
    $schema: { type: 'string' },
    version: { const: '2.1.0' },
    runs: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['tool', 'results'],
        additionalProperties: false,
        properties: {
          columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] },
          tool: {
            type: 'object',
            required: ['driver'],
            additionalProperties: false,
            properties: {
              driver: {
                type: 'object',
                required: ['name'],
                additionalProperties: false,
                properties: {
                  name: { type: 'string' },
                  rules: {
                    type: 'array',
                    uniqueItems: true,
                    items: {
                      type: 'object',
                      required: ['id'],
                      additionalProperties: false,
                      properties: {
                        id: { type: 'string' },
                        shortDescription: message,
                        fullDescription: message,
                        help: message,
                        defaultConfiguration: { type: 'object', additionalProperties: false, properties: { level } },
                        properties: bag,
                      },
                    },
                  },
                },
              },
            },
          },
          results: {
            type: 'array',
            items: {
              type: 'object',
              required: ['message'],
              additionalProperties: false,
              properties: {
                ruleId: { type: 'string' },
                ruleIndex: { type: 'integer', minimum: 0 },
                level,
                message,
                partialFingerprints: { type: 'object', additionalProperties: { type: 'string' } },
                properties: bag,
                suppressions: {
                  type: 'array',
                  items: {
                    type: 'object',
                    required: ['kind'],
                    additionalProperties: false,
                    properties: {
                      kind: { enum: ['inSource', 'external'] },
                      status: { enum: ['accepted', 'underReview', 'rejected'] },
                    },
                  },
                },
                locations: {
                  type: 'array',
                  items: {
                    type: 'object',
                    additionalProperties: false,
                    properties: {
                      logicalLocations: {
                        type: 'array',
                        items: {
                          type: 'object',
                          additionalProperties: false,
                          properties: { fullyQualifiedName: { type: 'string' } },
                        },
                      },
                      physicalLocation: {
                        type: 'object',
                        additionalProperties: false,
                        properties: {
                          artifactLocation: {
                            type: 'object',
                            additionalProperties: false,
                            properties: { uri: { type: 'string', pattern: '^[^ \\\\]+$' } },
                          },
                          region: {
                            type: 'object',
                            additionalProperties: false,
                            properties: {
                              startLine: { type: 'integer', minimum: 1 },
                              startColumn: { type: 'integer', minimum: 1 },
                            },
                          },
                        },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
};

const validate = new Ajv({ allErrors: true }).compile(SCHEMA);

it('is SARIF 2.1.0', () => {
  for (const report of [REPORT, EMPTY]) {
    validate(findingsSarif(report, RULES));
    expect(validate.errors).toBeNull();
  }
  expect(validate({ version: '2.1.0', runs: [{}] })).toBe(false);
});

it('is what the schema of OASIS takes', async () => {
  const schema = await sarifSchema();
  // A pattern in it is no Unicode one.
  const takes = new Ajv({ allErrors: true, strict: false, unicodeRegExp: false, validateFormats: false }).compile(
    schema,
  );
  for (const report of [REPORT, EMPTY]) {
    takes(findingsSarif(report, RULES));
    expect(takes.errors).toBeNull();
  }
  expect(takes({ version: '2.1.0', runs: [{}] })).toBe(false);
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
