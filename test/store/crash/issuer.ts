/** The issuer of the crash tests: the same in the process that is killed and in the one that looks afterwards. */
import { randomBytes } from 'node:crypto';
import { type IssuerSettings, type Issuer } from '../../../src/issuer/settings.ts';
import { type Custody } from '../../../src/keys/custody.ts';
import { type KeyRing, type RingSettings, openRing } from '../../../src/keys/ring.ts';
import { type KeyRecords } from '../../../src/keys/record.ts';
import { sealedCustody } from '../../../src/keys/rings/sealed.ts';
import { secretSealer } from '../../../src/keys/rings/secret.ts';
import { type Store, type StoreKeys } from '../../../src/store/store.ts';

export type Place = { readonly sqlite: string } | { readonly postgres: string };

// There are many short processes, and each loads one driver alone.
const sqlite = () => import('../../../src/store/sqlite.ts');
const postgres = () => import('../../../src/store/postgres.ts');

export async function openAt(place: Place): Promise<Store> {
  if ('sqlite' in place) return (await sqlite()).openSqliteStore(place.sqlite);
  return (await postgres()).openPostgresStore({ url: place.postgres });
}

/** To open it for work would make it. */
export async function isMade(place: Place): Promise<boolean> {
  const store = await openKeysAt(place);
  await store?.close();
  return store !== undefined;
}

async function openKeysAt(place: Place): Promise<StoreKeys | undefined> {
  if ('sqlite' in place) return (await sqlite()).openSqliteKeys(place.sqlite);
  return (await postgres()).openPostgresKeys({ url: place.postgres });
}

const TIMINGS = { publishSeconds: 900, keepSeconds: 4200, rotateSeconds: 20_000 };

/** One that publishes its keys itself, and one whose keys are published as files. */
export const RINGS = {
  served: { issuer: 'ona', algorithms: ['ES256'], kid: 'k{n}', timings: TIMINGS, publication: 'served' },
  static: { issuer: 'static', algorithms: ['ES256'], kid: 'thumbprint', timings: TIMINGS, publication: 'static' },
} as const satisfies Readonly<Record<string, RingSettings>>;

/** The longest that tokens live: their keys are kept for it, and for leeway and caches. */
export const TOKEN_SECONDS = 3600;

const sealer = (byte: number) => secretSealer(Buffer.alloc(32, byte), randomBytes);

export const CUSTODIES = {
  before: sealedCustody([sealer(1), sealer(2)]),
  after: sealedCustody([sealer(2), sealer(1)]),
} as const satisfies Readonly<Record<string, Custody>>;

export function ringOf(
  settings: RingSettings,
  records: KeyRecords,
  now: () => number,
  custody: Custody = CUSTODIES.before,
): Promise<KeyRing> {
  return openRing(settings, { records, custody, now });
}

export function issuerOf(ring: KeyRing, store: Store, now: () => number): Issuer {
  const settings: IssuerSettings = {
    name: ring.settings.issuer,
    url: 'https://app.gitpod.io',
    profiles: [{ profile: 'ona-v3' }],
    jwksPaths: ['/.well-known/jwks.json'],
    cacheSeconds: 300,
  };
  const takeToken = () => Promise.resolve(undefined);
  const audited = () => undefined;
  return { settings, ring, store, upstreams: [], now, random: randomBytes, takeToken, audited, actor: 'token' };
}
