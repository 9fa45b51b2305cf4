/** Which subjects, and which further condition keys, are those of an admission's tokens at AWS. */

import { type ClaimSpec, type Reach, specOf } from '../../claims/claim.ts';
import { type Problem, type Result, accept, problem, refuse } from '../../claims/problem.ts';
import { type Variant } from '../../claims/profile.ts';
import { type SubjectTemplate, encodeValue, readForm, readSubject, sliceValue } from '../../claims/subject.ts';
import { type Admission, type Constraint } from '../admission.ts';
import { type Matcher, admits, fixedBeginning, matcherText, matchesWildcards } from '../matcher.ts';
import { reachOf } from '../reach.ts';
import { checkForging, isLoose } from './forging.ts';

/** What one statement must see: the subject, and further condition keys. */
export interface Demand {
  readonly subject: Matcher;
  readonly keys: readonly Constraint[];
}

/** What has to be seen of the tokens of one variant, or why AWS cannot see it. */
export function demandsOf(admission: Admission, variant: Variant): Result<Demand[]> {
  const subject = admission.constraints.find(({ claim }) => claim === 'sub');
  if (subject !== undefined) return demandsWithSubject(admission, variant, subject);
  if (variant.subject.kind === 'unknown') {
    return refuse(problem(['admit'], variant.subject.why, 'grant Vault access instead: it sees every claim'));
  }
  const forms = variant.subject.templates.filter((form) => possible(form, admission.constraints));
  const demands: Demand[] = [];
  const problems: Problem[] = [];
  for (const form of forms) {
    const found = demandsOfForm(admission, variant, form);
    if (found.ok) demands.push(...found.value);
    else problems.push(...found.problems);
  }
  if (forms.length === 0) problems.push(problem(['admit'], 'no token has all these claims at once'));
  return problems.length > 0 ? refuse(...problems) : accept(demands);
}

/** Can a token that the form is for satisfy the constraints? */
function possible(form: SubjectTemplate, constraints: readonly Constraint[]): boolean {
  return constraints.every(({ claim, anyOf }) => {
    if (form.absent.includes(claim)) return false;
    const fixed = form.fixed[claim];
    return fixed === undefined || anyOf.some((matcher) => admits(matcher, fixed));
  });
}

/** The admission binds `sub` itself: other claims must be visible, or follow from it. */
function demandsWithSubject(admission: Admission, variant: Variant, subject: Constraint): Result<Demand[]> {
  const keys: Constraint[] = [];
  const problems: Problem[] = checkOtherVariants(admission, variant, subject);
  for (const constraint of admission.constraints) {
    if (constraint === subject || followsFrom(variant, subject, constraint)) continue;
    if (admission.issuer.awsClaims.includes(constraint.claim)) keys.push(constraint);
    else problems.push(invisible(admission, constraint.claim));
  }
  return problems.length > 0
    ? refuse(...problems)
    : accept(subject.anyOf.map((matcher) => ({ subject: matcher, keys })));
}

/** A pattern of `sub` must fix, before its first `*`, something that tokens of the variants left out do not have. */
function checkOtherVariants({ issuer, variants }: Admission, variant: Variant, subject: Constraint): Problem[] {
  const { subject: grammar } = variant;
  if (grammar.kind === 'unknown') return [];
  const others = Object.entries(issuer.variants).filter(([name]) => !variants.includes(name));
  return subject.anyOf.flatMap((matcher) => {
    const { text, complete } = fixedBeginning(matcher);
    const fixed = grammar.templates
      .flatMap((form) => readForm(form, text, complete) ?? [])
      .map(({ values, open }) => [...values.keys(), ...(open === undefined ? [] : [open.claim])]);
    const open = others.filter(([, { claims }]) =>
      fixed.some((known) => known.every((claim) => specOf(claims, claim) !== undefined)),
    );
    if (open.length === 0) return [];
    return [
      problem(
        ['admit', 'sub'],
        `\`${matcherText(matcher)}\` also matches tokens of the variant ${open.map(([name]) => name).join(' and ')}`,
        'write the key of something that they do not have before the first `*`, such as `project_id:`',
      ),
    ];
  });
}

/** Does the subject, in whichever form it is read, leave the claim only values that the constraint admits? */
function followsFrom(variant: Variant, subject: Constraint, constraint: Constraint): boolean {
  if (variant.subject.kind === 'unknown') return false;
  const { templates } = variant.subject;
  return subject.anyOf.every((matcher) => {
    const { text, complete } = fixedBeginning(matcher);
    // GitHub does not encode `%`, and of others it is not known, so two values can be written alike.
    if (text.includes('%')) return false;
    const readings = templates.flatMap((form) => {
      const values = readSubject(form, text, complete);
      return values === undefined
        ? []
        : [isCertain(variant, form, constraint.claim) ? values : new Map<string, string>()];
    });
    return (
      readings.length > 0 &&
      readings.every((values) => {
        const value = values.get(constraint.claim);
        return value !== undefined && constraint.anyOf.some((allowed) => admits(allowed, value));
      })
    );
  });
}

/** Does the claim stand before every value that could imitate what comes after it? */
function isCertain(variant: Variant, form: SubjectTemplate, claim: string): boolean {
  const parts = form.parts.flatMap((part) => ('claim' in part ? [part] : []));
  const loose = parts.findIndex((part) => isLoose(variant, part));
  const at = parts.findIndex((part) => part.claim === claim);
  return loose < 0 || at < loose;
}

function invisible(admission: Admission, claim: string): Problem {
  const { issuer } = admission;
  const canAdd =
    issuer.profile === 'ona-v3' || issuer.profile === 'gitlab-id-token' || issuer.profile === 'gitpod-classic';
  const visible = ['sub', ...issuer.awsClaims].join(', ');
  return problem(
    ['admit', claim],
    `AWS cannot see the claim \`${claim}\` in tokens of ${issuer.issuer}: of them it sees only ${visible}`,
    canAdd
      ? `put it into \`sub\` at the issuer (and into \`sub_fields\` here), or have it sent as a session tag`
      : `bind \`sub\` instead, or have it sent as a session tag`,
  );
}

function demandsOfForm(admission: Admission, variant: Variant, form: SubjectTemplate): Result<Demand[]> {
  const inSubject = form.parts.flatMap((part) => ('claim' in part ? [part.claim] : []));
  const folded = admission.constraints.filter(({ claim }) => inSubject.includes(claim));
  const rest = admission.constraints.filter(({ claim }) => !inSubject.includes(claim) && !(claim in form.fixed));
  const hidden = rest.filter(({ claim }) => !admission.issuer.awsClaims.includes(claim));
  if (hidden.length > 0) return refuse(...hidden.map(({ claim }) => invisible(admission, claim)));
  const problems = checkForging(variant, form, folded);
  if (problems.length > 0) return refuse(...problems);
  const visible = admission.constraints.filter(
    ({ claim }) => admission.issuer.awsClaims.includes(claim) && !(claim in form.fixed),
  );
  const demands = assignments(folded).map((values): Demand => {
    const subject = renderPattern(form, values);
    // Whoever can choose what `sub` is made of could imitate a pattern; what AWS sees by itself cannot be imitated.
    return { subject, keys: 'like' in subject ? visible : rest };
  });
  const open = demands.find((demand) => !bindsTenant(variant, demand));
  return open === undefined ? accept(demands) : refuse(openSubject(open, variant));
}

/** A tenant is bound by a key, or by what stands before the first `*`: other tenants shape the rest of their `sub`. */
function bindsTenant(variant: Variant, { subject, keys }: Demand): boolean {
  return [...keys, { claim: 'sub', anyOf: [subject] }].some((one) => isTenant(reachOf(variant, one)));
}

const isTenant = (reach: Reach | undefined): boolean => reach === 'organization' || reach === 'workload';

function openSubject({ subject }: Demand, variant: Variant): Problem {
  const tenants = Object.entries<ClaimSpec>(variant.claims).flatMap(([claim, { reach }]) =>
    reach === 'organization' ? [claim] : [],
  );
  return problem(
    ['admit'],
    `AWS would see only \`${matcherText(subject)}\`, in which nothing before the first \`*\` binds a tenant`,
    `bind ${tenants.join(' or ')} as well`,
  );
}

/** All combinations of one matcher for each constraint. */
function assignments(constraints: readonly Constraint[]): Map<string, Matcher>[] {
  return constraints.reduce<Map<string, Matcher>[]>(
    (maps, { claim, anyOf }) => maps.flatMap((map) => anyOf.map((matcher) => new Map([...map, [claim, matcher]]))),
    [new Map<string, Matcher>()],
  );
}

function renderPattern(form: SubjectTemplate, values: ReadonlyMap<string, Matcher>): Matcher {
  const text = form.parts
    .map((part) => {
      if ('literal' in part) return part.literal;
      const matcher = values.get(part.claim);
      return matcher === undefined ? '*' : encodeValue(sliceValue(matcherText(matcher), part.slice), part.encode);
    })
    .join('')
    .replace(/\*{2,}/g, '*');
  // Plain values hold no `*`: readAdmission refuses them.
  return text.includes('*') ? { like: text } : { equals: text };
}

/** A subject that another demand with the same keys already covers is left out: fewer characters, same tokens. */
export function withoutSubsumed<D extends Demand>(demands: readonly D[]): D[] {
  const covers = (wide: Demand, narrow: Demand) =>
    'like' in wide.subject &&
    matchesWildcards(wide.subject.like, matcherText(narrow.subject), '') &&
    sameKeys(wide, narrow);
  return demands.filter((demand, at) =>
    demands.every((other, index) => {
      if (index === at) return true;
      const same = matcherText(other.subject) === matcherText(demand.subject) && sameKeys(other, demand);
      return same ? index > at : !covers(other, demand);
    }),
  );
}

const sameKeys = (left: Demand, right: Demand) => JSON.stringify(left.keys) === JSON.stringify(right.keys);
