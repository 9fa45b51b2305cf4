// `custody` as people write it.
import { describe, expect, it } from 'vitest';
import { describePlaced, parseConfig } from '../../../src/serve/config.ts';
import { CONFIG } from '../running.ts';

const ARN = 'arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555';
const withCustody = (custody: string) => CONFIG.replace('[{ secret_file: sealing.key }]', custody);

function read(custody: string): unknown {
  const config = parseConfig(withCustody(custody), '/etc/idp');
  return config.ok ? config.value.custody : config.problems.map((found) => describePlaced('issuer.yaml', found));
}

it.each([
  [
    '[{ secret_file: new.key }, { secret_file: old.key }]',
    [
      { kind: 'secret', file: '/etc/idp/new.key' },
      { kind: 'secret', file: '/etc/idp/old.key' },
    ],
  ],
  [`[{ kms_sealing: { key: "${ARN}" } }]`, [{ kind: 'kms-sealing', key: ARN }]],
  [
    '[{ kms_signing: { create: true } }, { secret_file: old.key }]',
    [
      { kind: 'kms-signing', keys: 'created' },
      { kind: 'secret', file: '/etc/idp/old.key' },
    ],
  ],
  [
    '[{ kms_signing: { keys: { ona: [alias/a, alias/b], gitlab: [alias/c], classic: [mrk-0123456789abcdef0123456789abcdef] } } }]',
    [
      {
        kind: 'kms-signing',
        keys: {
          ona: ['alias/a', 'alias/b'],
          gitlab: ['alias/c'],
          classic: ['mrk-0123456789abcdef0123456789abcdef'],
        },
      },
    ],
  ],
  ['[{ secret_file: a.key }, { kms_signing: { keys: { ona: [alias/a] } } }]', expect.any(Array)],
])('takes %s', (custody, expected) => {
  expect(read(custody)).toEqual(expected);
});

describe('a mistake', () => {
  it.each<[string, string, readonly RegExp[]]>([
    ['nothing', '[]', [/^issuer.yaml:5:1: custody: private keys are somewhere/]],
    ['a file alone', 'sealing.key', [/custody: `custody` must be a list \(.*secret_file/]],
    ['an empty way', '[{}]', [/custody.0: needs one of `secret_file`, `kms_sealing`, `kms_signing`$/]],
    [
      'two ways in one',
      '[{ secret_file: a, kms_sealing: { key: alias/a } }]',
      [/custody.0: needs one of .* \(it has secret_file and kms_sealing\)/],
    ],
    [
      'a way that there is not',
      '[{ secret_fil: a }]',
      [/custody.0: needs one of/, /custody.0.secret_fil: .*did you mean/],
    ],
    [
      'a key that is none',
      '[{ kms_sealing: { key: "arn:aws:s3:::bucket" } }]',
      [/^issuer.yaml:5:\d+: custody.0.kms_sealing.key: this names no KMS key/],
    ],
    [
      'given keys and created ones',
      '[{ kms_signing: { create: true, keys: { ona: [alias/a], gitlab: [alias/b], classic: [alias/c] } } }]',
      [/custody.0.kms_signing: needs one of `keys`, `create` \(it has keys and create\)/],
    ],
    ['neither', '[{ kms_signing: {} }]', [/custody.0.kms_signing: needs one of `keys`, `create`$/]],
    ['keys that are not to be made', '[{ kms_signing: { create: false } }]', [/create: it is true, or left out/]],
    [
      'keys for nobody, and an issuer without',
      '[{ kms_signing: { keys: { onna: [alias/a], gitlab: [alias/b], classic: [alias/c] } } }]',
      [/kms_signing.keys: the issuer ona has no keys/, /keys.onna: there is no issuer onna \(did you mean ona\?\)/],
    ],
    [
      'a key for two issuers',
      '[{ kms_signing: { keys: { ona: [alias/a], gitlab: [alias/b], classic: [alias/c, alias/a] } } }]',
      [/custody.0.kms_signing.keys.classic.1: the key alias\/a is there already/],
    ],
    [
      'a file twice',
      '[{ secret_file: a }, { secret_file: a }]',
      [/custody.1.secret_file: the file a is there already/],
    ],
    [
      'KMS twice',
      '[{ kms_sealing: { key: alias/a } }, { kms_sealing: { key: alias/b } }]',
      [/custody.1.kms_sealing: `kms_sealing` is there already/],
    ],
    [
      'several things at once',
      '[{ secret_file: "" }, { kms_sealing: { key: x } }, { kms_signing: { keys: { ona: [], gitlab: [y] } } }]',
      [
        /custody.0.secret_file: a path is not empty/,
        /custody.1.kms_sealing.key: this names no KMS key/,
        /custody.2.kms_signing.keys.ona: an issuer has one key/,
        /custody.2.kms_signing.keys.gitlab.0: this names no KMS key/,
      ],
    ],
  ])('%s', (_what, custody, expected) => {
    expect(read(custody)).toEqual(expected.map((text) => expect.stringMatching(text) as unknown));
  });
});
