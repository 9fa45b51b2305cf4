/** Writes what comes together together: a commit costs the same for one row and for many. */

/** More would keep those that wait first waiting for the last. */
const LIMIT = 64;

interface Waiting<T> {
  readonly row: T;
  readonly done: () => void;
  readonly failed: (reason: unknown) => void;
}

/**
 * A function that writes one row, and resolves when it is written. Rows that come while others are being written, or in the
 * same turn of the event loop, are written at once; where that fails, all of them reject.
 */
export function batched<T>(write: (rows: readonly T[]) => Promise<void>): (row: T) => Promise<void> {
  let waiting: Waiting<T>[] = [];
  let busy = false;
  const flush = async () => {
    const batch = waiting.slice(0, LIMIT);
    waiting = waiting.slice(LIMIT);
    try {
      await write(batch.map(({ row }) => row));
      for (const { done } of batch) done();
    } catch (thrown) {
      for (const { failed } of batch) failed(thrown);
    }
    if (waiting.length > 0) setImmediate(run);
    else busy = false;
  };
  const run = () => void flush();
  return (row) =>
    new Promise((done, failed) => {
      waiting.push({ row, done, failed });
      if (busy) return;
      busy = true;
      setImmediate(run);
    });
}
