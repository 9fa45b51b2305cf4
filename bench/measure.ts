/** Times two pieces of work in turn, so that what slows the machine slows both. */

export interface Measured {
  /** Milliseconds of one run, the median of the rounds. */
  readonly left: number;
  readonly right: number;
  /** `left` over `right`. */
  readonly ratio: number;
}

export interface MeasureOptions {
  /** @default 25 */
  readonly rounds?: number;
  /** How often each piece runs in a round. @default 1 */
  readonly times?: number;
}

export function measure(left: () => unknown, right: () => unknown, options: MeasureOptions = {}): Measured {
  const { rounds = 25, times = 1 } = options;
  const samples = { left: [] as number[], right: [] as number[] };
  // The first rounds are the compiler's.
  for (let round = -3; round < rounds; round++) {
    const took = [timed(left, times), timed(right, times)] as const;
    if (round < 0) continue;
    samples.left.push(took[0]);
    samples.right.push(took[1]);
  }
  const [a, b] = [median(samples.left), median(samples.right)];
  return { left: a, right: b, ratio: a / b };
}

function timed(work: () => unknown, times: number): number {
  const started = performance.now();
  for (let time = 0; time < times; time++) kept.value = work();
  return (performance.now() - started) / times;
}

/** What a piece of work returns is kept, so that the work is not left out. */
export const kept: { value: unknown } = { value: undefined };

export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  const [low = 0, high = 0] = [sorted[middle - 1 + (sorted.length % 2)], sorted[middle]];
  return (low + high) / 2;
}
