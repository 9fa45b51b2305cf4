/** Does an entry admit exactly the tokens that a role does? */

import { type Result, accept, describeProblem, refuse } from '../../claims/problem.ts';
import { diffTokens } from '../../trust/diff.ts';
import { choice, text, wildcards } from '../../trust/language/regular.ts';
import { type Admission } from '../../trust/admission.ts';
import { readAdmission } from '../../trust/read-admission.ts';
import { tokensOfAdmission } from '../../trust/tokens/of-admission.ts';
import { spaceOf } from '../../trust/tokens/profile-space.ts';
import { type Witness } from '../../trust/tokens/solve.ts';
import { type TokenSet, all, claimIn } from '../../trust/tokens/token-set.ts';
import { admissionArgs, planCatalog } from '../plan.ts';
import { type PlannedAccess, type PlannedIssuer } from '../planned.ts';
import { type ReadFile } from '../grants.ts';
import { type Readable } from '../parse.ts';
import { type AccessEntry, type IssuerEntry } from '../schema.ts';
import { type Bounds, type Proposal, type Proposals, mergeProposals, propose } from './propose.ts';

/** What an import knows of the catalog that it writes for. */
export interface Known {
  /** As they are written. */
  readonly entries: Readable<IssuerEntry>;
  readonly issuers: readonly PlannedIssuer[];
  /** Of issuers: relative to the catalog. */
  readonly readFile: ReadFile;
}

/** The entry as a catalog with these issuers has it, or what is wrong with it. */
export function planEntry(
  name: string,
  entry: AccessEntry,
  { entries, readFile }: Known,
  files: Readonly<Record<string, string>>,
): Result<PlannedAccess> {
  const document = { issuers: entries, access: { [name]: entry }, groups: {}, environments: {} };
  const read: ReadFile = (file) =>
    Object.hasOwn(files, file) ? { ok: true, value: files[file] ?? '' } : readFile(file);
  const planned = planCatalog(document, read);
  if (!planned.ok) return planned;
  const [access] = planned.value.access;
  return access === undefined ? { ok: false, problems: [] } : { ok: true, value: access };
}

/** Why not, one reason a line, each with a token; none where the sets are the same. */
export function differences(
  role: TokenSet,
  entry: TokenSet,
  issuers: readonly PlannedIssuer[],
  audience: string,
): string[] {
  const profiles = [...new Set(issuers.map(({ profile }) => profile))];
  const space = profiles.flatMap((profile) => spaceOf(profile, { audience }));
  const { gained, lost, undecided } = diffTokens({ space, tokens: role }, { space, tokens: entry });
  return [
    ...lost.map((witness) => `the role admits, and the entry would not, ${shown(witness)}`),
    ...gained.map((witness) => `the entry would admit, and the role does not, ${shown(witness)}`),
    ...undecided.map((why) => `it is not decided whether it is the same: ${why}`),
  ];
}

/** Times are of no interest here: the sets leave them aside. */
function shown({ variant, claims: all, given }: Witness): string {
  const claims = Object.fromEntries(Object.entries(all).filter(([name]) => !['iat', 'nbf', 'exp'].includes(name)));
  const besides = given.length === 0 ? '' : `, if ${given.join(' and ')}`;
  return `a token of the variant ${variant}${besides}: ${JSON.stringify(claims)}`;
}

export const reasonsOf = (result: Result<unknown>): string[] => (result.ok ? [] : result.problems.map(describeProblem));

/** What is bound, of tokens of which issuers. */
export interface Demanded {
  readonly bounds: Bounds;
  readonly issuers: readonly PlannedIssuer[];
}

/**
 * Admissions that together might say what is bound, best first: one for each subject, put together where they differ in one claim. Those
 * of claims alone may say more for one subject than it does, and no more for all of them: the proof is of the whole.
 */
export function proposeTogether(demanded: readonly Demanded[]): Proposals[] {
  const each = demanded.flatMap(({ bounds: { sub = [], ...others }, issuers }) => {
    const subjects = sub.length === 0 ? [others] : sub.map((subject) => ({ ...others, sub: [subject] }));
    return subjects.map((bounds) => {
      const proposals = propose(bounds, issuers);
      return { first: proposals[0], exact: proposals.find((one) => isExact(one, bounds, issuers)) ?? proposals[0] };
    });
  });
  const together = (pick: (one: (typeof each)[number]) => Proposal | undefined): Proposals[] => {
    const [first, ...others] = mergeProposals(each.flatMap((one) => pick(one) ?? []));
    return first === undefined ? [] : [[first, ...others]];
  };
  return [...together(({ first }) => first), ...together(({ exact }) => exact)];
}

function isExact({ issuer, entry }: Proposal, bounds: Bounds, issuers: readonly PlannedIssuer[]): boolean {
  const admission = readAdmission(issuer.profile, admissionArgs(entry));
  if (!admission.ok) return false;
  const wanted = all(
    ...Object.entries(bounds).map(([claim, anyOf]) =>
      claimIn(
        claim,
        choice(...anyOf.map((one) => ('equals' in one ? text(one.equals) : wildcards(one.like, { one: '' })))),
      ),
    ),
  );
  return differences(wanted, tokensOfAdmission(admission.value), issuers, ANY_AUDIENCE).length === 0;
}

const ANY_AUDIENCE = 'audience.example';

/** The admissions as they would be read from the catalog. */
export function admissionsOf(
  proposals: Proposals,
): Result<[{ readonly admission: Admission }, ...{ readonly admission: Admission }[]]> {
  const read = proposals.map(({ issuer, entry }) => readAdmission(issuer.profile, admissionArgs(entry)));
  const [first, ...others] = read.flatMap((one) => (one.ok ? [{ admission: one.value }] : []));
  const problems = read.flatMap((one) => (one.ok ? [] : one.problems));
  return first === undefined || problems.length > 0 ? refuse(...problems) : accept([first, ...others]);
}
