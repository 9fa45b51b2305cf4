/** How far an admission reaches: whether it binds one tenant of the issuer, and something inside it. */

import { type ClaimSpec, type ClaimTable, type Reach, mayHold, specOf } from '../claims/claim.ts';
import { type Problem, problem } from '../claims/problem.ts';
import { type Variant } from '../claims/profile.ts';
import { type SubjectPart, type SubjectTemplate, describeForm, isKnownToEncode, readForm } from '../claims/subject.ts';
import { type Admission, type Constraint, variantsOf } from './admission.ts';
import { type Matcher, fixedBeginning, matcherText } from './matcher.ts';

/** Refuses an admission that binds no tenant, or a whole organization without saying so. */
export function checkReach(admission: Admission): Problem[] {
  return variantsOf(admission).flatMap((variant) => {
    const strange = admission.constraints.flatMap((constraint) => checkForm(admission, variant, constraint));
    if (strange.length > 0) return strange;
    const reaches = admission.constraints.flatMap((constraint) => reachOf(variant, constraint) ?? []);
    if (!reaches.some((reach) => reach !== 'person')) return [noTenant(admission, variant)];
    if (reaches.some((reach) => reach !== 'organization') || admission.scope === 'organization') return [];
    return [
      problem(
        ['admit'],
        'this admits everything in the organization: whoever may create a workload there is let in',
        `bind one of ${claimsReaching(variant, 'workload').join(', ')}, or say \`scope: organization\` beside \`admit\``,
      ),
    ];
  });
}

/** The tenant could be wildcarded, absent, or bound by something that another tenant can have too. */
function noTenant(admission: Admission, variant: Variant): Problem {
  const offered = [...claimsReaching(variant, 'organization'), ...claimsReaching(variant, 'workload')];
  const wide = admission.constraints.find(
    ({ claim, anyOf }) =>
      (claim === 'sub' || offered.includes(claim)) && anyOf.some((matcher) => !fixedBeginning(matcher).complete),
  );
  if (wide === undefined) {
    const persons = admission.constraints.map(({ claim }) => `\`${claim}\``).join(', ');
    return problem(
      ['admit'],
      `nothing here binds a tenant: tokens of other organizations can have the same ${persons}`,
      `bind one of ${offered.join(', ')} as well`,
    );
  }
  const pattern = wide.anyOf.map(matcherText).find((text) => text.includes('*')) ?? '';
  return problem(
    ['admit', wide.claim],
    `\`${pattern}\` also matches other tenants${evilTwin(pattern)}`,
    'fix everything up to and including the separator after the organization, before the first `*`',
  );
}

/** A subject that no form of `sub` can have is a slip of the pen. */
function checkForm(admission: Admission, variant: Variant, { claim, anyOf }: Constraint): Problem[] {
  const { subject } = variant;
  if (claim !== 'sub' || subject.kind === 'unknown') return [];
  const forms = subject.templates.map(describeForm).join(', ');
  return anyOf
    .filter((matcher) => fittingForms(variant, matcher).length === 0)
    .map((matcher) =>
      problem(
        ['admit', 'sub'],
        `\`${matcherText(matcher)}\` can never be the \`sub\` of a token of ${admission.issuer.profile}`,
        `it looks like: ${forms}`,
      ),
    );
}

/** An example of what a pattern such as `acme*` lets in. */
function evilTwin(pattern: string): string {
  const star = pattern.indexOf('*');
  const before = pattern.slice(0, star);
  return /[A-Za-z0-9]$/.test(before) ? `, such as \`${before}-evil${pattern.slice(star + 1)}\`` : '';
}

function claimsReaching(variant: Variant, reach: Reach): string[] {
  return Object.entries<ClaimSpec>(variant.claims).flatMap(([claim, spec]) => (spec.reach === reach ? [claim] : []));
}

/** The weakest of several: what holds for all of them. */
function weakest(reaches: readonly (Reach | undefined)[]): Reach | undefined {
  const order: (Reach | undefined)[] = [undefined, 'person', 'organization', 'workload'];
  return order.find((reach) => reaches.includes(reach));
}

/** The reach of one constraint: that of its widest value. */
export function reachOf(variant: Variant, constraint: Constraint): Reach | undefined {
  return weakest(
    constraint.anyOf.map((matcher) =>
      constraint.claim === 'sub'
        ? subjectReach(variant, matcher)
        : claimReach(specOf(variant.claims, constraint.claim), matcher),
    ),
  );
}

function claimReach(spec: ClaimSpec | undefined, matcher: Matcher): Reach | undefined {
  if (spec?.reach === undefined) return undefined;
  const { text, complete } = fixedBeginning(matcher);
  if (complete) return spec.reach;
  if (spec.organizationSegments === undefined) return undefined;
  const segments = text.split('/').slice(0, -1);
  const fixed = segments.slice(0, spec.organizationSegments);
  const bound = fixed.length === spec.organizationSegments && fixed.at(-1) !== '';
  if (!bound) return undefined;
  return segments.length > spec.organizationSegments ? spec.reach : 'organization';
}

/** A subject binds what its fixed beginning says of the claims it is made of, whichever form a token has it in. */
function subjectReach(variant: Variant, matcher: Matcher): Reach | undefined {
  return weakest(fittingForms(variant, matcher).map((form) => formReach(variant, form, matcher)));
}

function fittingForms(variant: Variant, matcher: Matcher): SubjectTemplate[] {
  if (variant.subject.kind === 'unknown') return [];
  const { text, complete } = fixedBeginning(matcher);
  return variant.subject.templates.filter((form) => readForm(form, text, complete) !== undefined);
}

function formReach(variant: Variant, form: SubjectTemplate, matcher: Matcher): Reach | undefined {
  const { text, complete } = fixedBeginning(matcher);
  const reading = readForm(form, text, complete);
  if (reading === undefined) return undefined;
  const table: ClaimTable = { ...variant.facts, ...variant.claims };
  const certain = complete ? form.parts : unforgeable(form, table);
  const found = certain.flatMap((part): (Reach | undefined)[] => {
    if (!('claim' in part)) return [];
    const { claim } = part;
    const value = reading.values.get(claim);
    if (value !== undefined)
      return [claimReach(specOf(table, claim), { equals: value }) ?? hiddenReach(variant, claim)];
    const { open } = reading;
    return open?.claim === claim ? [claimReach(specOf(table, claim), { like: `${open.text}*` })] : [];
  });
  return (['workload', 'organization', 'person'] as const).find((reach) => found.includes(reach));
}

/** The parts up to the first whose value may hold a separator that the issuer leaves as it is: it can imitate the rest. */
function unforgeable({ parts }: SubjectTemplate, table: ClaimTable): readonly SubjectPart[] {
  const loose = parts.findIndex((part) => {
    const spec = 'claim' in part && !isKnownToEncode(part.encode) ? specOf(table, part.claim) : undefined;
    return spec !== undefined && mayHold(spec.alphabet, ':');
  });
  return loose < 0 ? parts : parts.slice(0, loose + 1);
}

/** A part of `sub` that is no claim, such as the project of Ona's V2 tokens: always something inside a tenant. */
function hiddenReach(variant: Variant, claim: string): Reach | undefined {
  return variant.facts !== undefined && claim in variant.facts ? 'workload' : undefined;
}
