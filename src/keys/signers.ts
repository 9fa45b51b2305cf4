/** The opened keys of a ring. */

import { IssuerFault } from '../store/fault.ts';
import { type Sign } from './algorithms.ts';
import { type Custody } from './custody.ts';
import { type KeyRecord } from './record.ts';

export interface OpenedKey {
  readonly handle: string;
  readonly sign: Sign;
}

export type OpenedKeys = ReadonlyMap<string, OpenedKey>;

/** Only these sign, now or later: what retires must not hinder a start, whatever became of its private key. */
function maySign({ state }: KeyRecord): boolean {
  return state === 'active' || state === 'pending';
}

/** Told of a key that does not open, with the fault. */
export type Unopened = (kid: string, fault: unknown) => void;

/** Opens every key that may sign; by `kid`. Throws `IssuerFault`. */
export async function openKeys(records: readonly KeyRecord[], custody: Custody): Promise<OpenedKeys> {
  return new Map(await Promise.all(handlesOf(records).map((one) => openKey(one, custody))));
}

/**
 * The same for a ring that was open before. A key that does not open, since another replica made or sealed it in a way that
 * this one does not know, is published all the same; what signed before goes on to sign.
 */
export async function reopenKeys(
  records: readonly KeyRecord[],
  custody: Custody,
  before: OpenedKeys,
  unopened: Unopened,
): Promise<OpenedKeys> {
  const opening = handlesOf(records).map(async (one) => {
    const { kid } = one.record;
    const known = before.get(kid);
    if (known?.handle === one.handle) return [[kid, known] as const];
    try {
      return [await openKey(one, custody)];
    } catch (fault) {
      unopened(kid, fault);
      return known === undefined ? [] : [[kid, known] as const];
    }
  });
  return new Map((await Promise.all(opening)).flat());
}

interface Held {
  readonly record: KeyRecord;
  readonly handle: string;
}

function handlesOf(records: readonly KeyRecord[]): Held[] {
  return records
    .filter(maySign)
    .flatMap((record) => (record.handle === null ? [] : [{ record, handle: record.handle }]));
}

async function openKey({ record, handle }: Held, custody: Custody): Promise<readonly [string, OpenedKey]> {
  return [record.kid, { handle, sign: await openNowOrLater(() => custody.open(record, handle)) }];
}

/**
 * Opens a key once, now. Where its KMS is down, what is returned tries again at each signature, so that a process that
 * starts meanwhile publishes its keys, and signs when the KMS is back. Rejects where another try would not help.
 */
async function openNowOrLater(open: () => Promise<Sign>): Promise<Sign> {
  let opening: Promise<Sign> | undefined;
  const opened = () => {
    opening ??= open().catch((thrown: unknown) => {
      opening = undefined;
      throw thrown;
    });
    return opening;
  };
  try {
    return await opened();
  } catch (thrown) {
    if (!(thrown instanceof IssuerFault) || thrown.code !== 'kms-unavailable') throw thrown;
    return async (bytes) => (await opened())(bytes);
  }
}
