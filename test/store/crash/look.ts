/** What is in a store after a crash, as another process finds it, and whether it is as it may be. */
import { type JSONWebKeySet, decodeProtectedHeader } from 'jose';
import { createLocalJWKSet } from 'jose/jwks/local';
import { jwtVerify } from 'jose/jwt/verify';
import { expect } from 'vitest';
import { jwksDocument } from '../../../src/issuer/documents.ts';
import { exchange } from '../../../src/issuer/exchange.ts';
import { signJws } from '../../../src/issuer/jws.ts';
import { type KeyRing, type RingSettings } from '../../../src/keys/ring.ts';
import { type KeyRecord } from '../../../src/keys/record.ts';
import { memoryRecords } from '../../../src/keys/rings/memory.ts';
import { storedRecords } from '../../../src/keys/rings/stored.ts';
import { type Store } from '../../../src/store/store.ts';
import { CUSTODIES, RINGS, TOKEN_SECONDS, issuerOf, ringOf } from './issuer.ts';
import { IDEMPOTENCY_KEY } from './operations.ts';

export interface Found {
  /** Are the tables there? */
  readonly made: boolean;
  /** Everything that operations change, without the audit. */
  readonly tables: Readonly<Record<keyof typeof RINGS | 'organizations' | 'rows' | 'once', unknown>>;
  readonly versions: Readonly<Record<keyof typeof RINGS, number>>;
  /** The registration that was asked for with a key. */
  readonly once: string | undefined;
  /** The kinds of the changes in the audit, the oldest first. */
  readonly changes: readonly string[];
}

export const NOTHING: Found = {
  once: undefined,
  made: false,
  tables: { served: [], static: [], organizations: [], rows: [], once: undefined },
  versions: { served: 0, static: 0 },
  changes: [],
};

export async function find({ keys, organizations, registrations, idempotency, audit }: Store): Promise<Found> {
  const served = await keys.load(RINGS.served.issuer);
  const other = await keys.load(RINGS.static.issuer);
  const rows = await registrations.list(RINGS.served.issuer, 'acme', 100);
  const once = await idempotency.find(RINGS.served.issuer, IDEMPOTENCY_KEY);
  if (once !== undefined) expect(rows.map(({ id }) => id)).toContain(once.registration);
  const entries = await audit.latest(1000);
  return {
    made: true,
    tables: {
      served: served.keys,
      static: other.keys,
      organizations: await organizations.list(RINGS.served.issuer, 100),
      rows,
      once,
    },
    versions: { served: served.version, static: other.version },
    once: once?.registration,
    changes: entries
      .map(({ kind }) => kind)
      .filter((kind) => kind !== 'issued' && kind !== 'refused')
      .toReversed(),
  };
}

/** The token of each key that ends last, by the issuer and the key. */
export type Tokens = Map<string, { readonly issuer: string; readonly token: string; readonly ends: number }>;

/**
 * Signs with what signs now, and verifies what was signed: every token is of a published key to its last second.
 * Nothing is written to the rings: what an issuer would write there is written to a copy.
 */
export async function demandTokens(
  store: Store,
  time: number,
  credentials: ReadonlyMap<string, string>,
  tokens: Tokens,
): Promise<void> {
  let now = time;
  const clock = () => now;
  for (const settings of Object.values(RINGS)) {
    const { version, records } = await storedRecords(store.keys).load(settings.issuer);
    if (version === 0) continue;
    await demandHandles(records);
    const ring = await copyOf(settings, records, clock);
    await keepToken(ring, time, tokens);
    if (settings === RINGS.served) await demandCredentials(ring, store, clock, credentials, tokens);
    for (const { issuer, token, ends } of tokens.values()) {
      if (issuer !== settings.issuer || ends <= time) continue;
      for (now of [time, ends - 1]) {
        const jwks = JSON.parse(jwksDocument(issuerOf(ring, store, clock)).body) as JSONWebKeySet;
        await jwtVerify(token, createLocalJWKSet(jwks), { currentDate: new Date(now * 1000) });
      }
      now = time;
    }
  }
}

async function copyOf(settings: RingSettings, records: readonly KeyRecord[], clock: () => number): Promise<KeyRing> {
  const copy = memoryRecords();
  await copy.commit(settings.issuer, 0, records);
  return ringOf(settings, copy, clock);
}

/** Every private key is there to the end of its key, and opens. */
async function demandHandles(records: readonly KeyRecord[]): Promise<void> {
  for (const record of records) {
    expect([record.kid, record.handle === null]).toEqual([record.kid, record.state === 'removed']);
    if (record.handle !== null) await CUSTODIES.before.open(record, record.handle);
  }
}

async function keepToken(ring: KeyRing, now: number, tokens: Tokens): Promise<void> {
  const signer = ring.signer();
  if (signer === undefined) return;
  const { issuer } = ring.settings;
  const ends = now + TOKEN_SECONDS;
  tokens.set(`${issuer} ${signer.kid}`, { issuer, ends, token: await signJws({ iss: issuer, exp: ends }, signer) });
}

/** What was answered works, until it is removed: with its registration and its organization. */
async function demandCredentials(
  ring: KeyRing,
  store: Store,
  clock: () => number,
  credentials: ReadonlyMap<string, string>,
  tokens: Tokens,
): Promise<void> {
  const issuer = issuerOf(ring, store, clock);
  const removed = await store.audit.latest(100, undefined, { kind: 'unregistered' });
  for (const [id, credential] of credentials) {
    const done = await exchange(issuer, { subject: { kind: 'credential', credential }, audiences: ['sts'] });
    expect([id, done.ok]).toEqual([id, !removed.some(({ registration }) => registration === id)]);
    if (!done.ok) continue;
    const { kid = '' } = decodeProtectedHeader(done.token);
    tokens.set(`${id} ${kid}`, { issuer: ring.settings.issuer, token: done.token, ends: clock() + done.expiresIn });
  }
}
