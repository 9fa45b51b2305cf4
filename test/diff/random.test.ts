// Random versions of roles at AWS and Vault: a token that the new one lets in and the old one does not is never passed over, and each
// token that the diff shows is what it says.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { github } from '../../src/claims/profiles/github.ts';
import { gitlabIdToken } from '../../src/claims/profiles/gitlab.ts';
import type { Claims } from '../../src/claims/claims.ts';
import type { IssuerProfile } from '../../src/claims/profile.ts';
import { diffResources } from '../../src/diff/resources.ts';
import { shownToken } from '../../src/lint/witness.ts';
import type { Json, Resource } from '../../src/trust/resource.ts';
import { arbitraryToken } from '../claims/worlds.ts';
import { mount, place, policyOf, role, statement } from '../lint/resources.ts';
import { casesOf, seeded } from '../random.ts';
import { admittedAt } from './evaluated.ts';

const ROUNDS = casesOf(80);
const ISSUED = 1_767_225_600;
const random = seeded(20261121);
const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
const chance = (probability: number): boolean => random() < probability;
const some = <T>(make: () => T): T[] => Array.from({ length: 1 + Math.floor(random() * 2) }, make);

/** The value with a piece replaced by a wildcard, or as it is. */
function patternOf(value: string): string {
  if (chance(0.4)) return value;
  const [from = 0, to = 0] = [random(), random()]
    .map((at) => Math.floor(at * (value.length + 1)))
    .sort((a, b) => a - b);
  return `${value.slice(0, from)}*${value.slice(to)}`;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : 'x');

const AUDIENCES = ['sts.amazonaws.com', 'vault.hashicorp.com'];

function tokensOf(issuer: IssuerProfile): Claims[] {
  return fc.sample(arbitraryToken(issuer), { numRuns: 60, seed: 5 }).map(({ claims }) => {
    const tagged = chance(0.2)
      ? { 'https://aws.amazon.com/tags': { principal_tags: { Team: ['a'] }, transitive_tag_keys: [] } }
      : {};
    return { iss: issuer.issuer, aud: pick(AUDIENCES), iat: ISSUED, exp: ISSUED + 300, ...tagged, ...claims };
  });
}

const OPERATORS = [
  'StringEquals',
  'StringLike',
  'StringLike',
  'StringNotLike',
  'StringLikeIfExists',
  'ForAllValues:StringLike',
];

function roleAtAws(host: string, tokens: readonly Claims[]): Resource {
  const one = (): Json => {
    const values = some(() => patternOf(textOf(pick(tokens).sub)));
    const made = statement(
      { [pick(OPERATORS)]: { sub: values } },
      { host, aud: chance(0.7) ? pick(AUDIENCES) : null, effect: chance(0.85) ? 'Allow' : 'Deny' },
    );
    return chance(0.3) ? { ...made, Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'] } : made;
  };
  return { ...role(policyOf(...some(one))), name: 'ci' };
}

function roleAtVault(tokens: readonly Claims[]): Resource {
  const claims = Object.entries(pick(tokens)).filter(([name, value]) => name !== 'iss' && typeof value === 'string');
  const bound = some(() => pick(claims)[0]).map((claim) => [claim, some(() => patternOf(textOf(pick(tokens)[claim])))]);
  return {
    kind: 'vault-role',
    place: place('role'),
    mount: 'jwt',
    name: 'ci',
    splitsCommas: false,
    role: {
      role_type: 'jwt',
      user_claim: pick(['sub', 'project_id', 'user_login']),
      bound_audiences: some(() => pick(AUDIENCES)),
      bound_claims_type: chance(0.7) ? 'glob' : 'string',
      bound_claims: Object.fromEntries(bound) as unknown,
      ...(chance(0.2) ? { groups_claim: 'groups_direct' } : {}),
    },
  };
}

const GITLAB = gitlabIdToken({ url: 'https://gitlab.example.com' });
const MOUNT = mount({ oidc_discovery_url: GITLAB.issuer, bound_issuer: GITLAB.issuer, jwt_supported_algs: ['RS256'] });

const WORLDS = [
  {
    name: 'AWS',
    tokens: tokensOf(github({})),
    make: (tokens: readonly Claims[]) => [roleAtAws('token.actions.githubusercontent.com', tokens)],
  },
  { name: 'Vault', tokens: tokensOf(GITLAB), make: (tokens: readonly Claims[]) => [roleAtVault(tokens), MOUNT] },
];

it.each(WORLDS)(
  `passes over no token that gains, in ${ROUNDS} pairs of versions at $name`,
  { timeout: 300_000 },
  (world) => {
    const { tokens, make, name } = world;
    const verdicts = new Map<string, number>();
    let gaining = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const before = make(tokens);
      const after = chance(0.2) ? before : make(tokens);
      const { verdict, targets } = diffResources({ resources: before, root: '' }, { resources: after, root: '' });
      verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
      const target =
        name === 'AWS'
          ? ({ kind: 'aws', role: 'ci' } as const)
          : ({ kind: 'vault', mount: 'jwt', role: 'ci' } as const);
      const tried = (claims: Claims) => [admittedAt(target, before, claims), admittedAt(target, after, claims)];
      const gained = tokens.filter((claims) => tried(claims)[0] === false && tried(claims)[1] === true);
      if (gained.length > 0) gaining += 1;
      if (gained.length > 0 && verdict !== 'unknown') {
        expect([verdict, gained[0], before, after]).toEqual(['widens', gained[0], before, after]);
      }
      for (const found of targets.filter(({ target: at }) => at.kind === target.kind)) {
        for (const witness of found.gained) expect(tried(shownToken(witness).claims as Claims)).toEqual([false, true]);
        for (const witness of found.lost) expect(tried(shownToken(witness).claims as Claims)).toEqual([true, false]);
      }
    }
    // Otherwise nothing was shown.
    expect(gaining).toBeGreaterThan(ROUNDS / 10);
    expect(verdicts.get('widens')).toBeGreaterThan(ROUNDS / 10);
    expect(verdicts.get('narrows')).toBeGreaterThan(ROUNDS / 30);
    expect(verdicts.get('equal')).toBeGreaterThan(ROUNDS / 10);
  },
);
