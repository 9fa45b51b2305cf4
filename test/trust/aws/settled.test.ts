// Where two evaluations disagreed, or the documents leave a choice: what was settled on, and why.
import { expect, it } from 'vitest';
import { evaluateTrustPolicy } from '../../../src/trust/aws/evaluate.ts';
import { parseTrustPolicy } from '../../../src/trust/aws/policy.ts';
import { GATE_CONTEXT, NOW, gateAdmits } from './gate.ts';

const ARN = 'arn:aws:iam::123456789012:oidc-provider/app.gitpod.io';
const CLAIMS = {
  iss: 'https://app.gitpod.io',
  sub: 'org:acme',
  aud: 'a',
  iat: NOW,
  exp: NOW + 60,
  email: 'a@b.example',
};
const TAGGED = { 'https://aws.amazon.com/tags': { principal_tags: { flag: ['true'], time: [String(NOW)] } } };
const ACTIONS = ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'];

type Verdict = boolean | 'unknown';

const when = (condition: object) => [
  { Effect: 'Allow', Principal: { Federated: ARN }, Action: ACTIONS, Condition: condition },
];
const by = (principal: object) => [{ Effect: 'Allow', Action: ACTIONS, ...principal }];
const [allowed] = when({});

it.each<[question: string, because: string, verdict: Verdict, statements: readonly object[]]>([
  [
    'a variable in Bool',
    'variables belong to the operators on strings and ARNs (IAM User Guide, "Variables and tags")',
    false,
    when({ Bool: { 'aws:SecureTransport': '${aws:RequestTag/flag}' } }),
  ],
  [
    'a variable in a date',
    'the same',
    false,
    when({ DateLessThanEquals: { 'aws:CurrentTime': '${aws:RequestTag/time}' } }),
  ],
  [
    'a variable in a string',
    'there it is one',
    true,
    when({ StringEquals: { 'aws:RequestTag/flag': '${aws:RequestTag/flag}' } }),
  ],
  [
    'everybody in an Allow, for web identities',
    'seen not to admit them, which is no promise: the answer is not given',
    'unknown',
    by({ Principal: '*' }),
  ],
  [
    'everybody in a Deny',
    'it takes in every principal (IAM JSON policy elements: Principal)',
    false,
    [...(allowed === undefined ? [] : [allowed]), { Effect: 'Deny', Principal: '*', Action: ACTIONS }],
  ],
  ['NotPrincipal of another', 'of web identities nothing is documented', 'unknown', by({ NotPrincipal: { AWS: 'x' } })],
  [
    'a key that AWS may have for the issuer or not',
    'reported both ways',
    'unknown',
    when({ StringEquals: { 'app.gitpod.io:email': CLAIMS.email } }),
  ],
  [
    'ForAllValues on a key that is absent',
    'it holds of no value (IAM User Guide, "Multivalued context keys")',
    true,
    when({ 'ForAllValues:StringEquals': { 'app.gitpod.io:amr': 'x' } }),
  ],
])('%s: %s', (_question, _because, verdict, statements) => {
  const document = { Version: '2012-10-17', Statement: statements };
  const policy = parseTrustPolicy(document);
  if (!policy.ok) throw new Error(JSON.stringify(policy.problems));
  const claims = { ...CLAIMS, ...TAGGED };
  expect(evaluateTrustPolicy(policy.value, { claims, now: NOW, context: GATE_CONTEXT }).admitted).toBe(verdict);
  // The gate takes one side of what is not known.
  if (verdict !== 'unknown') expect(gateAdmits(JSON.stringify(document), ARN, claims)).toBe(verdict);
});
