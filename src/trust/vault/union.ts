/** One Vault role for the tokens of several admissions: a role has one set of bound claims, so they are told apart by `sub`. */

import { type Problem, type Result, accept, problem, refuse, under } from '../../claims/problem.ts';
import { type Admission, variantsOf } from '../admission.ts';
import { demandsOf } from '../aws/subject.ts';
import { type Matcher, matcherText } from '../matcher.ts';
import { type VaultAccess, type VaultRoleDocument, compileVaultAccess } from './compile.ts';
import { type VaultGrantArgs } from './grant.ts';

/**
 * The role that admits the tokens of any of the admissions, or why Vault cannot have one. Of several, each must be decided by `sub`
 * alone, as it is at AWS, and all are of one issuer: a role is at one mount.
 */
export function compileVaultUnion(
  admissions: readonly [Admission, ...Admission[]],
  grant: VaultGrantArgs,
): Result<VaultAccess> {
  const [first, ...others] = admissions;
  if (others.length === 0) return compileVaultAccess(first, grant);
  const own = { ...grant, userClaim: grant.userClaim ?? SUBJECT };
  const problems: Problem[] = [...checkShared(grant), ...others.flatMap((other, at) => checkIssuer(first, other, at))];
  const compiled = admissions.map((admission) => compileVaultAccess(admission, own));
  const subjects: Matcher[] = [];
  for (const [at, admission] of admissions.entries()) {
    const path = at === 0 ? [] : ['also', at - 1];
    const access = compiled[at];
    const found = subjectsOf(admission);
    problems.push(
      ...under(path, [...(access?.ok === false ? access.problems : []), ...(found.ok ? [] : found.problems)]),
    );
    if (found.ok) subjects.push(...found.value);
  }
  const [base] = compiled;
  problems.push(...subjects.filter((one) => matcherText(one).includes(',')).map(withComma));
  if (problems.length > 0 || base?.ok !== true) return refuse(...problems);
  // What the first one alone would bind is left out: the subjects say all of it.
  const role: Writable<VaultRoleDocument> = { ...base.value.role };
  delete role.boundSubject;
  return accept({
    rules: base.value.rules,
    role: {
      ...role,
      boundClaims: { [SUBJECT]: [...new Set(subjects.map(matcherText))] },
      boundClaimsType: subjects.some((one) => 'like' in one) ? 'glob' : 'string',
    },
  });
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const SUBJECT = 'sub';

/** The subjects that are those of the admission's tokens, and of no others. */
function subjectsOf(admission: Admission): Result<Matcher[]> {
  const subjects: Matcher[] = [];
  const problems: Problem[] = [];
  for (const variant of variantsOf(admission)) {
    const demands = demandsOf(admission, variant);
    if (!demands.ok) problems.push(...demands.problems.map(({ path }) => problem(path, BY_SUBJECT, ENTRY_OF_ITS_OWN)));
    else if (demands.value.some(({ keys }) => keys.length > 0)) {
      problems.push(problem(['admit'], BY_SUBJECT, ENTRY_OF_ITS_OWN));
    } else subjects.push(...demands.value.map(({ subject }) => subject));
  }
  return problems.length > 0 ? refuse(...problems) : accept(subjects);
}

const BY_SUBJECT = 'one Vault role for several admissions goes by `sub` alone, and here it does not say everything';
const ENTRY_OF_ITS_OWN = 'bind what is in `sub`, or give this admission an entry of its own';

function checkIssuer(first: Admission, other: Admission, at: number): Problem[] {
  if (
    first.issuer.issuer === other.issuer.issuer &&
    first.issuer.audience !== 'none' &&
    other.issuer.audience !== 'none'
  )
    return [];
  return [
    problem(
      ['also', at, 'issuer'],
      `a Vault role is at one mount, so it cannot let in tokens of ${first.issuer.issuer} and of ${other.issuer.issuer}`,
      'give this admission an entry of its own',
    ),
  ];
}

/** Tokens of several kinds have no claim in common that could be mapped. */
function checkShared({ groupsClaim, claimMappings, read = [], write = [] }: VaultGrantArgs): Problem[] {
  const templated = [...read, ...write].some((path) => path.includes('{'));
  if (!templated && groupsClaim === undefined && claimMappings === undefined) return [];
  return [
    problem(
      ['vault'],
      'an entry that lets in several kinds of token has no claim that all of them carry',
      'write paths without {claim}, and neither `groups_claim` nor `claim_mappings`; or an entry for each kind',
    ),
  ];
}

function withComma(subject: Matcher): Problem {
  return problem(
    ['admit'],
    `\`${matcherText(subject)}\` holds a comma, at which the Vault provider splits values into alternatives`,
    'give this value an entry of its own',
  );
}
