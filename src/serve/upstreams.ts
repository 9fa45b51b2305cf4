/** Upstream issuers, as people write them: whose tokens are taken, which of them, and what becomes of their claims. */

import { z } from 'zod';
import { type Problem, type Result, accept, problem, refuse } from '../claims/problem.ts';
import { PROFILE_NAMES } from '../claims/profile.ts';
import { checkKeysUrl } from '../claims/url.ts';
import { checkAudience } from '../issuer/audience.ts';
import { checkedBy, readBy } from '../issuer/shape.ts';
import { type FactSource, type Upstream, type UpstreamConstraint } from '../issuer/upstream/upstream.ts';
import { type Matcher } from '../trust/matcher.ts';
import { isNetwork } from './fetch/addresses.ts';

/** Asymmetric ones alone: a shared secret would let whoever verifies sign as well (RFC 8725, section 3.1). */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const;

const url = checkedBy(z.string(), (text): Problem[] => checkKeysUrl(text, []));

const ADMIT = 'a value, a list of values, or { like: pattern }';
const value = z.string(`${ADMIT}; claims are compared as strings`).min(1, 'an empty value matches no token');

const matchers = readBy(
  z.union([value, z.array(value).min(1), z.strictObject({ like: z.union([value, z.array(value).min(1)]) })], ADMIT),
  (written): Result<readonly Matcher[]> => {
    if (typeof written === 'string' || Array.isArray(written)) {
      const values = [written].flat();
      const star = values.find((text) => text.includes('*'));
      if (star === undefined) return accept(values.map((equals) => ({ equals })));
      return refuse(problem([], `\`${star}\` would be compared literally`, `a pattern says so: { like: "${star}" }`));
    }
    const patterns = [written.like].flat();
    const plain = patterns.find((text) => !text.includes('*'));
    if (plain === undefined) return accept(patterns.map((like) => ({ like })));
    return refuse(problem(['like'], `\`${plain}\` has no \`*\`, so it is no pattern`, 'write it as a plain value'));
  },
);

const fact = z
  .union(
    [z.string(), z.boolean(), z.strictObject({ claim: value }), z.array(z.string())],
    'a value, or { claim: name }',
  )
  .describe('a value, or { claim: name } for what the upstream token says');

/** Whom an issuer's tokens are from, and which of them are taken. */
export const trustShape = {
  issuer: url.describe('its `iss`, e.g. https://token.actions.githubusercontent.com'),
  jwks_url: url.optional(),
  audiences: z.array(checkedBy(z.string(), checkAudience)).nonempty('a token is meant for somebody'),
  algorithms: z.array(z.enum(ALGORITHMS)).nonempty('a token is signed'),
  admit: checkedBy(z.record(z.string(), matchers), (admit): Problem[] =>
    Object.keys(admit).length > 0
      ? []
      : [problem([], 'without claims every tenant of the upstream would be admitted', 'bind what tells yours apart')],
  ).describe('claims, all of which must match, e.g. { repository_owner_id: "42" }'),
  allow_addresses: z
    .array(
      checkedBy(z.string(), (text) =>
        isNetwork(text) ? [] : [problem([], `${text} is no network`, 'e.g. 10.0.0.0/8')],
      ),
    )
    .default([]),
  ca_file: z.string().min(1, 'a path is not empty').optional(),
};

/** Those that relying parties and issuers commonly share. */
export const USUAL_ALGORITHMS: readonly ['RS256', 'ES256'] = ['RS256', 'ES256'];

export const upstreamShape = {
  ...trustShape,
  audiences: trustShape.audiences.optional(),
  algorithms: trustShape.algorithms.default([...USUAL_ALGORITHMS]),
  organization: z.string().min(1, 'an organization has a name'),
  profile: z.enum(PROFILE_NAMES).optional(),
  variant: z.string().optional(),
  facts: z.record(z.string(), fact).describe('a fact of the workload for each claim of its tokens'),
};

export const upstreamSchema = z.strictObject(upstreamShape);

export type UpstreamDocument = z.infer<typeof upstreamSchema>;

/** @param own URL of the issuer that takes the tokens, which is what they should be meant for */
export function upstreamOf(name: string, document: UpstreamDocument, own: string): Upstream {
  const { issuer, jwks_url: jwksUrl, audiences, algorithms, organization, profile, variant, facts } = document;
  return {
    name,
    issuer,
    ...(jwksUrl === undefined ? {} : { jwksUrl }),
    audiences: audiences ?? [own],
    algorithms,
    admit: constraintsOf(document.admit),
    organization,
    profile: profile ?? null,
    variant: variant ?? null,
    facts: sourcesOf(facts),
  };
}

export function constraintsOf(admit: UpstreamDocument['admit']): Upstream['admit'] {
  const [first, ...rest] = Object.entries(admit).map(([claim, anyOf]): UpstreamConstraint => ({ claim, anyOf }));
  if (first === undefined) throw new RangeError('the schema lets no issuer without claims through');
  return [first, ...rest];
}

export function sourcesOf(facts: UpstreamDocument['facts']): Readonly<Record<string, FactSource>> {
  return Object.fromEntries(
    Object.entries(facts).map(([name, source]): [string, FactSource] => [
      name,
      typeof source === 'object' && !Array.isArray(source) ? source : { value: source },
    ]),
  );
}
