/** Which claim names the Vault entity of a login: Vault keeps one entity, with one set of metadata, for each value. */

import { specOf } from '../../claims/claim.ts';
import { type Problem, type Result, accept, problem, refuse } from '../../claims/problem.ts';
import { type Variant } from '../../claims/profile.ts';
import { suggest } from '../../claims/suggest.ts';
import { type Admission, pinnedValue, tableOf, variantsOf } from '../admission.ts';

/**
 * The claim must tell workloads apart, and fix every claim that is mapped to metadata: the latest login with the same
 * value overwrites the metadata for tokens that were issued before.
 */
export function chooseUserClaim(
  admission: Admission,
  wanted: string | undefined,
  mapped: readonly string[],
): Result<string> {
  const [first, ...others] = variantsOf(admission);
  const isMapped = (claim: string) => first !== undefined && fixesAll(first, claim, mapped);
  if (wanted !== undefined) {
    const problems = checkWanted(admission, wanted);
    if (problems.length > 0) return refuse(...problems);
    return isMapped(wanted) ? accept(wanted) : refuse(merging(['vault', 'user_claim'], wanted, mapped));
  }
  const names = (variant: Variant) => variant.identities.map(({ claim }) => claim);
  const candidates = (first === undefined ? [] : names(first)).filter((claim) =>
    others.every((other) => names(other).includes(claim)),
  );
  const found = candidates.find(isMapped);
  if (found !== undefined) return accept(found);
  if (candidates.length > 0) return refuse(merging(['vault', 'read'], candidates.join(' and '), mapped));
  return refuse(
    problem(
      ['variant'],
      `no claim tells workloads apart in ${admission.variants.join(' and ')} tokens alike`,
      'write an entry for each variant',
    ),
  );
}

/** Have tokens with the same value of the claim the same values of what is mapped? */
function fixesAll(variant: Variant, claim: string, mapped: readonly string[]): boolean {
  const fixes = variant.identities.find((identity) => identity.claim === claim)?.fixes ?? [];
  return mapped.every((key) => key === claim || fixes.includes(key));
}

function merging(path: readonly string[], claim: string, mapped: readonly string[]): Problem {
  return problem(
    path,
    `tokens with the same \`${claim}\` can differ in ${mapped.join(', ')}: their Vault entities would merge`,
    'use fewer claims in paths, or bind them to one value',
  );
}

function checkWanted(admission: Admission, wanted: string): Problem[] {
  const path = ['vault', 'user_claim'];
  if (wanted === 'sub') return [];
  const [missing] = admission.variants.filter(
    (name) => specOf(admission.issuer.variants[name]?.claims ?? {}, wanted) === undefined,
  );
  const table = tableOf(admission);
  const spec = specOf(table, wanted);
  if (spec === undefined || missing !== undefined) {
    const tokens = spec === undefined ? admission.issuer.profile : `the variant ${missing ?? ''}`;
    return [problem(path, `tokens of ${tokens} have no claim \`${wanted}\``, suggest(wanted, Object.keys(table)))];
  }
  if (spec.type !== 'string' || spec.pointer !== undefined) return [problem(path, `\`${wanted}\` is no string`)];
  const bound = admission.constraints.some(({ claim }) => claim === wanted);
  if (spec.presence === 'sometimes' && !bound) {
    return [
      problem(
        path,
        `\`${wanted}\` is there only when ${spec.when ?? 'it is set'}; other tokens could not log in`,
        'bind it in `admit`, or choose another',
      ),
    ];
  }
  if (pinnedValue(admission.constraints, wanted) !== undefined) return [];
  if (spec.immutable && (spec.reach === 'workload' || spec.reach === 'person')) return [];
  const why = spec.immutable ? 'is the same for many workloads' : 'can pass from one workload to another';
  return [
    problem(
      path,
      `\`${wanted}\` ${why}, and their Vault entities would merge`,
      'bind it to one value in `admit`, or leave user_claim out for an id',
    ),
  ];
}
