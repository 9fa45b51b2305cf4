/** Inputs to components: plain values are checked at once, others when they are known. */

import * as pulumi from '@pulumi/pulumi';
import { type Result, describeProblem } from '../src/claims/problem.ts';

function isPlain(value: unknown): boolean {
  if (pulumi.Output.isInstance(value) || value instanceof Promise) return false;
  if (Array.isArray(value)) return value.every(isPlain);
  if (typeof value === 'object' && value !== null) return Object.values(value).every(isPlain);
  return true;
}

/** Applies a pure builder to inputs: immediately when all of them are plain, so that a mistake stops the preview. */
export function resolved<T, R>(inputs: T, build: (values: pulumi.Unwrap<T>) => R): pulumi.Output<R> {
  if (!isPlain(inputs)) return pulumi.output(inputs).apply<R>(build);
  const built = build(inputs as pulumi.Unwrap<T>);
  return pulumi.output(undefined).apply<R>(() => built);
}

/** The value, or an error that names the resource and everything that is wrong; no stack, since it is no fault. */
export function valueOf<T>(result: Result<T>, resource: pulumi.Resource): T {
  if (result.ok) return result.value;
  const lines = result.problems.map((found) => `  ${describeProblem(found)}`);
  throw new pulumi.ResourceError(`this cannot be provisioned:\n${lines.join('\n')}`, resource, true);
}
