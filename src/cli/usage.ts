// What a person gave that cannot be used.
import { WorkloadFailure } from '../workload/failure.ts';

/** Ends the command with exit status 2. */
export function badInput(message: string, hint: string): WorkloadFailure {
  return new WorkloadFailure('bad-input', message, hint);
}
