/** Random bytes of the system, fetched in bulk: a call for each token costs more than the hash of its credential. */

import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 4096;

/** Never hands out a byte twice, nor keeps one that it handed out. */
export function pooledRandom(): (bytes: number) => Uint8Array {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  return (bytes) => {
    if (bytes > POOL_BYTES) return randomFillSync(new Uint8Array(bytes));
    if (used + bytes > POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    const taken = pool.slice(used, used + bytes);
    pool.fill(0, used, used + bytes);
    used += bytes;
    return taken;
  };
}
