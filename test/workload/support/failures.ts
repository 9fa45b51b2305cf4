// The failure that something ends in.
import { WorkloadFailure } from '../../../src/workload/failure.ts';

/** Resolves with the `WorkloadFailure` that `work` throws; anything else is a test's failure. */
export async function failureOf(work: () => unknown): Promise<WorkloadFailure> {
  try {
    await work();
  } catch (thrown) {
    if (thrown instanceof WorkloadFailure) return thrown;
    throw thrown;
  }
  throw new Error('nothing was thrown');
}
