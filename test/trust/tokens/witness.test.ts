// What the algebra says of two versions, by the evaluation: its witnesses are admitted by the one and refused by the other, and no
// token that was not found is.
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { type Claims, type JsonValue, claimValue } from '../../../src/claims/claims.ts';
import { type ClaimTable } from '../../../src/claims/claim.ts';
import { type ComposedPart, type IssuerProfile, type Variant, conditionPrefix } from '../../../src/claims/profile.ts';
import { evaluateTrustPolicy } from '../../../src/trust/aws/evaluate.ts';
import { parseTrustPolicy } from '../../../src/trust/aws/policy.ts';
import { tokensOfTrustPolicy } from '../../../src/trust/aws/tokens.ts';
import { type TokenDiff, diffTokens } from '../../../src/trust/diff.ts';
import { spaceOf } from '../../../src/trust/tokens/profile-space.ts';
import { type TokenSet } from '../../../src/trust/tokens/token-set.ts';
import { evaluateVaultRole } from '../../../src/trust/vault/evaluate.ts';
import { type VaultJwtRole } from '../../../src/trust/vault/role.ts';
import { tokensOfVaultRole } from '../../../src/trust/vault/tokens.ts';
import { WORLDS, type Minted, arbitraryFacts, grammarsOf, mint } from '../../claims/worlds.ts';
import { seeded } from '../../random.ts';

const ROUNDS = 100;
const AUDIENCES = ['sts.amazonaws.com', 'vault.hashicorp.com', 'STS.amazonaws.com'];

const random = seeded(77);
const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
const chance = (probability: number): boolean => random() < probability;
const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

/** The value with a piece replaced by a wildcard, or as it is. */
function patternOf(value: string, wild: readonly string[]): string {
  if (chance(0.4)) return value;
  const [from, to] = [random(), random()].map((at) => Math.floor(at * (value.length + 1))).sort((a, b) => a - b);
  return `${value.slice(0, from)}${pick(wild)}${value.slice(to)}`;
}

interface World {
  readonly issuer: IssuerProfile;
  readonly tokens: readonly Minted[];
  /** Values of a claim in the tokens. */
  readonly values: (claim: string) => readonly JsonValue[];
  readonly claims: readonly string[];
}

/** Tokens of every variant, in which claims that are made of others agree with them. */
function tokensOf({ variants }: IssuerProfile): Minted[] {
  return Object.entries(variants).flatMap(([name, variant]) =>
    grammarsOf(variant).flatMap((grammar) =>
      fc.sample(arbitraryFacts(variant), { numRuns: 20, seed: 3 }).flatMap((facts) => {
        const claims = mint(variant, grammar, { ...facts, ...composed(variant, facts) });
        return claims === undefined ? [] : [{ variant: name, claims }];
      }),
    ),
  );
}

function composed(variant: Variant, facts: Claims): Claims {
  const valueOf = (part: ComposedPart): string => {
    if (typeof part === 'string') return part;
    const value = 'claim' in part ? facts[part.claim] : pick(['api', 'web', 'x.y']);
    return typeof value === 'string' ? value : '';
  };
  const entries = Object.entries(variant.composed ?? {});
  return Object.fromEntries(entries.map(([claim, parts]) => [claim, parts.map(valueOf).join('')]));
}

function worldOf(issuer: IssuerProfile): World {
  const tokens = tokensOf(issuer);
  const table = Object.assign({}, ...Object.values(issuer.variants).map(({ claims }) => claims)) as ClaimTable;
  const values = (claim: string) =>
    tokens.flatMap((token) => {
      const value = claimValue(token.claims, claim, table);
      return value === undefined || value === null ? [] : [value];
    });
  return { issuer, tokens, values, claims: [...Object.keys(table), 'sub'] };
}

const textsOf = (values: readonly JsonValue[]): string[] => values.flat().filter((one) => typeof one === 'string');

const OPERATORS = [
  'StringEquals',
  'StringLike',
  'StringLike',
  'StringNotEquals',
  'StringNotLike',
  'StringEqualsIgnoreCase',
  'StringLikeIfExists',
  'StringNotLikeIfExists',
  'ForAllValues:StringLike',
  'ForAnyValue:StringLike',
  'ForAllValues:StringNotEquals',
  'ForAnyValue:StringNotLike',
  'ArnLike',
  'Null',
];

function policyFor({ issuer, values }: World): object {
  const prefix = conditionPrefix(issuer) ?? '';
  const keys = ['sub', 'sub', 'sub', 'aud', 'oaud', 'amr', 'azp', ...issuer.awsClaims];
  const condition = (): [string, string, string | string[]] => {
    const [operator, key] = [pick(OPERATORS), pick(keys)];
    if (operator === 'Null') return [operator, `${prefix}:${key}`, pick(['true', 'false'])];
    const seen = key === 'aud' ? AUDIENCES : textsOf(values(key));
    const value = () => patternOf(pick(seen.length > 0 ? seen : ['x']), ['*', '*', '?', '${*}']);
    return [operator, `${prefix}:${key}`, times(1 + Math.floor(random() * 2), value)];
  };
  const statement = () => {
    const block: Record<string, Record<string, unknown>> = {};
    for (const [operator, key, value] of times(1 + Math.floor(random() * 2), condition)) {
      block[operator] = { ...block[operator], [key]: value };
    }
    return {
      Effect: chance(0.85) ? 'Allow' : 'Deny',
      Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${prefix}` },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: block,
    };
  };
  return { Version: '2012-10-17', Statement: times(1 + Math.floor(random() * 2), statement) };
}

function roleFor({ issuer, values, claims }: World): VaultJwtRole {
  const glob = chance(0.6);
  const bound = (): [string, string[]] => {
    const claim = pick(claims);
    const pointer = Object.values(issuer.variants).map((variant) => variant.claims[claim]?.pointer)[0];
    const seen = textsOf(values(claim));
    const value = () => patternOf(pick(seen.length > 0 ? seen : ['x']), ['*']);
    return [pointer ?? claim, times(1 + Math.floor(random() * 2), value)];
  };
  return {
    role_type: 'jwt',
    user_claim: chance(0.8) ? 'sub' : pick(claims),
    bound_audiences:
      issuer.audience === 'none' && chance(0.9) ? [] : times(1 + Math.floor(random() * 2), () => pick(AUDIENCES)),
    bound_claims_type: glob ? 'glob' : 'string',
    bound_claims: Object.fromEntries(times(1 + Math.floor(random() * 2), bound)),
    ...(chance(0.2) ? { groups_claim: 'groups_direct' } : {}),
    ...(chance(0.3) ? { claim_mappings: { [pick(claims)]: 'mapped' } } : {}),
  };
}

/** Each token with each audience, as the issuer writes it. */
function withAudience(issuer: IssuerProfile, claims: Claims): Claims {
  const aud = pick(AUDIENCES);
  const form: Record<IssuerProfile['audience'], Claims> = {
    none: {},
    string: { aud },
    array: { aud: [aud] },
    'array-with-azp': { aud: [aud], azp: aud },
  };
  return { iss: issuer.issuer, ...form[issuer.audience], ...claims };
}

const withTimes = (claims: Claims): Claims => ({ ...claims, iat: 1, exp: 2 });

interface Case {
  readonly shown: unknown;
  readonly tokens: TokenSet;
  readonly admits: (claims: Claims) => unknown;
}

function expectTrue({ issuer, tokens }: World, before: Case, after: Case, diff: TokenDiff): void {
  const fail = (what: string, claims: unknown) => {
    throw new Error(`${what}: ${JSON.stringify({ claims, before: before.shown, after: after.shown }, undefined, 1)}`);
  };
  for (const { claims } of diff.gained) {
    const token = withTimes(claims as Claims);
    if (after.admits(token) !== true || before.admits(token) !== false) fail('gained', claims);
  }
  for (const { claims } of diff.lost) {
    const token = withTimes(claims as Claims);
    if (before.admits(token) !== true || after.admits(token) !== false) fail('lost', claims);
  }
  for (const minted of tokens) {
    const token = withTimes(withAudience(issuer, minted.claims));
    const [old, next] = [before.admits(token), after.admits(token)];
    if (next === true && old === false && diff.gained.length === 0) fail(`${diff.verdict}, but gained`, token);
    if (old === true && next === false && diff.lost.length === 0) fail(`${diff.verdict}, but lost`, token);
  }
}

describe.each(WORLDS)('$name', ({ issuer }) => {
  const world = worldOf(issuer);
  const space = spaceOf(issuer);

  function runAll(make: () => Case): Record<string, number> {
    const counts: Record<string, number> = {};
    for (let round = 0; round < ROUNDS; round++) {
      const [before, after] = [make(), make()];
      const diff = diffTokens({ space, tokens: before.tokens }, { space, tokens: after.tokens });
      expectTrue(world, before, after, diff);
      counts[diff.verdict] = (counts[diff.verdict] ?? 0) + 1;
    }
    return counts;
  }

  it.runIf(conditionPrefix(issuer) !== undefined)('is told apart by trust policies as the algebra says', () => {
    const counts = runAll(() => {
      const shown = policyFor(world);
      const policy = parseTrustPolicy(shown);
      if (!policy.ok) throw new Error(JSON.stringify(policy.problems));
      const tokens = tokensOfTrustPolicy(policy.value, { issuer: issuer.issuer, visible: issuer.awsClaims });
      const admits = (claims: Claims) =>
        evaluateTrustPolicy(policy.value, { claims, visible: issuer.awsClaims }).admitted;
      return { shown, tokens, admits };
    });
    expect(counts.widens).toBeGreaterThan(ROUNDS / 10);
    expect(counts.unknown ?? 0).toBeLessThan(ROUNDS / 10);
  });

  it('is told apart by Vault roles as the algebra says', () => {
    const config = { bound_issuer: issuer.issuer };
    const counts = runAll(() => {
      const shown = roleFor(world);
      const admits = (claims: Claims) => evaluateVaultRole(shown, config, { claims }).admitted;
      return { shown, tokens: tokensOfVaultRole(shown, config), admits };
    });
    expect(counts.widens).toBeGreaterThan(ROUNDS / 20);
    expect(counts.unknown ?? 0).toBeLessThan(ROUNDS / 10);
  });
});
