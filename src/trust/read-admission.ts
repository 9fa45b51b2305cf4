/** From the plain form of an admission to a checked one, with everything that is wrong at once. */

import { type ClaimSpec, type ClaimTable, fitsAlphabet, specOf } from '../claims/claim.ts';
import { type Problem, type Result, accept, problem, refuse } from '../claims/problem.ts';
import { type IssuerProfile, REGISTERED } from '../claims/profile.ts';
import { suggest } from '../claims/suggest.ts';
import { type Admission, type AdmissionArgs, type ConstraintArgs, variantsOf } from './admission.ts';
import { checkReach } from './reach.ts';

/** Checks the plain form against the issuer's profile and says everything that is wrong with it. */
export function readAdmission(issuer: IssuerProfile, args: AdmissionArgs): Result<Admission> {
  const variants = args.variants ?? [issuer.mainVariant];
  const problems = [...checkVariants(issuer, variants), ...checkScope(args.scope)];
  if (problems.length > 0) return refuse(...problems);
  const entries = Object.entries(args.claims);
  if (entries.length === 0) {
    const hint = `bind at least one of: ${tenantClaims(issuer, variants).join(', ')}`;
    return refuse(problem(['admit'], 'an admission without claims would admit every tenant of the issuer', hint));
  }
  problems.push(...entries.flatMap(([claim, constraint]) => checkConstraint(issuer, variants, claim, constraint)));
  if (problems.length > 0) return refuse(...problems);
  const admission: Admission = {
    issuer,
    variants,
    scope: args.scope === 'organization' ? 'organization' : 'workload',
    constraints: entries.map(([claim, { equals = [], like = [] }]) => ({
      claim,
      anyOf: [...equals.map((value) => ({ equals: value })), ...like.map((value) => ({ like: value }))],
    })),
  };
  const unreached = checkReach(admission);
  return unreached.length > 0 ? refuse(...unreached) : accept(admission);
}

function checkVariants(issuer: IssuerProfile, variants: readonly string[]): Problem[] {
  const offered = Object.keys(issuer.variants);
  if (variants.length === 0) return [problem(['variant'], 'an admission names at least one variant')];
  return variants
    .filter((name) => !offered.includes(name))
    .map((name) =>
      problem(['variant'], `tokens of ${issuer.profile} have no variant \`${name}\``, suggest(name, offered)),
    );
}

function checkScope(scope: string | undefined): Problem[] {
  if (scope === undefined || scope === 'organization') return [];
  return [
    problem(
      ['scope'],
      `there is no scope \`${scope}\``,
      'leave it out, or write `organization` to let a whole organization in',
    ),
  ];
}

/** Claims, of any named variant, that bind a tenant. */
function tenantClaims(issuer: IssuerProfile, variants: readonly string[]): string[] {
  const claims = variantsOf({ issuer, variants }).flatMap((variant) =>
    Object.entries<ClaimSpec>(variant.claims).flatMap(([claim, { reach }]) =>
      reach === undefined || reach === 'person' ? [] : [claim],
    ),
  );
  return [...new Set(claims), 'sub'];
}

function checkConstraint(
  issuer: IssuerProfile,
  variants: readonly string[],
  claim: string,
  constraint: ConstraintArgs,
): Problem[] {
  const known = checkClaim(issuer, variants, claim);
  if (known.length > 0) return known;
  const { equals = [], like = [] } = constraint;
  if (equals.length + like.length === 0) {
    return [
      problem(
        ['admit', claim],
        `\`${claim}\` has no value, so no token could match`,
        'write a value, or leave the claim out',
      ),
    ];
  }
  const tables = variantsOf({ issuer, variants }).map((variant): ClaimTable => variant.claims);
  return [
    ...equals.flatMap((value) => checkValue(tables, claim, value)),
    ...like.flatMap((pattern) => checkPattern(claim, pattern)),
  ];
}

function checkClaim(issuer: IssuerProfile, variants: readonly string[], claim: string): Problem[] {
  if (claim === 'sub') return [];
  const path = ['admit', claim];
  if ((REGISTERED as readonly string[]).includes(claim)) {
    return [
      problem(
        path,
        `\`${claim}\` is checked for every token and is not bound here`,
        claim === 'aud' ? 'write `audience` beside `admit`' : undefined,
      ),
    ];
  }
  return variants.flatMap((name) => {
    const table: ClaimTable = issuer.variants[name]?.claims ?? {};
    const spec = specOf(table, claim);
    if (spec === undefined) return [missingClaim(issuer, name, claim)];
    if (spec.type === 'string') return [];
    return [
      problem(
        path,
        `\`${claim}\` is ${KIND[spec.type]}, and only strings can be bound`,
        'bind another claim, or groups by `groups_claim`',
      ),
    ];
  });
}

const KIND = {
  boolean: 'true or false',
  object: 'an object',
  strings: 'a list',
  objects: 'a list of objects',
} as const;

function missingClaim(issuer: IssuerProfile, variant: string, claim: string): Problem {
  const others = Object.keys(issuer.variants).filter((name) =>
    Object.hasOwn(issuer.variants[name]?.claims ?? {}, claim),
  );
  const hint =
    others.length > 0
      ? `tokens of the variant ${others.join(' and ')} have it: say \`variant: ${others[0] ?? ''}\` in an entry of its own`
      : suggest(claim, [...Object.keys(issuer.variants[variant]?.claims ?? {}), 'sub']);
  return problem(
    ['admit', claim],
    `${issuer.profile} tokens of the variant ${variant} have no claim \`${claim}\``,
    hint,
  );
}

function checkValue(tables: readonly ClaimTable[], claim: string, value: string): Problem[] {
  const path = ['admit', claim];
  if (value === '')
    return [problem(path, `the empty value of \`${claim}\` matches no token`, 'leave the claim out, or write a value')];
  if (value.includes('*')) {
    return [
      problem(
        path,
        `\`${value}\` has a \`*\` in a plain value, which would be compared literally`,
        `a pattern says so: { like: "${value}" }`,
      ),
    ];
  }
  const unfit = tables.some((table) => {
    const spec = specOf(table, claim);
    return spec !== undefined && !fitsAlphabet(spec.alphabet, value);
  });
  return unfit
    ? [
        problem(
          path,
          `\`${value}\` can never be a value of \`${claim}\``,
          'check it against a token: idp token --decode',
        ),
      ]
    : [];
}

function checkPattern(claim: string, pattern: string): Problem[] {
  const path = ['admit', claim];
  if (pattern === '') return [problem(path, `the empty pattern of \`${claim}\` matches no token`)];
  if (!pattern.includes('*')) {
    return [
      problem(
        path,
        `\`${pattern}\` has no \`*\`, so it is no pattern`,
        `write it as a plain value: ${claim}: "${pattern}"`,
      ),
    ];
  }
  return [];
}
