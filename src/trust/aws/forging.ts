/** Where a pattern of `sub` would say less than it seems to: values that can imitate what stands beside them. */

import { type ClaimTable, mayHold, specOf } from '../../claims/claim.ts';
import { type Problem, problem } from '../../claims/problem.ts';
import { type Variant } from '../../claims/profile.ts';
import { type SubjectPart, type SubjectTemplate, encodeValue, isKnownToEncode } from '../../claims/subject.ts';
import { type Constraint, isExact } from '../admission.ts';
import { matcherText } from '../matcher.ts';

/** What cannot be asked of this form of `sub` by these constraints of the claims that it is made of. */
export function checkForging(variant: Variant, form: SubjectTemplate, folded: readonly Constraint[]): Problem[] {
  return [
    ...checkSeparators(variant, form, folded),
    ...checkImitation(variant, form, folded),
    ...checkEncoding(form, folded),
    ...checkSlices(form, folded),
  ];
}

type ClaimPart = Extract<SubjectPart, { readonly claim: string }>;

/** May the part's value hold a separator that the issuer does not encode for certain? */
export function isLoose(variant: Variant, { claim, encode }: ClaimPart): boolean {
  const spec = specOf({ ...variant.facts, ...variant.claims }, claim);
  return spec !== undefined && mayHold(spec.alphabet, ':') && !isKnownToEncode(encode);
}

/**
 * Where anything may follow, a loose value can swallow the exact values after it and write them itself, and can go on where its own
 * exact value ends.
 */
function checkImitation(variant: Variant, form: SubjectTemplate, folded: readonly Constraint[]): Problem[] {
  const parts = form.parts.flatMap((part) => ('claim' in part ? [part] : []));
  const constraintOf = ({ claim }: ClaimPart) => folded.find((one) => one.claim === claim);
  return parts.flatMap((part, at) => {
    const rest = parts.slice(at + 1).filter(({ claim }) => claim !== part.claim);
    const forged = rest.find((one) => constraintOf(one) !== undefined);
    const wild = parts.slice(at).find((one) => !isExact(constraintOf(one)));
    if (!isLoose(variant, part) || wild === undefined) return [];
    if (forged !== undefined) return [forgeable(forged.claim, part.claim, wild.claim)];
    const open = parts.slice(at + 1).find((one) => !isExact(constraintOf(one)));
    const ends = constraintOf(part)?.anyOf.some((matcher) => !matcherText(matcher).endsWith('*')) === true;
    return ends && open !== undefined ? [forgeable(part.claim, part.claim, open.claim)] : [];
  });
}

/**
 * A wildcard runs across separators. Where some value from there on may hold a separator that the issuer does not
 * encode for certain, that value can imitate what the pattern asks for after the wildcard.
 */
function checkSeparators(variant: Variant, form: SubjectTemplate, folded: readonly Constraint[]): Problem[] {
  const table: ClaimTable = { ...variant.facts, ...variant.claims };
  const parts = form.parts.flatMap((part) => ('claim' in part ? [part] : []));
  const loose = parts.map((part) => isLoose(variant, part));
  const constraints = parts.map(({ claim }) => folded.find((one) => one.claim === claim));
  return parts.flatMap(({ claim }, at) => {
    if (isExact(constraints[at])) return checkOptional(parts, table, at, loose[at] === true, constraints);
    const ends = constraints[at]?.anyOf.some((matcher) => !matcherText(matcher).endsWith('*')) === true;
    const later = parts.findIndex(
      (part, index) => index > at && constraints[index] !== undefined && part.claim !== claim,
    );
    const forged = ends ? claim : parts[later]?.claim;
    const forger = parts.find((_, index) => loose[index] === true && (ends ? index > at : index >= at))?.claim;
    return forged === undefined || forger === undefined ? [] : [forgeable(forged, forger, claim)];
  });
}

/** Without the optional claims after it, a value could hold their text itself. */
function checkOptional(
  parts: readonly { readonly claim: string }[],
  table: ClaimTable,
  at: number,
  loose: boolean,
  constraints: readonly (Constraint | undefined)[],
): Problem[] {
  const claim = parts[at]?.claim ?? '';
  const optional = parts.find(
    (part, index) =>
      index > at && constraints[index] !== undefined && specOf(table, part.claim)?.presence === 'sometimes',
  );
  return loose && optional !== undefined ? [forgeable(optional.claim, claim, claim)] : [];
}

function forgeable(forged: string, forger: string, wild: string): Problem {
  return problem(
    ['admit', forged],
    `in \`sub\` a value of \`${forger}\` may hold \`:\` and so forge \`${forged}\``,
    forger === wild
      ? `have the issuer put \`${forged}\` before \`${forger}\``
      : `bind \`${wild}\` to exact values, or have the issuer put \`${forged}\` before it`,
  );
}

/** Of a value that is split at its slash, a pattern must say on which side of it each part stands. */
function checkSlices(form: SubjectTemplate, folded: readonly Constraint[]): Problem[] {
  const sliced = form.parts.flatMap((part) => ('claim' in part && part.slice === 'before-slash' ? [part.claim] : []));
  return folded
    .filter(({ claim }) => sliced.includes(claim))
    .flatMap(({ claim, anyOf }) =>
      anyOf
        .filter((matcher) => 'like' in matcher && !matcher.like.includes('/'))
        .map((matcher) =>
          problem(
            ['admit', claim],
            `\`${matcherText(matcher)}\` does not say where the slash of \`${claim}\` is`,
            'write owner and name, each with its own `*`: { like: "owner/*" }',
          ),
        ),
    );
}

/** How an issuer writes a separator inside a value is documented for GitHub alone. */
function checkEncoding(form: SubjectTemplate, folded: readonly Constraint[]): Problem[] {
  return form.parts.flatMap((part) => {
    if (!('claim' in part) || part.encode === '') return [];
    // GitHub encodes `:` but not `%`, so that two values can look the same.
    const odd = isKnownToEncode(part.encode) ? '%' : part.encode;
    const values = folded.filter(({ claim }) => claim === part.claim).flatMap(({ anyOf }) => anyOf.map(matcherText));
    return values
      .filter((value) => encodeValue(value, odd) !== value)
      .map((value) =>
        problem(
          ['admit', part.claim],
          `\`${value}\` holds a separator of \`sub\`, and how the issuer writes it there is not known`,
          'bind a claim without separators, such as an id',
        ),
      );
  });
}
