/** Writes what comes together together: a commit costs the same for one row and for many. */

/** More would keep those that wait first waiting for the last. */
const LIMIT = 64;

/** Between two writes: under load a token waits less for its companions than its signature took. */
const PAUSE_MILLISECONDS = 1;

interface Waiting<T> {
  readonly row: T;
  readonly done: () => void;
  readonly failed: (reason: unknown) => void;
}

/**
 * A function that writes one row, and resolves when it is written. Rows that come while others are being written, in the
 * pause after them or in the same turn of the event loop are written at once; where that fails, all of them reject.
 */
export function batched<T>(write: (rows: readonly T[]) => Promise<void>): (row: T) => Promise<void> {
  let waiting: Waiting<T>[] = [];
  let busy = false;
  let writtenAt = -Infinity;
  const flush = async () => {
    const batch = waiting.slice(0, LIMIT);
    waiting = waiting.slice(LIMIT);
    try {
      await write(batch.map(({ row }) => row));
      for (const { done } of batch) done();
    } catch (thrown) {
      for (const { failed } of batch) failed(thrown);
    }
    writtenAt = performance.now();
    if (waiting.length > 0) schedule();
    else busy = false;
  };
  const run = () => void flush();
  const schedule = () => {
    const isFull = waiting.length >= LIMIT;
    if (isFull || performance.now() - writtenAt >= PAUSE_MILLISECONDS) setImmediate(run);
    else setTimeout(run, PAUSE_MILLISECONDS);
  };
  return (row) =>
    new Promise((done, failed) => {
      waiting.push({ row, done, failed });
      if (busy) return;
      busy = true;
      schedule();
    });
}
