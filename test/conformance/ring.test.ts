import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Custody } from '../../src/keys/custody.ts';
import { type KeyChange } from '../../src/keys/record.ts';
import { kmsSealer } from '../../src/keys/rings/kms-sealed.ts';
import { kmsSigningCustody } from '../../src/keys/rings/kms-signing.ts';
import { memoryCustody, memoryRecords } from '../../src/keys/rings/memory.ts';
import { sealedCustody } from '../../src/keys/rings/sealed.ts';
import { secretSealer } from '../../src/keys/rings/secret.ts';
import { severalCustodies } from '../../src/keys/rings/several.ts';
import { storedRecords } from '../../src/keys/rings/stored.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { type Store } from '../../src/store/store.ts';
import { kmsDoor } from '../keys/kms/door.ts';
import { motoOfFile } from '../keys/kms/moto.ts';
import { temporaryDirectory } from '../serve/directory.ts';
import { openAt, usePostgres } from '../store/postgres.ts';
import { type RingBackend, ringConformance } from './ring.ts';

const moto = motoOfFile();
const postgres = usePostgres();
const kms = async () => (await kmsDoor(moto.url())).kms();
const bySecret = () => secretSealer(randomBytes(32), randomBytes);
const byKms = async () => kmsSealer(await kms(), await moto.key('SYMMETRIC_DEFAULT'), randomBytes);

/** As many as the longest life of the suite has. */
async function givenKeys(): Promise<string[]> {
  return Promise.all(
    (['ECC_NIST_P256', 'ECC_NIST_P256', 'ECC_NIST_P256', 'ECC_NIST_P256', 'RSA_2048'] as const).map((spec) =>
      moto.key(spec),
    ),
  );
}

const custodies = {
  memory: () => Promise.resolve(memoryCustody()),
  secret: () => Promise.resolve(sealedCustody([bySecret()])),
  kmsSealed: async () => sealedCustody([await byKms()]),
  kmsCreates: async () => kmsSigningCustody(await kms(), { kind: 'create' }),
  kmsGiven: async () =>
    kmsSigningCustody(await kms(), { kind: 'given', keys: { ona: await givenKeys(), gitlab: await givenKeys() } }),
  several: async () =>
    severalCustodies([kmsSigningCustody(await kms(), { kind: 'create' }), sealedCustody([await byKms(), bySecret()])]),
} satisfies Readonly<Record<string, () => Promise<Custody>>>;

type Kept = Omit<RingBackend, 'custody'>;

function inMemory(): Promise<Kept> {
  const records = memoryRecords();
  return Promise.resolve({ records, changes: () => Promise.resolve(records.changes('ona')) });
}

function inStore({ keys, audit }: Store): Kept {
  const changes = async () =>
    (await audit.latest(99, undefined, { issuer: 'ona' })).toReversed().map(({ kind, kid, time, actor }) => ({
      kind: kind as KeyChange['kind'],
      kids: kid?.split(' ') ?? [],
      time,
      actor: actor ?? undefined,
    }));
  return { records: storedRecords(keys), changes };
}

async function inSqlite(): Promise<Kept> {
  const store = await openSqliteStore(join(await temporaryDirectory(), 'issuer.db'));
  onTestFinished(() => store.close());
  return inStore(store);
}

async function inPostgres(): Promise<Kept> {
  return inStore(await openAt(await postgres().database()));
}

const RINGS: readonly (readonly [string, () => Promise<Kept>, () => Promise<Custody>])[] = [
  ['memory', inMemory, custodies.memory],
  ['sealed by a secret', inMemory, custodies.secret],
  ['sealed by a secret, in SQLite', inSqlite, custodies.secret],
  ['sealed by a secret, in PostgreSQL', inPostgres, custodies.secret],
  ['sealed by AWS KMS', inMemory, custodies.kmsSealed],
  ['sealed by AWS KMS, in SQLite', inSqlite, custodies.kmsSealed],
  ['in AWS KMS, made as needed', inMemory, custodies.kmsCreates],
  ['in AWS KMS, made as needed, in SQLite', inSqlite, custodies.kmsCreates],
  ['in AWS KMS, made as needed, in PostgreSQL', inPostgres, custodies.kmsCreates],
  ['in AWS KMS, given', inMemory, custodies.kmsGiven],
  ['in AWS KMS beside sealed ones', inMemory, custodies.several],
];

for (const [name, records, custody] of RINGS) {
  ringConformance(name, async () => ({ ...(await records()), custody: await custody() }));
}
