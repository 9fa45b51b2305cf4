// Arbitrary admissions of an issuer's tokens, and by definition which tokens each of them admits.
import fc from 'fast-check';
import type { ClaimTable } from '../../src/claims/claim.ts';
import { claimValue } from '../../src/claims/claims.ts';
import type { IssuerProfile } from '../../src/claims/profile.ts';
import type { Admission, AdmissionArgs, ConstraintArgs } from '../../src/trust/admission.ts';
import { readAdmission } from '../../src/trust/read-admission.ts';
import { arbitraryToken, type Minted } from '../claims/worlds.ts';

/** The admission, or an error that says why it is none. */
export function admission(issuer: IssuerProfile, args: AdmissionArgs): Admission {
  const read = readAdmission(issuer, args);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.value;
}

/** `{ claim: value | [values] | /pattern/ }` in the plain form; a pattern is written `~acme/*`. */
export function claimsOf(bounds: Readonly<Record<string, string | readonly string[]>>): Record<string, ConstraintArgs> {
  const entries = Object.entries(bounds).map(([claim, bound]): [string, ConstraintArgs] => {
    const all = typeof bound === 'string' ? [bound] : bound;
    const equals = all.filter((value) => !value.startsWith('~'));
    const like = all.filter((value) => value.startsWith('~')).map((value) => value.slice(1));
    return [claim, { ...(equals.length > 0 ? { equals } : {}), ...(like.length > 0 ? { like } : {}) }];
  });
  return Object.fromEntries(entries);
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** What a pattern means, by the regular expressions of the runtime. */
export function wildcards(pattern: string, one = ''): RegExp {
  const parts = Array.from(pattern, (character) =>
    character === '*' ? '[^]*' : character === one ? '[^]' : escaped(character),
  );
  return new RegExp(`^${parts.join('')}$`);
}

/** The definition: a token of a named variant in which each constraint holds. */
export function isMember({ issuer, variants, constraints }: Admission, token: Minted): boolean {
  const variant = issuer.variants[token.variant];
  if (variant === undefined || !variants.includes(token.variant)) return false;
  const table: ClaimTable = variant.claims;
  return constraints.every(({ claim, anyOf }) => {
    const value = claimValue(token.claims, claim, table);
    if (typeof value !== 'string') return false;
    return anyOf.some((matcher) =>
      'equals' in matcher ? matcher.equals === value : wildcards(matcher.like).test(value),
    );
  });
}

export interface Case {
  readonly args: AdmissionArgs;
  readonly tokens: readonly Minted[];
}

const pattern = (value: string): fc.Arbitrary<string> =>
  fc
    .tuple(fc.nat({ max: value.length }), fc.nat({ max: value.length }))
    .map(([a, b]) => `${value.slice(0, Math.min(a, b))}*${value.slice(Math.max(a, b))}`);

const matchers = (values: readonly string[]): fc.Arbitrary<ConstraintArgs> =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...values).map((value) => ({ equals: [value] })) },
    { weight: 2, arbitrary: fc.subarray([...new Set(values)], { minLength: 1 }).map((equals) => ({ equals })) },
    {
      weight: 3,
      arbitrary: fc
        .constantFrom(...values)
        .chain(pattern)
        .map((like) => ({ like: [like] })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(...values), fc.constantFrom(...values).chain(pattern))
        .map(([value, like]) => ({ equals: [value], like: [like] })),
    },
  );

/** The claims that can be seen at AWS through `sub`. */
function inSubject(issuer: IssuerProfile): string[] {
  return Object.values(issuer.variants).flatMap(({ subject }) =>
    subject.kind === 'unknown'
      ? []
      : subject.templates.flatMap(({ parts }) => parts.flatMap((part) => ('claim' in part ? [part.claim] : []))),
  );
}

/** An admission made from the claims of some tokens, so that it admits a fair share of them, or is refused. */
export function arbitraryCase(issuer: IssuerProfile): fc.Arbitrary<Case> {
  const tokens = fc.array(arbitraryToken(issuer), { minLength: 6, maxLength: 12 });
  return tokens.chain((all) => {
    const named = fc.subarray(Object.keys(issuer.variants), { minLength: 1 });
    const main = issuer.mainVariant;
    return fc
      .tuple(
        fc.oneof({ weight: 4, arbitrary: fc.constant([main]) }, { weight: 1, arbitrary: named }),
        fc.boolean(),
        fc.boolean(),
      )
      .chain(([variants, wide, visible]) => {
        const table: ClaimTable = Object.assign(
          {},
          ...variants.map((name) => issuer.variants[name]?.claims),
        ) as ClaimTable;
        const values = (claim: string) =>
          all.flatMap(({ claims }) => {
            const value = claimValue(claims, claim, table);
            return typeof value === 'string' && !value.includes('*') ? [value] : [];
          });
        const seen = [...inSubject(issuer), ...issuer.awsClaims, 'sub'];
        const usable = [...Object.keys(table), 'sub'].filter(
          (claim) => values(claim).length > 0 && (!visible || seen.includes(claim)),
        );
        const tenants = usable.filter((claim) => ['organization', 'workload'].includes(table[claim]?.reach ?? ''));
        return fc
          .tuple(
            fc.constantFrom(...(tenants.length > 0 ? [...tenants, 'sub'] : usable)),
            fc.subarray(usable, { maxLength: 2 }),
          )
          .chain(([tenant, rest]) =>
            fc.record(
              Object.fromEntries([...new Set([tenant, ...rest])].map((claim) => [claim, matchers(values(claim))])),
            ),
          )
          .map((claims) => ({
            args: { variants: [...variants], claims, ...(wide ? { scope: 'organization' } : {}) },
            tokens: all,
          }));
      });
  });
}
