/**
 * The rotation plan: a pure function of the records and the time. Every replica computes the same states from the same
 * records, so a key becomes active everywhere at one moment, whoever writes it down.
 */

import { type Algorithm } from './algorithms.ts';
import { type KeyLife } from './record.ts';

export interface Timings {
  /** How long a key is published before it signs: at least as long as relying parties may cache the JWKS. */
  readonly publishSeconds: number;
  /** How long a key stays published after its last signature: longest token life, leeway and cache age. */
  readonly keepSeconds: number;
  /** How long a key signs before the next one takes over by itself; null: until it is told to. */
  readonly rotateSeconds: number | null;
}

/**
 * How relying parties get the keys. `served`: by this issuer, which publishes a key the moment it has it. `static`: from
 * files that somebody puts in place, so a key is published when that was seen.
 */
export type Publication = 'served' | 'static';

export interface NewKey {
  readonly algorithm: Algorithm;
  readonly state: 'pending' | 'active';
}

export interface Plan<R extends KeyLife> {
  readonly records: readonly R[];
  readonly create: readonly NewKey[];
}

export type Rotation<R extends KeyLife> =
  | { readonly ok: true; readonly plan: Plan<R> }
  /** A second rotation would hide the first: the pending key becomes active at `activeAt`; null: once it is published. */
  | { readonly ok: false; readonly reason: 'under-way'; readonly kid: string; readonly activeAt: number | null };

/** AWS breaks above 100 keys in a JWKS (spire#4699); one line of keys has three at most. */
export function published<R extends KeyLife>(records: readonly R[]): R[] {
  return records.filter(({ state }) => state !== 'removed');
}

/** The states at a time. Settling at one time and again at a later one is the same as settling at the later one. */
export function settle<R extends KeyLife>(records: readonly R[], now: number, timings: Timings): R[] {
  const due = records
    .flatMap((record) => {
      const at = activation(record, timings);
      return record.state === 'pending' && at !== null && at <= now ? [{ record, at }] : [];
    })
    .sort((a, b) => a.at - b.at);
  return due
    .reduce<readonly R[]>((found, { record, at }) => activate(found, record, at), records)
    .map((record) => expire(record, now, timings));
}

/** When a pending key begins to sign, since every cache has it then; null while it is not published. */
function activation({ publishedAt }: KeyLife, { publishSeconds }: Timings): number | null {
  return publishedAt === null ? null : publishedAt + publishSeconds;
}

/** One algorithm has one active key: the one before it retires at the same moment. */
function activate<R extends KeyLife>(records: readonly R[], next: R, at: number): R[] {
  return records.map((record) => {
    if (record.kid === next.kid) return { ...record, state: 'active', activeAt: at };
    if (record.algorithm !== next.algorithm || record.state !== 'active') return record;
    return { ...record, state: 'retiring', retiringAt: at };
  });
}

function expire<R extends KeyLife>(record: R, now: number, { keepSeconds }: Timings): R {
  if (record.state !== 'retiring' || record.retiringAt === null) return record;
  const end = record.retiringAt + keepSeconds;
  return end <= now ? { ...record, state: 'removed', removedAt: end } : record;
}

/**
 * The keys that are missing at the start. The first keys of an issuer sign at once, since nobody has cached a JWKS of
 * it, where it is served; an algorithm that is added later is published first.
 */
export function planStart<R extends KeyLife>(
  records: readonly R[],
  algorithms: readonly Algorithm[],
  publication: Publication,
): Plan<R> {
  const state = records.length === 0 && publication === 'served' ? 'active' : 'pending';
  const missing = algorithms.filter((algorithm) => !records.some((record) => usable(record, algorithm)));
  return { records, create: missing.map((algorithm) => ({ algorithm, state })) };
}

function usable(record: KeyLife, algorithm: Algorithm): boolean {
  return record.algorithm === algorithm && (record.state === 'active' || record.state === 'pending');
}

/** The orderly change: a new key is published now and signs later. */
export function planRotate<R extends KeyLife>(
  records: readonly R[],
  algorithms: readonly Algorithm[],
  timings: Timings,
): Rotation<R> {
  const waiting = records.find(({ state, algorithm }) => state === 'pending' && algorithms.includes(algorithm));
  if (waiting !== undefined) {
    return { ok: false, reason: 'under-way', kid: waiting.kid, activeAt: activation(waiting, timings) };
  }
  return { ok: true, plan: { records, create: algorithms.map((algorithm) => ({ algorithm, state: 'pending' })) } };
}

/** The orderly change by schedule: the next key is published in time to take over when the active one is old enough. */
export function planSchedule<R extends KeyLife>(
  records: readonly R[],
  algorithms: readonly Algorithm[],
  now: number,
  { rotateSeconds, publishSeconds }: Timings,
): Plan<R> {
  const isOld = ({ state, activeAt }: KeyLife) =>
    rotateSeconds !== null && state === 'active' && (activeAt ?? now) + rotateSeconds - publishSeconds <= now;
  const due = algorithms.filter((algorithm) => {
    const own = records.filter((record) => record.algorithm === algorithm);
    return own.some(isOld) && !own.some(({ state }) => state === 'pending');
  });
  return { records, create: due.map((algorithm) => ({ algorithm, state: 'pending' })) };
}

/** These keys were seen where relying parties fetch them. The first ones sign at once: nobody has cached anything before. */
export function planPublished<R extends KeyLife>(records: readonly R[], kids: readonly string[], now: number): Plan<R> {
  const first = records.every(({ activeAt }) => activeAt === null);
  const shown = records.map((record) => {
    if (record.publishedAt !== null || !kids.includes(record.kid)) return record;
    return { ...record, publishedAt: now, ...(first ? { state: 'active' as const, activeAt: now } : {}) };
  });
  return { records: shown, create: [] };
}

/**
 * The emergency: every key leaves the JWKS at once and a new one signs at once. Tokens that are out become
 * unverifiable; a relying party that keeps the JWKS may still accept them until it fetches it again.
 */
export function planReplace<R extends KeyLife>(
  records: readonly R[],
  algorithms: readonly Algorithm[],
  now: number,
): Plan<R> {
  return {
    records: records.map((record) =>
      record.state === 'removed' ? record : { ...record, state: 'removed', removedAt: now },
    ),
    create: algorithms.map((algorithm) => ({ algorithm, state: 'active' })),
  };
}
