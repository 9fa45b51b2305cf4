/** Which claims become metadata of the Vault entity, and under which keys. */

import { specOf } from '../../claims/claim.ts';
import { type Problem, type Result, accept, problem, refuse } from '../../claims/problem.ts';
import { suggest } from '../../claims/suggest.ts';
import { type Admission, tableOf } from '../admission.ts';
import { type VaultGrantArgs } from './grant.ts';
import { checkTemplateClaim } from './path.ts';

/**
 * Claims that the grant's own paths name are mapped to their own names; the others as the grant says. A policy written by hand puts the
 * value into a path like any other, so the same claims are refused.
 */
export function mapClaims(
  admission: Admission,
  { claimMappings = {} }: VaultGrantArgs,
  inPaths: readonly string[],
): Result<Readonly<Record<string, string>>> {
  const further = Object.entries(claimMappings);
  const problems = further.flatMap(([claim, key]) => [
    ...checkClaim(admission, claim),
    ...checkTaken(claim, key, inPaths),
  ]);
  if (problems.length > 0) return refuse(...problems);
  return accept(Object.fromEntries([...inPaths.map((claim) => [claim, claim]), ...further]) as Record<string, string>);
}

const at = (claim: string) => ['vault', 'claim_mappings', claim];

function checkClaim(admission: Admission, claim: string): Problem[] {
  const table = tableOf(admission);
  const spec = specOf(table, claim);
  if (spec !== undefined) return checkTemplateClaim(admission, claim, spec, at(claim));
  const hint = suggest(claim, Object.keys(table));
  return [problem(at(claim), `tokens of ${admission.issuer.profile} have no claim \`${claim}\``, hint)];
}

/** A path finds a claim under the claim's own name. */
function checkTaken(claim: string, key: string, inPaths: readonly string[]): Problem[] {
  if (claim === key) return [];
  const taken = [claim, key].find((name) => inPaths.includes(name));
  if (taken === undefined) return [];
  return [problem(at(claim), `a path needs \`${taken}\` under that name`, `write \`${claim}: ${claim}\``)];
}
