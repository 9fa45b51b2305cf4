/** Faults of a check as problems with their places, so that everything wrong is said at once. */

import { type Path, type Problem, type Result, accept, problem, refuse } from '../claims/problem.ts';
import { IssuerFault } from '../store/fault.ts';

/** What a check yields, or its fault as a problem with the setting that it is about. */
export async function attempt<T>(path: Path, check: () => T | Promise<T>): Promise<Result<T>> {
  try {
    return accept(await check());
  } catch (thrown) {
    if (!(thrown instanceof IssuerFault)) throw thrown;
    return refuse(faultAt(path, thrown));
  }
}

export function faultAt(path: Path, { message, hint }: IssuerFault): Problem {
  return problem(path, message, hint);
}

export function problemsOf(...results: readonly (Result<unknown> | undefined)[]): Problem[] {
  return results.flatMap((result) => (result?.ok === false ? result.problems : []));
}
