/** What a benchmark is, and what it finds. */

export interface Metric {
  readonly name: string;
  readonly ratio: number;
  /** What was compared, and the times that were seen. */
  readonly detail: string;
}

export type Benchmark = (progress: (text: string) => void) => readonly Metric[] | Promise<readonly Metric[]>;
