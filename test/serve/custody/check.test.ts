// What the check says of KMS keys and secrets, and that it only looks.
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkConfigFile } from '../../../src/serve/check.ts';
import { describePlaced } from '../../../src/serve/config.ts';
import { type Door, kmsDoor } from '../../keys/kms/door.ts';
import { motoOfFile } from '../../keys/kms/moto.ts';
import { temporaryDirectory } from '../directory.ts';
import { CONFIG, runIssuer } from '../running.ts';

const moto = motoOfFile();
/** One issuer, which signs with RS256 alone. */
const ONE = CONFIG.slice(0, CONFIG.indexOf('  gitlab:'));
const withCustody = (custody: string, config = ONE) => config.replace('[{ secret_file: sealing.key }]', custody);

const LOOKS = ['DescribeKey', 'GetPublicKey', 'Decrypt'];

async function problemsOf(custody: string, door: Door, directory?: string, config = ONE): Promise<string[]> {
  const file = join(directory ?? (await temporaryDirectory()), 'issuer.yaml');
  await writeFile(file, withCustody(custody, config));
  const before = door.requests.length;
  const checked = await checkConfigFile(file, door.kms());
  expect(door.requests.slice(before).filter(({ action }) => !LOOKS.includes(action))).toEqual([]);
  return checked.ok ? [] : checked.problems.map((found) => describePlaced('issuer.yaml', found));
}

async function keys() {
  const [rsa, ec, symmetric, disabled] = await Promise.all([
    moto.key('RSA_2048'),
    moto.key('ECC_NIST_P256'),
    moto.key('SYMMETRIC_DEFAULT'),
    moto.key('RSA_2048', 'Disabled'),
  ]);
  return { rsa, ec, symmetric, disabled, absent: rsa.replace(/[^/]+$/, '11111111-2222-3333-4444-555555555555') };
}

type Keys = Awaited<ReturnType<typeof keys>>;

it.each<[string, (keys: Keys) => string, readonly RegExp[]]>([
  ['a key that seals', ({ symmetric }) => `[{ kms_sealing: { key: "${symmetric}" } }]`, []],
  ['a key that signs', ({ rsa }) => `[{ kms_signing: { keys: { ona: ["${rsa}"] } } }]`, []],
  ['keys that are made', () => '[{ kms_signing: { create: true } }]', []],
  [
    'a signing key that is to seal',
    ({ rsa }) => `[{ kms_sealing: { key: "${rsa}" } }]`,
    [/^issuer.yaml:5:\d+: custody.0.kms_sealing.key: this KMS key cannot seal: it is RSA_2048 for SIGN_VERIFY/],
  ],
  [
    'all keys that cannot sign',
    ({ ec, symmetric, disabled, absent }) =>
      `[{ kms_signing: { keys: { ona: ["${ec}", "${symmetric}", "${disabled}", "${absent}"] } } }]`,
    [
      /keys.ona.0: this KMS key cannot sign: it is ECC_NIST_P256, and RSA_2048 is needed/,
      /keys.ona.1: this KMS key cannot sign: it is for ENCRYPT_DECRYPT/,
      /keys.ona.2: this KMS key cannot sign: it cannot be used: Disabled/,
      /keys.ona.3: AWS KMS cannot describe arn:.*: there is no such key \(.*AWS_REGION/,
    ],
  ],
  [
    'a mistake beside',
    ({ ec }) => `[{ kms_signing: { keys: { ona: ["${ec}"], nobody: [x] } } }]`,
    [/keys.ona.0: this KMS key cannot sign/, /keys.nobody: there is no issuer/, /keys.nobody.0: this names no KMS key/],
  ],
  [
    'a second secret that is not there',
    () => '[{ secret_file: sealing.key }, { secret_file: old.key }]',
    [/custody.1.secret_file: the sealing secret .*old.key is not there/],
  ],
])('%s', async (_what, custody, expected) => {
  const found = await problemsOf(custody(await keys()), await kmsDoor(moto.url()));
  expect(found).toEqual(expected.map((text) => expect.stringMatching(text) as unknown));
});

it('finds one key by its ARN and its alias, and an algorithm without a key', async () => {
  const { rsa } = await keys();
  await moto.alias('alias/twice', rsa);
  const both = ONE.replace('kid: "k{n}"', 'algorithms: [ES256]');
  const twice = await problemsOf(
    `[{ kms_signing: { keys: { ona: ["${rsa}", alias/twice] } } }]`,
    await kmsDoor(moto.url()),
    undefined,
    both,
  );
  expect(twice).toEqual([expect.stringMatching(/keys.ona.1: this is the key arn:.*, which is there already/)]);
  const without = await problemsOf(
    `[{ kms_signing: { keys: { ona: ["${rsa}"] } } }]`,
    await kmsDoor(moto.url()),
    undefined,
    both,
  );
  expect(without).toEqual([expect.stringMatching(/keys.ona: none of these keys signs ES256/)]);
});

it('says that KMS cannot be reached', async () => {
  const { symmetric } = await keys();
  const door = await kmsDoor(moto.url());
  await door.shut();
  expect(await problemsOf(`[{ kms_sealing: { key: "${symmetric}" } }]`, door)).toEqual([
    expect.stringMatching(/AWS KMS cannot describe arn:.*: it cannot be reached \(ECONNREFUSED\)/),
  ]);
});

it('opens the keys of a store with everything that is named, and says which is missing', async () => {
  const { symmetric } = await keys();
  const door = await kmsDoor(moto.url());
  const sealing = `{ kms_sealing: { key: "${symmetric}" } }`;
  const { directory, stop } = await runIssuer({ config: withCustody(`[${sealing}]`), kms: door.kms() });
  await stop();
  await writeFile(join(directory, 'new.key'), randomBytes(32).toString('base64'), { mode: 0o600 });
  const check = (custody: string) => problemsOf(custody, door, directory);
  expect(await check(`[{ secret_file: new.key }, ${sealing}]`)).toEqual([]);
  const unheld = expect.stringMatching(/custody: the key k0 of the issuer ona does not open with anything/) as unknown;
  expect(await check('[{ secret_file: new.key }]')).toEqual([unheld]);
  expect(await check('[{ kms_signing: { create: true } }]')).toEqual([unheld]);
  await rm(join(directory, 'new.key'));
  expect(await check(`[{ secret_file: new.key }, ${sealing}]`)).toEqual([
    expect.stringMatching(/custody.0.secret_file: .*new.key is not there.*Make one with/),
  ]);
});
