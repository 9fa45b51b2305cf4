/** Random numbers that are the same at every run: cases are found again by their seed. */

/** Numbers from 0 up to 1 (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Number of random cases, made smaller for runs that repeat a test often: `IDP_KIT_CASES=0.1` takes a tenth. */
export function casesOf(full: number): number {
  return Math.ceil(full * Number(process.env.IDP_KIT_CASES ?? '1'));
}
