/** How a program ends before it registered anything. */

import * as pulumi from '@pulumi/pulumi';
import { type Problem, type Result, describeProblem } from '../src/claims/problem.ts';

/** Ends the program, without a stack: it is no fault. */
export function refusal(what: string, lines: readonly string[]): pulumi.RunError {
  return new pulumi.RunError(`${what}; nothing is provisioned.\n${lines.map((line) => `  ${line}`).join('\n')}`);
}

export function valueOrEnd<T>(result: Result<T>, what: string): T {
  if (result.ok) return result.value;
  throw refusal(
    what,
    result.problems.map((found: Problem) => describeProblem(found)),
  );
}
