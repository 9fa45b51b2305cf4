/** The key ring of one issuer: publishes and signs from memory, changes by compare-and-set on the records. */

import { type Algorithm, type PublicJwk, type Sign, thumbprint } from './algorithms.ts';
import { type Custody } from './custody.ts';
import {
  type NewKey,
  type Plan,
  type Publication,
  type Rotation,
  type Timings,
  planPublished,
  planReplace,
  planRotate,
  planSchedule,
  planStart,
  published,
  settle,
} from './plan.ts';
import { type KeyChange, type KeyRecord, type KeyRecords } from './record.ts';
import { remembered } from './remembered.ts';
import { type ChangeOf, ATTEMPTS, contended, reseal } from './reseal.ts';
import { type OpenedKeys, type Unopened, openKeys, reopenKeys } from './signers.ts';

export interface PublicKey {
  readonly kid: string;
  readonly algorithm: Algorithm;
  readonly jwk: PublicJwk;
}

export interface Signer {
  readonly kid: string;
  readonly algorithm: Algorithm;
  readonly sign: Sign;
}

export interface RingSettings {
  readonly issuer: string;
  /** The usual one first. */
  readonly algorithms: readonly [Algorithm, ...Algorithm[]];
  /** `thumbprint` (RFC 7638), or a name with `{n}`, which counts the issuer's keys from 0. */
  readonly kid: string;
  readonly timings: Timings;
  readonly publication: Publication;
}

export interface RingPorts {
  readonly records: KeyRecords;
  readonly custody: Custody;
  /** Seconds since 1970. */
  readonly now: () => number;
  /** @default nobody is told; the key does not sign */
  readonly unopened?: Unopened;
  /** Told of each change once it is written. @default nobody is told */
  readonly changed?: (change: KeyChange) => void;
}

export type RotationRefusal = Extract<Rotation<KeyRecord>, { ok: false }>;

/** Every change is written with its entry of the audit. An `actor` is on whose behalf it is done, where somebody asked. */
export interface KeyRing {
  readonly settings: RingSettings;
  /** Pending, active and retiring keys, from memory; the same list while they are the same. */
  publicKeys(): readonly PublicKey[];
  /** The active key; without an algorithm the usual one, or another while the usual one is still pending. */
  signer(algorithm?: Algorithm): Signer | undefined;
  /** All records with their states now. */
  records(): readonly KeyRecord[];
  /**
   * Takes over what another replica changed, writes down states that time has changed, and begins a rotation that is due.
   * Keeps the last known good where it rejects.
   */
  refresh(): Promise<void>;
  rotate(actor?: string): Promise<{ readonly ok: true } | RotationRefusal>;
  replace(actor?: string): Promise<void>;
  /** These keys were seen where relying parties fetch them. */
  published(kids: readonly string[], actor?: string): Promise<void>;
  /** Seals private keys again as new ones are; says which. Throws `IssuerFault`, and then every key opens as before. */
  reseal(actor?: string): Promise<readonly string[]>;
}

interface Snapshot {
  readonly version: number;
  readonly records: readonly KeyRecord[];
  readonly opened: OpenedKeys;
}

/**
 * Opens the ring and makes the keys it lacks. Throws `IssuerFault`: `wrong-sealing-secret`, `ring-contended`, `no-free-key`,
 * `kms-unavailable`, `kms-refused`.
 */
export async function openRing(settings: RingSettings, ports: RingPorts): Promise<KeyRing> {
  let snapshot = await take(settings, ports, undefined);
  let last = { of: snapshot, at: NaN, records: snapshot.records };
  /** The same list as long as nothing can have changed, so that what is made of it can be kept. */
  const settled = () => {
    const at = ports.now();
    if (last.of !== snapshot || last.at !== at) {
      const records = settle(snapshot.records, at, settings.timings);
      const same = last.of === snapshot && isSame(records, last.records);
      last = { of: snapshot, at, records: same ? last.records : records };
    }
    return last.records;
  };
  /** Found once for each list of records. */
  let signers = { of: snapshot.records, found: new Map<Algorithm | undefined, Signer>() };
  const refresh = async () => {
    if ((await ports.records.version(settings.issuer)) !== snapshot.version) {
      snapshot = await take(settings, ports, snapshot);
    }
  };
  const change = async (
    changeOf: ChangeOf | undefined,
    plan: (records: readonly KeyRecord[]) => Plan<KeyRecord> | undefined,
  ) => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      await refresh();
      const wanted = plan(settled());
      const done = wanted === undefined || (await write(settings, ports, snapshot, wanted, changeOf));
      if (done) {
        await refresh();
        return;
      }
    }
    throw contended(settings.issuer);
  };
  const { algorithms, timings, publication } = settings;
  const named = (kind: KeyChange['kind'], actor?: string): ChangeOf => {
    return (kids) => ({ kind, kids, time: ports.now(), actor });
  };
  const begin = async () => {
    await change(undefined, (records) => planStart(records, algorithms, publication));
    await change(named('keys-rotated'), (records) => planSchedule(records, algorithms, ports.now(), timings));
  };
  await begin();
  return {
    settings,
    publicKeys: () => publicKeysOf(settled()),
    signer: (algorithm) => {
      const records = settled();
      if (signers.of !== records) signers = { of: records, found: new Map() };
      const found = signers.found.get(algorithm) ?? findSigner(records, snapshot.opened, settings, algorithm);
      if (found !== undefined) signers.found.set(algorithm, found);
      return found;
    },
    records: settled,
    refresh: begin,
    published: (kids, actor) =>
      change(named('keys-published', actor), (records) => planPublished(records, kids, ports.now())),
    replace: (actor) =>
      change(named('keys-replaced', actor), (records) => planReplace(records, settings.algorithms, ports.now())),
    rotate: async (actor) => {
      let rotation: Rotation<KeyRecord> | undefined;
      await change(named('keys-rotated', actor), (records) => {
        rotation = planRotate(records, settings.algorithms, settings.timings);
        return rotation.ok ? rotation.plan : undefined;
      });
      return rotation?.ok === false ? rotation : { ok: true };
    },
    reseal: async (actor) => {
      const resealed = await reseal(settings.issuer, ports.records, ports.custody, named('keys-resealed', actor));
      if (resealed !== undefined) ports.changed?.(resealed);
      await refresh();
      return resealed?.kids ?? [];
    },
  };
}

function isSame(records: readonly KeyRecord[], before: readonly KeyRecord[]): boolean {
  return records.every((record, index) => record.state === before[index]?.state);
}

const publicKeysOf = remembered((records: readonly KeyRecord[]): readonly PublicKey[] =>
  published(records).map(({ kid, algorithm, publicJwk: jwk }) => ({ kid, algorithm, jwk })),
);

function findSigner(
  records: readonly KeyRecord[],
  opened: OpenedKeys,
  settings: RingSettings,
  algorithm: Algorithm | undefined,
): Signer | undefined {
  const active = records.filter(({ state }) => state === 'active');
  const wanted = active.find((record) => record.algorithm === (algorithm ?? settings.algorithms[0]));
  const record = wanted ?? (algorithm === undefined ? active[0] : undefined);
  const key = record === undefined ? undefined : opened.get(record.kid);
  return record === undefined || key === undefined
    ? undefined
    : { kid: record.kid, algorithm: record.algorithm, sign: key.sign };
}

async function take(settings: RingSettings, ports: RingPorts, before: Snapshot | undefined): Promise<Snapshot> {
  const { version, records } = await ports.records.load(settings.issuer);
  const { custody, unopened = () => undefined } = ports;
  const opened =
    before === undefined
      ? await openKeys(records, custody)
      : await reopenKeys(records, custody, before.opened, unopened);
  return { version, records, opened };
}

/**
 * Writes the plan where it changes anything. False where somebody else was first.
 * @param changeOf undefined where the audit has nothing of it
 */
async function write(
  settings: RingSettings,
  ports: RingPorts,
  snapshot: Snapshot,
  plan: Plan<KeyRecord>,
  changeOf: ChangeOf | undefined,
): Promise<boolean> {
  const stored = new Map(snapshot.records.map((record) => [record.kid, record]));
  const isChanged = ({ kid, state, publishedAt }: KeyRecord) =>
    stored.get(kid)?.state !== state || stored.get(kid)?.publishedAt !== publishedAt;
  const changed = plan.records
    .filter(isChanged)
    .map((record) => (record.state === 'removed' ? { ...record, handle: null } : record));
  if (changed.length === 0 && plan.create.length === 0) return true;
  const created: KeyRecord[] = [];
  for (const wanted of plan.create) {
    created.push(await createKey(settings, ports, wanted, [...snapshot.records, ...created]));
  }
  const isSeen = ({ kid, publishedAt }: KeyRecord) => stored.get(kid)?.publishedAt !== publishedAt;
  const kids = [...changed.filter(isSeen), ...created].map(({ kid }) => kid);
  const change = kids.length === 0 ? undefined : changeOf?.(kids);
  const done = await ports.records.commit(settings.issuer, snapshot.version, [...changed, ...created], change);
  if (done && change !== undefined) ports.changed?.(change);
  return done;
}

async function createKey(
  { issuer, kid: naming, publication }: RingSettings,
  ports: RingPorts,
  { algorithm, state }: NewKey,
  before: readonly KeyRecord[],
): Promise<KeyRecord> {
  const kidOf = async (jwk: PublicJwk) =>
    naming === 'thumbprint' ? thumbprint(jwk) : naming.replaceAll('{n}', String(before.length));
  const taken = before.map(({ publicJwk }) => publicJwk);
  const key = await ports.custody.create({ issuer, algorithm, kidOf, taken });
  const createdAt = ports.now();
  const activeAt = state === 'active' ? createdAt : null;
  const publishedAt = publication === 'served' ? createdAt : null;
  return { issuer, ...key, algorithm, state, createdAt, publishedAt, activeAt, retiringAt: null, removedAt: null };
}
