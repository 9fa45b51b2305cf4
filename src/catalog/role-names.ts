/** Roles of one name, in one place: the second would be the first one's other owner. */

import { type Problem, problem } from '../claims/problem.ts';
import { type PlannedAccess, meets } from './planned.ts';

type Target = 'aws' | 'vault';

/** The role's name where it is; undefined where the entry has none there. */
function nameAt(target: Target, { name, issuer, aws, vault, vaultRole }: PlannedAccess): string | undefined {
  if (target === 'vault') return vault === undefined ? undefined : `${issuer.vaultMount}/${vaultRole.name}`;
  // IAM does not look at the case of names of roles, nor at their paths (IAM identifiers: friendly names).
  return aws === undefined ? undefined : (aws.role ?? name).toLowerCase();
}

export function checkRoleNames(access: readonly PlannedAccess[]): Problem[] {
  return (['aws', 'vault'] as const).flatMap((target) => {
    const byName = new Map<string, PlannedAccess[]>();
    return access.flatMap((entry) => {
      const name = nameAt(target, entry);
      if (name === undefined) return [];
      const before = byName.get(name) ?? [];
      byName.set(name, [...before, entry]);
      const other = before.find((one) => meets(one, entry));
      if (other === undefined) return [];
      return [
        problem(
          ['access', entry.name, target, 'role'],
          `${other.name} has a role of this name already`,
          'write another `role`, or give each other `environments`',
        ),
      ];
    });
  });
}
