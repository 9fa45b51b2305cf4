/** Paths of Vault that components take: namespaces and mounts. */

import type * as pulumi from '@pulumi/pulumi';
import { type Problem, problem } from '../../src/claims/problem.ts';
import { type Later, checked } from '../resolve.ts';

/** The provider wants a namespace without slashes around it (Vault provider, `namespace`). */
export function checkNamespace(
  namespace: pulumi.Input<string> | undefined,
  resource: pulumi.Resource,
): Later<string> | undefined {
  return namespace === undefined ? undefined : checked(namespace, (path) => checkPath(path, 'namespace'), resource);
}

export function checkPath(path: string, name: string): Problem[] {
  if (/^[A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)*$/.test(path)) return [];
  return [problem([name], `\`${path}\` is no path`, 'write it without slashes around it: team/jwt')];
}
