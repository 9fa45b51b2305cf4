// Seeded roles and tokens of the kinds on which an evaluation of Vault's JWT roles could go wrong.
import fc from 'fast-check';
import type { Claims, JsonValue } from '../../../src/claims/claims.ts';
import type { BoundValue, VaultJwtRole } from '../../../src/trust/vault/role.ts';

export interface LoginCase {
  readonly role: VaultJwtRole;
  readonly claims: Claims;
  readonly alg: string;
  readonly mount: MountName;
  /** When the times of the claims were chosen, in seconds since 1970. */
  readonly now: number;
}

export type MountName = 'strict' | 'open' | 'several' | 'elsewhere';

/** The claims with their times so many seconds later; 0 is no time. */
export function moved(claims: Claims, seconds: number): Claims {
  const later = (value: JsonValue | undefined) => (typeof value === 'number' && value !== 0 ? value + seconds : value);
  const times = ['exp', 'EXP', 'nbf', 'iat'].filter((claim) => claim in claims);
  return { ...claims, ...Object.fromEntries(times.map((claim) => [claim, later(claims[claim])])) };
}

export const ISSUER = 'https://issuer.example.com';
const AUDIENCE = 'vault.hashicorp.com';

const rarely = <T>(usual: T, ...odd: T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...odd) });

const optional = <T>(value: fc.Arbitrary<T>, weight: number): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 1, arbitrary: value }, { weight, arbitrary: fc.constant(undefined) });

const without = (record: object): object =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));

/** Values that resemble one another across types, cases, lists and patterns. */
const VALUES: readonly JsonValue[] = [
  '1',
  1,
  1.9,
  -1.9,
  true,
  'true',
  false,
  'main',
  'MAIN',
  'main2',
  'a*c',
  'abc',
  'a/b:c',
  '',
  null,
  ['main', 'dev'],
  ['1', 1],
  [1],
  [true],
  [],
  [null],
  [['main']],
  { name: 'main' },
];

const BOUND: readonly (BoundValue | readonly BoundValue[])[] = [
  '1',
  1,
  -1,
  true,
  'true',
  false,
  'main',
  'Main',
  'a*c',
  'ma*',
  '*',
  '*n',
  'm*i*',
  'a*b*c',
  '?ain',
  '',
  'main*main',
  ['main', 'abc'],
  ['ma*', '*c'],
  [1, '1'],
  [],
  ['*', 'x'],
];

const NAMES = ['ref', 'Ref', '/ref', '/deep/name', '/deep/list/0', '/deep/list/9', '/deep/a~1b', '/deep', '/'] as const;

const isGlobbable = (bound: BoundValue | readonly BoundValue[]): boolean =>
  [bound].flat().every((value) => typeof value === 'string');

const bounds = fc
  .tuple(
    fc.boolean(),
    fc.array(fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom(...BOUND)), { minLength: 1, maxLength: 2 }),
  )
  .map(([glob, entries]) => ({
    bound_claims_type: glob ? 'glob' : 'string',
    // Vault takes nothing but strings for globs.
    bound_claims: Object.fromEntries(entries.filter(([, bound]) => !glob || isGlobbable(bound))),
  }));

const leeway = optional(fc.constantFrom(0, -1, 30, 600), 3);

const roles: fc.Arbitrary<VaultJwtRole> = fc
  .record({
    bounds: optional(bounds, 1),
    user_claim: rarely('user', 'absent', 'count', 'empty', '/deep/name', 'null', 'list'),
    user_claim_json_pointer: optional(fc.boolean(), 2),
    bound_audiences: rarely<string[] | undefined>(
      [AUDIENCE],
      undefined,
      ['other'],
      ['other', AUDIENCE],
      ['VAULT.hashicorp.com'],
    ),
    bound_subject: optional(fc.constantFrom('subject', 'Subject', 'sub*', '*'), 5),
    claim_mappings: optional(
      fc.constantFrom({ ref: 'a' }, { '/deep/name': 'b' }, { count: 'c' }, { absent: 'd' }, { long: 'e' }),
      4,
    ),
    groups_claim: optional(fc.constantFrom('list', 'mixed', 'absent', 'user', 'count', '/deep/list', 'emptylist'), 5),
    clock_skew_leeway: leeway,
    expiration_leeway: leeway,
    not_before_leeway: leeway,
  })
  .map(({ bounds: bound, ...rest }) => without({ role_type: 'jwt', ...rest, ...bound }) as VaultJwtRole);

/** Offsets from now in seconds, away from every edge by more than a login takes. */
const OFFSETS = [-900, -500, -120, -40, -20, 20, 40, 120, 500, 900] as const;

const odd = fc.constantFrom<JsonValue>('soon', null, 0, true, 1e19);

const time = (usual: number, present: number) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constant({ offset: usual, present: true }) },
    { weight: 3, arbitrary: fc.constantFrom(...OFFSETS).map((offset) => ({ offset, present: true })) },
    { weight: present, arbitrary: fc.constant({ offset: 0, present: false }) },
    { weight: 1, arbitrary: odd.map((value) => ({ value })) },
  );

const tokens = (now: number) =>
  fc
    .record({
      exp: time(500, 2),
      nbf: time(-40, 6),
      iat: time(-40, 2),
      fraction: fc.constantFrom(0, 0, 0.4),
      iss: rarely<JsonValue | undefined>(ISSUER, undefined, 'https://other.example.com', `${ISSUER}/`, 5, null),
      sub: rarely<JsonValue | undefined>('subject', undefined, 'Subject', 'sub*', 7, null),
      aud: rarely<JsonValue | undefined>(AUDIENCE, undefined, [AUDIENCE], ['x', AUDIENCE], [], '', 'x', null, [5], 5),
      jti: rarely<JsonValue | undefined>(undefined, 'id', 5),
      Sub: optional(fc.constantFrom<JsonValue>('subject', 'Subject', 3), 12),
      // Go takes the long s for s, and the dotless i for nothing else.
      '\u017fub': optional(fc.constantFrom<JsonValue>('subject', 3), 20),
      '\u0131ss': optional(fc.constantFrom<JsonValue>(ISSUER, 5), 20),
      EXP: optional(time(500, 1), 12),
      AUD: optional(fc.constantFrom<JsonValue>(AUDIENCE, ['other']), 12),
      ref: fc.constantFrom(...VALUES),
      Ref: optional(fc.constantFrom(...VALUES), 3),
      name: fc.constantFrom(...VALUES),
    })
    .map(({ exp, EXP, nbf, iat, fraction, name, ...rest }): Claims => {
      const at = (given: { offset: number; present: boolean } | { value: JsonValue }): JsonValue | undefined =>
        'value' in given ? given.value : given.present ? now + given.offset + fraction : undefined;
      return without({
        ...rest,
        exp: at(exp),
        EXP: EXP === undefined ? undefined : at(EXP),
        nbf: at(nbf),
        iat: at(iat),
        user: 'ann',
        count: 3,
        empty: '',
        null: null,
        list: ['dev', 'ops'],
        mixed: ['dev', 5],
        emptylist: [],
        long: 'x'.repeat(600),
        deep: { name, list: [name, 'main'], 'a/b': 'main' },
        '': 'main',
      }) as Claims;
    });

export function loginCases(now: number, count: number, seed: number): LoginCase[] {
  const cases = fc.record({
    role: roles,
    claims: tokens(now),
    alg: rarely('RS256', 'RS512', 'PS256'),
    mount: fc.constantFrom<MountName>('strict', 'strict', 'open', 'open', 'several', 'elsewhere'),
    now: fc.constant(now),
  });
  return fc.sample(cases, { numRuns: count, seed });
}
