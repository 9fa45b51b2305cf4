/** How far an admission reaches: whether it binds one tenant of the issuer, and something inside it. */

import { type ClaimSpec, type ClaimTable, type Reach } from '../claims/claim.ts';
import { type Problem, problem } from '../claims/problem.ts';
import { type Variant } from '../claims/profile.ts';
import { readSubject } from '../claims/subject.ts';
import { type Admission, type Constraint, variantsOf } from './admission.ts';
import { type Matcher, fixedBeginning, matcherText } from './matcher.ts';

/** Refuses an admission that binds no tenant, or a whole organization without saying so. */
export function checkReach(admission: Admission): Problem[] {
  return variantsOf(admission).flatMap((variant) => {
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

/** An example of what a pattern such as `acme*` lets in. */
function evilTwin(pattern: string): string {
  const star = pattern.indexOf('*');
  const before = pattern.slice(0, star);
  return /[A-Za-z0-9]$/.test(before) ? `, such as \`${before}-evil${pattern.slice(star + 1)}\`` : '';
}

function claimsReaching(variant: Variant, reach: Reach): string[] {
  return Object.entries<ClaimSpec>(variant.claims).flatMap(([claim, spec]) => (spec.reach === reach ? [claim] : []));
}

/** The reach of one constraint: that of its widest value. */
function reachOf(variant: Variant, constraint: Constraint): Reach | undefined {
  const each = constraint.anyOf.map((matcher) =>
    constraint.claim === 'sub' ? subjectReach(variant, matcher) : claimReach(variant.claims[constraint.claim], matcher),
  );
  const width: (Reach | undefined)[] = [undefined, 'person', 'organization', 'workload'];
  return width.find((reach) => each.includes(reach));
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

/** A subject binds what its fixed beginning says of the claims it is made of, in whichever form it can be read. */
function subjectReach(variant: Variant, matcher: Matcher): Reach | undefined {
  if (variant.subject.kind === 'unknown') return undefined;
  const { text, complete } = fixedBeginning(matcher);
  const table: ClaimTable = { ...variant.facts, ...variant.claims };
  const readings = variant.subject.templates.map((form): Reach | undefined => {
    const only = form.parts.length === 1 ? form.parts[0] : undefined;
    if (only !== undefined && 'claim' in only) return claimReach(table[only.claim], matcher);
    const values = readSubject(form, text, complete);
    if (values === undefined) return undefined;
    const found = [...values.keys()].map((claim) => table[claim]?.reach ?? hiddenReach(variant, claim));
    return (['workload', 'organization', 'person'] as const).find((reach) => found.includes(reach));
  });
  const possible = readings.filter((reach) => reach !== undefined);
  return possible.includes('workload') ? 'workload' : possible[0];
}

/** A part of `sub` that is no claim, such as the project of Ona's V2 tokens: always something inside a tenant. */
function hiddenReach(variant: Variant, claim: string): Reach | undefined {
  return variant.facts !== undefined && claim in variant.facts ? 'workload' : undefined;
}
