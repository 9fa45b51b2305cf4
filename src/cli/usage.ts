// What a person gave that cannot be used.
import { WorkloadFailure } from '../workload/failure.ts';

/** Ends the command with exit status 2. */
export function badInput(message: string, hint: string): WorkloadFailure {
  return new WorkloadFailure('bad-input', message, hint);
}

export const isBadInput = (thrown: unknown): thrown is WorkloadFailure =>
  thrown instanceof WorkloadFailure && thrown.code === 'bad-input';
