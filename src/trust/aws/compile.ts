/** From an admission to an AWS trust policy: only `aud`, `sub` and a few more claims can be seen there. */

import { type ClaimSpec, mayHold } from '../../claims/claim.ts';
import { type Problem, type Result, accept, problem, refuse } from '../../claims/problem.ts';
import { type Variant, conditionPrefix } from '../../claims/profile.ts';
import { type SubjectTemplate, encodeValue, readSubject, sliceValue } from '../../claims/subject.ts';
import { type Admission, type Constraint } from '../admission.ts';
import { type Matcher, admits, fixedBeginning, matcherText, matchesWildcards } from '../matcher.ts';
import { type PolicyDocument, type PolicyStatement } from './policy.ts';

/** Default quota of a role trust policy, in characters (IAM quotas; 4,096 on request). */
export const TRUST_POLICY_QUOTA = 2048;

export const AWS_AUDIENCE = 'sts.amazonaws.com';

export interface AwsTarget {
  /** ARN of the IAM OIDC provider. */
  readonly providerArn: string;
  /** Any of these audiences. Default: `sts.amazonaws.com`. */
  readonly audiences?: readonly string[];
  /** Characters that the trust policy may have. Default: 2,048. */
  readonly quota?: number;
}

/** ARN of the provider for an issuer: partition and account, then the issuer without `https://`. */
export function providerArn(partition: string, account: string, prefix: string): string {
  return `arn:${partition}:iam::${account}:oidc-provider/${prefix}`;
}

/** What one statement must see: the subject, and further condition keys. */
interface Demand {
  readonly subject: Matcher;
  readonly keys: readonly Constraint[];
}

/** The trust policy that admits exactly the admission's tokens, or why AWS cannot enforce it. */
export function compileTrustPolicy(admission: Admission, target: AwsTarget): Result<PolicyDocument> {
  const prefix = conditionPrefix(admission.issuer);
  if (prefix === undefined) {
    return refuse(
      problem(
        ['issuer'],
        `\`${admission.issuer.issuer}\` is no URL, so it cannot be an OIDC provider at AWS`,
        'use an issuer with an https URL, e.g. the profile gitlab-id-token, or grant Vault access only',
      ),
    );
  }
  const demands: Demand[] = [];
  const problems: Problem[] = [];
  for (const name of admission.variants) {
    const variant = admission.issuer.variants[name];
    if (variant === undefined) continue;
    const found = demandsOf(admission, variant);
    if (found.ok) demands.push(...found.value);
    else problems.push(...found.problems);
  }
  if (problems.length > 0) return refuse(...distinct(problems));
  const document = writePolicy(withoutSubsumed(demands), prefix, target);
  return checkQuota(document, target.quota ?? TRUST_POLICY_QUOTA);
}

function distinct(problems: readonly Problem[]): Problem[] {
  return problems.filter((one, at) => problems.findIndex((other) => other.message === one.message) === at);
}

function demandsOf(admission: Admission, variant: Variant): Result<Demand[]> {
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
  const problems: Problem[] = [];
  for (const constraint of admission.constraints) {
    if (constraint === subject || followsFrom(variant, subject, constraint)) continue;
    if (admission.issuer.awsClaims.includes(constraint.claim)) keys.push(constraint);
    else problems.push(invisible(admission, constraint.claim));
  }
  return problems.length > 0
    ? refuse(...problems)
    : accept(subject.anyOf.map((matcher) => ({ subject: matcher, keys })));
}

function followsFrom(variant: Variant, subject: Constraint, constraint: Constraint): boolean {
  if (variant.subject.kind === 'unknown') return false;
  const { templates } = variant.subject;
  return subject.anyOf.every((matcher) => {
    const { text, complete } = fixedBeginning(matcher);
    const readings = templates.flatMap((form) => readSubject(form, text, complete) ?? []);
    return (
      readings.length > 0 &&
      readings.every((values) => {
        const value = values.get(constraint.claim);
        return value !== undefined && constraint.anyOf.some((allowed) => admits(allowed, value));
      })
    );
  });
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
  const problems = [...checkSeparators(variant, form, folded), ...checkEncoding(form, folded)];
  if (problems.length > 0) return refuse(...problems);
  return accept(assignments(folded).map((values) => ({ subject: renderPattern(form, values), keys: rest })));
}

/** All combinations of one matcher for each constraint. */
function assignments(constraints: readonly Constraint[]): Map<string, Matcher>[] {
  return constraints.reduce<Map<string, Matcher>[]>(
    (maps, { claim, anyOf }) => maps.flatMap((map) => anyOf.map((matcher) => new Map([...map, [claim, matcher]]))),
    [new Map<string, Matcher>()],
  );
}

/** A wildcard runs across separators: what follows it can be forged where a value may hold one. */
function checkSeparators(variant: Variant, form: SubjectTemplate, folded: readonly Constraint[]): Problem[] {
  const table: Readonly<Record<string, ClaimSpec>> = { ...variant.facts, ...variant.claims };
  const exact = (claim: string) =>
    folded.some((one) => one.claim === claim && one.anyOf.every((matcher) => fixedBeginning(matcher).complete));
  const bound = (claim: string) => folded.some((one) => one.claim === claim);
  const claims = form.parts.flatMap((part) => ('claim' in part ? [part.claim] : []));
  return claims.flatMap((claim, at) => {
    const spec = table[claim];
    const later = claims.slice(at + 1).find((other) => bound(other) && other !== claim);
    if (exact(claim) || later === undefined || spec === undefined || !mayHold(spec.alphabet, ':')) return [];
    return [
      problem(
        ['admit', later],
        `in \`sub\` the claim \`${later}\` comes after \`${claim}\`, whose value may hold \`:\` and so forge it`,
        `bind \`${claim}\` to exact values, or put \`${later}\` before it`,
      ),
    ];
  });
}

/** How an issuer writes a separator inside a value is documented for GitHub alone. */
function checkEncoding(form: SubjectTemplate, folded: readonly Constraint[]): Problem[] {
  return form.parts.flatMap((part) => {
    if (!('claim' in part) || !part.encode.includes('%')) return [];
    const values = folded.filter(({ claim }) => claim === part.claim).flatMap(({ anyOf }) => anyOf.map(matcherText));
    return values
      .filter((value) => encodeValue(value, part.encode) !== value)
      .map((value) =>
        problem(
          ['admit', part.claim],
          `\`${value}\` holds a separator of \`sub\`, and how the issuer writes it there is not known`,
          'bind a claim without separators, such as an id',
        ),
      );
  });
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
function withoutSubsumed(demands: readonly Demand[]): Demand[] {
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

/** Subjects that are exact and subjects that are patterns go into separate statements: operators AND together. */
function writePolicy(demands: readonly Demand[], prefix: string, target: AwsTarget): PolicyDocument {
  const groups = new Map<string, Demand[]>();
  for (const demand of demands) {
    const group = `${'equals' in demand.subject ? 'equals' : 'like'} ${JSON.stringify(demand.keys)}`;
    groups.set(group, [...(groups.get(group) ?? []), demand]);
  }
  const audiences = target.audiences ?? [AWS_AUDIENCE];
  return {
    Version: '2012-10-17',
    Statement: [...groups.values()].map((group) => writeStatement(group, prefix, audiences, target.providerArn)),
  };
}

function writeStatement(
  group: readonly Demand[],
  prefix: string,
  audiences: readonly string[],
  arn: string,
): PolicyStatement {
  const equals: Record<string, string | string[]> = { [`${prefix}:aud`]: single(audiences.map(literal)) };
  const like: Record<string, string | string[]> = {};
  const constraints = [{ claim: 'sub', anyOf: group.map(({ subject }) => subject) }, ...(group[0]?.keys ?? [])];
  for (const { claim, anyOf } of constraints) {
    const patterns = anyOf.some((matcher) => 'like' in matcher);
    (patterns ? like : equals)[`${prefix}:${claim}`] = single(anyOf.map((matcher) => written(matcher, patterns)));
  }
  return {
    Effect: 'Allow',
    Principal: { Federated: arn },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: equals, ...(Object.keys(like).length > 0 ? { StringLike: like } : {}) },
  };
}

const single = (values: readonly string[]): string | string[] => {
  const [only, ...more] = values;
  return only !== undefined && more.length === 0 ? only : [...values];
};

/** `${` begins a policy variable in every operator (IAM policy elements: variables and tags). */
const literal = (value: string): string => value.replaceAll('${', '${$}{');

function written(matcher: Matcher, patterns: boolean): string {
  const text = literal(matcherText(matcher));
  if (!patterns) return text;
  const single = text.replaceAll('?', '${?}');
  return 'equals' in matcher ? single.replaceAll('*', '${*}') : single;
}

function checkQuota(document: PolicyDocument, quota: number): Result<PolicyDocument> {
  const size = JSON.stringify(document).length;
  if (size <= quota) return accept(document);
  return refuse(
    problem(
      ['admit'],
      `the trust policy would have ${size} characters, and the quota is ${quota}`,
      'split the entry into several roles, or bind by fewer values or by a pattern',
    ),
  );
}
