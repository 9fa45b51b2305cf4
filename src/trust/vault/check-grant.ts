/** What can be wrong with a grant at Vault, whoever gets it. */

import { type Problem, problem } from '../../claims/problem.ts';
import { type VaultGrantArgs } from './grant.ts';
import { checkPaths } from './path.ts';

/** What can be said of a grant without knowing who gets it. */
export function checkVaultGrant(grant: VaultGrantArgs): Problem[] {
  return [...checkTtls(grant), ...checkGranted(grant), ...checkPaths(grant)];
}

function checkTtls(grant: VaultGrantArgs): Problem[] {
  const { ttl, maxTtl, explicitMaxTtl } = grant;
  const over = (low: number | undefined, high: number | undefined) =>
    low !== undefined && high !== undefined && low > high;
  return [
    ...(over(ttl, maxTtl) ? [problem(['vault', 'ttl'], '`ttl` is longer than `max_ttl`')] : []),
    ...(over(ttl, explicitMaxTtl) ? [problem(['vault', 'ttl'], '`ttl` is longer than `explicit_max_ttl`')] : []),
    ...Object.entries({ ttl, max_ttl: maxTtl, explicit_max_ttl: explicitMaxTtl }).flatMap(([name, value]) =>
      value !== undefined && !(Number.isInteger(value) && value > 0)
        ? [
            problem(
              ['vault', name],
              `\`${name}\` is no time`,
              'a token without a maximum life outlives the trust it came from',
            ),
          ]
        : [],
    ),
  ];
}

function checkGranted({ policies = [], read = [], write = [] }: VaultGrantArgs): Problem[] {
  const root = policies
    .filter((name) => name === 'root')
    .map(() =>
      problem(['vault', 'policies'], '`root` may do everything in Vault', 'grant the paths that the workload needs'),
    );
  if (policies.length + read.length + write.length > 0) return root;
  return [problem(['vault'], 'nothing is granted', 'write `read`, `write` or `policies`')];
}
