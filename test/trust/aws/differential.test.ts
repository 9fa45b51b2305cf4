/**
 * The evaluation of trust policies against the gate's, which was written from AWS's documents without a look at this one: the same
 * policy and the same token, seeded, with what bites weighted up. Both may be wrong, but hardly in the same way.
 */
import { describe, expect, it } from 'vitest';
import { evaluateTrustPolicy } from '../../../src/trust/aws/evaluate.ts';
import { parseTrustPolicy } from '../../../src/trust/aws/policy.ts';
import { casesOf, seeded } from '../../random.ts';
import { GATE_CONTEXT, gateAdmits, NOW } from './gate.ts';

const CASES = casesOf(25_000);
const ISSUERS = [
  { url: 'https://services.acme.gitpod.cloud/idp', visible: [] as string[] },
  { url: 'https://gitlab.com', visible: ['project_id', 'ref_protected', 'user_email'] },
];

type Random = () => number;
const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
const chance = (random: Random, probability: number): boolean => random() < probability;

const SUBJECTS = [
  'a',
  'org:acme',
  'org:acme:project:web',
  'org:ACME',
  'org:acme-evil',
  'a*b',
  'a?b',
  '$',
  '${*}',
  'arn:aws:iam::1:role/x',
];
const PATTERNS = [
  ...SUBJECTS,
  '*',
  '',
  '?',
  'org:*',
  'org:acme*',
  'org:acme:*',
  '*:project:web',
  'a${*}b',
  'a${?}b',
  '${$}',
  '${$}{*}',
  '${aws:RequestTag/team}',
  "${aws:RequestTag/none, 'org:acme'}",
  '${aws:TagKeys}',
  'arn:aws:iam::*:role/*',
  'arn:*',
  'arn:aws:*:*:1:*',
  '??g:acme',
];
const SCALARS: Readonly<Record<string, readonly string[]>> = {
  String: PATTERNS,
  Arn: [
    'arn:aws:iam::1:role/x',
    'arn:aws:iam::*:role/x',
    'arn:*:iam::1:role/*',
    'arn:aws:iam:*',
    '*',
    'arn:aws:iam::1:role/x:y',
  ],
  Numeric: ['1', '0', '1790000000', '-1', '1.5', 'x', ''],
  Date: ['2026-09-21T13:33:20Z', '2026-09-21', '1790000000', '2020-01-01T00:00:00Z', '2030-01-01T00:00:00+02:00'],
  Bool: ['true', 'false', 'TRUE'],
  Ip: ['10.0.0.0/8', '10.1.2.3', '10.1.2.3/32', '0.0.0.0/0', '2001:db8::/32', '10.1.2.4'],
};
const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  String: [
    'StringEquals',
    'StringLike',
    'StringNotEquals',
    'StringNotLike',
    'StringEqualsIgnoreCase',
    'StringNotEqualsIgnoreCase',
  ],
  Arn: ['ArnLike', 'ArnEquals', 'ArnNotLike', 'ArnNotEquals'],
  Numeric: [
    'NumericEquals',
    'NumericNotEquals',
    'NumericLessThan',
    'NumericLessThanEquals',
    'NumericGreaterThan',
    'NumericGreaterThanEquals',
  ],
  Date: [
    'DateEquals',
    'DateNotEquals',
    'DateLessThan',
    'DateLessThanEquals',
    'DateGreaterThan',
    'DateGreaterThanEquals',
  ],
  Bool: ['Bool'],
  Ip: ['IpAddress', 'NotIpAddress'],
};
const KEYS: Readonly<Record<string, readonly string[]>> = {
  Numeric: ['aws:EpochTime'],
  Date: ['aws:CurrentTime', 'aws:EpochTime'],
  Bool: ['aws:SecureTransport', 'sts:RoleAuthorizedByIdp'],
  Ip: ['aws:SourceIp'],
};

function conditionOf(random: Random, prefix: string): [string, string, string | string[]] {
  const family = pick(random, [
    'String',
    'String',
    'String',
    'String',
    'String',
    'Arn',
    'Numeric',
    'Date',
    'Bool',
    'Ip',
  ]);
  const claims = ['sub', 'sub', 'sub', 'aud', 'amr', 'oaud', 'azp', 'project_id', 'user_email', 'organization'];
  const own = () => `${chance(random, 0.9) ? prefix : 'other.example'}:${pick(random, claims)}`;
  const global = [
    'aws:RequestTag/team',
    'aws:RequestTag/none',
    'aws:TagKeys',
    'sts:TransitiveTagKeys',
    'sts:SourceIdentity',
    'sts:RoleSessionName',
  ];
  const named =
    family in KEYS && chance(random, 0.8)
      ? pick(random, KEYS[family] ?? [])
      : chance(random, 0.75)
        ? own()
        : pick(random, global);
  const key = chance(random, 0.1) ? named.toUpperCase() : named;
  if (chance(random, 0.06)) return ['Null', key, pick(random, ['true', 'false'])];
  const set = chance(random, 0.25) ? pick(random, ['ForAllValues:', 'ForAnyValue:']) : '';
  const operator = `${set}${pick(random, OPERATORS[family] ?? [])}${chance(random, 0.2) ? 'IfExists' : ''}`;
  const values = SCALARS[chance(random, 0.9) ? family : 'String'] ?? [];
  const count = Math.floor(random() * 3);
  return [
    operator,
    key,
    count === 0 ? pick(random, values) : Array.from({ length: count }, () => pick(random, values)),
  ];
}

function statementOf(random: Random, arn: string, prefix: string): object {
  const condition: Record<string, Record<string, unknown>> = {};
  for (let left = Math.floor(random() * 3); left > 0; left--) {
    const [operator, key, values] = conditionOf(random, prefix);
    condition[operator] = { ...condition[operator], [key]: values };
  }
  const principal = pick(random, [
    ...Array.from({ length: 12 }, () => ({ Federated: arn })),
    { Federated: [arn, 'x'] },
    { Federated: `${arn}.evil` },
    { Federated: `${arn}*` },
    { AWS: '*' },
  ]);
  const action = pick(random, [
    ...Array.from({ length: 6 }, () => 'sts:AssumeRoleWithWebIdentity'),
    ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession', 'sts:SetSourceIdentity'],
    ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'],
    'sts:*',
    'STS:assumerolewith*',
    'sts:AssumeRole',
  ]);
  return {
    Effect: chance(random, 0.8) ? 'Allow' : 'Deny',
    Principal: principal,
    ...(chance(random, 0.05) ? { NotAction: 'sts:AssumeRole' } : { Action: action }),
    ...(Object.keys(condition).length > 0 ? { Condition: condition } : {}),
  };
}

function claimsOf(random: Random, iss: string): Record<string, unknown> {
  return {
    iss,
    sub: pick(random, SUBJECTS),
    aud: 'sts.amazonaws.com',
    iat: NOW,
    exp: NOW + 300,
    ...(chance(random, 0.2) ? { azp: pick(random, ['org:acme', 'a']) } : {}),
    ...(chance(random, 0.3) ? { amr: pick(random, [['a', 'org:acme'], ['a'], [], 'a']) } : {}),
    ...(chance(random, 0.3) ? { project_id: pick(random, ['a', '1', 22]) } : {}),
    ...(chance(random, 0.2) ? { user_email: 'a', organization: 'org:acme' } : {}),
    ...(chance(random, 0.3)
      ? {
          'https://aws.amazon.com/tags': {
            principal_tags: { team: [pick(random, ['org:acme', 'a', '*'])] },
            transitive_tag_keys: ['team'],
          },
        }
      : {}),
    ...(chance(random, 0.1) ? { 'https://aws.amazon.com/source_identity': 'org-acme' } : {}),
    ...(chance(random, 0.1) ? { 'https://aws.amazon.com/roles': ['arn:aws:iam::1:role/x'] } : {}),
  };
}

describe('evaluateTrustPolicy', () => {
  it(`agrees with the gate in ${CASES} random cases, and is never in doubt where all is known`, () => {
    const random = seeded(4);
    const counts = { admitted: 0, refused: 0, unknown: 0 };
    for (let round = 0; round < CASES; round++) {
      const { url, visible } = pick(random, ISSUERS);
      const prefix = url.replace('https://', '');
      const arn = `arn:aws:iam::123456789012:oidc-provider/${prefix}`;
      const Statement = Array.from({ length: 1 + Math.floor(random() * 3) }, () => statementOf(random, arn, prefix));
      const document = JSON.stringify({ Version: chance(random, 0.85) ? '2012-10-17' : '2008-10-17', Statement });
      const claims = claimsOf(random, url);
      const policy = parseTrustPolicy(document);
      if (!policy.ok) throw new Error(JSON.stringify(policy.problems));
      const { admitted, checks } = evaluateTrustPolicy(policy.value, {
        claims: claims as never,
        visible,
        now: NOW,
        roleArn: 'arn:aws:iam::1:role/x',
        context: GATE_CONTEXT,
      });
      const gate = gateAdmits(document, arn, claims);
      if (admitted !== gate) {
        throw new Error(
          `round ${round}: ${admitted}, and the gate says ${gate}:\n${document}\n${JSON.stringify(claims)}\n${JSON.stringify(checks, undefined, 1)}`,
        );
      }
      counts[gate ? 'admitted' : 'refused']++;
    }
    expect(Math.min(counts.admitted, counts.refused)).toBeGreaterThan(CASES / 10);
  });
});
