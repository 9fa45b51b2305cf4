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
}

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
  /** A second rotation would hide the first: the pending key becomes active at `activeAt`. */
  | { readonly ok: false; readonly reason: 'under-way'; readonly kid: string; readonly activeAt: number };

/** AWS breaks above 100 keys in a JWKS (spire#4699); one line of keys has three at most. */
export function published<R extends KeyLife>(records: readonly R[]): R[] {
  return records.filter(({ state }) => state !== 'removed');
}

/** The states at a time. Settling at one time and again at a later one is the same as settling at the later one. */
export function settle<R extends KeyLife>(records: readonly R[], now: number, timings: Timings): R[] {
  const due = records
    .filter(({ state, createdAt }) => state === 'pending' && createdAt + timings.publishSeconds <= now)
    .sort((a, b) => a.createdAt - b.createdAt);
  return due
    .reduce<readonly R[]>((at, next) => activate(at, next, next.createdAt + timings.publishSeconds), records)
    .map((record) => expire(record, now, timings));
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
 * it; an algorithm that is added later is published first.
 */
export function planStart<R extends KeyLife>(records: readonly R[], algorithms: readonly Algorithm[]): Plan<R> {
  const state = records.length === 0 ? 'active' : 'pending';
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
    const activeAt = waiting.createdAt + timings.publishSeconds;
    return { ok: false, reason: 'under-way', kid: waiting.kid, activeAt };
  }
  return { ok: true, plan: { records, create: algorithms.map((algorithm) => ({ algorithm, state: 'pending' })) } };
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
