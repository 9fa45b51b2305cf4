/** The bodies of the admin API: parsed once, with every mistake at once. */

import { z } from 'zod';
import { type Result, accept, problem } from '../claims/problem.ts';
import { checkAudience } from '../issuer/audience.ts';
import { type TokenConfiguration, findAlgorithm } from '../issuer/organization.ts';
import { findOffered } from '../issuer/profile.ts';
import { type RegistrationRequest } from '../issuer/registration.ts';
import { type Issuer, type IssuerSettings } from '../issuer/settings.ts';
import { type Known, type Wording, checkedBy, readBy, readParts, readShape } from '../issuer/shape.ts';

/** A body: all of it where its shape is right, and in any case what of it is, so that this can be checked further. */
export interface Body<B, K = Known<B>> {
  readonly whole: Result<B>;
  readonly known: K;
}

const BODY: Wording = { whole: 'the body', part: 'member', object: 'an object' };
const QUERY: Wording = { whole: 'the query', part: 'parameter', object: 'a list of parameters' };

/** Names that stand in paths and in the audit. */
const NAME = 'a name has 1 to 100 letters, digits, `_`, `-` and `.`';
const name = z.string().regex(/^[A-Za-z0-9_.-]{1,100}$/, NAME);

/** Less than a minute is over before the relying party's clock agrees. */
const LIFE = 'a token lives a whole number of seconds, 60 or more';
const life = z.int(LIFE).min(60, LIFE).nullable().default(null);

const audiences = checkedBy(z.array(checkedBy(z.string(), checkAudience)), (list) =>
  list.length > 0 ? [] : [problem([], 'a list without audiences allows none', 'null allows any')],
);

/** The profiles that this issuer offers, not all that there are. */
function offeredProfile(settings: IssuerSettings) {
  const offered = settings.profiles.map(({ profile }) => profile).join(', ');
  return readBy(z.string(), (text) => findOffered(settings, text)).describe(`the issuer offers: ${offered}`);
}

function configurationShape({ settings, ring }: Issuer) {
  return {
    profile: offeredProfile(settings),
    sub_fields: z.array(z.string()).default([]),
    audiences: audiences.nullable().default(null),
    token_life_seconds: life,
    algorithm: readBy(z.string(), (text) => findAlgorithm(ring.settings, text))
      .nullable()
      .default(null),
  };
}

/** The members, by the names that they have here. */
const CONFIGURATION = {
  profile: 'profile',
  subFields: 'sub_fields',
  audiences: 'audiences',
  tokenLifeSeconds: 'token_life_seconds',
  algorithm: 'algorithm',
} as const satisfies Record<keyof TokenConfiguration, string>;

export function readConfiguration(issuer: Issuer, body: unknown): Body<TokenConfiguration> {
  const shape = configurationShape(issuer);
  return {
    whole: map(readShape(z.strictObject(shape), body, BODY), (values) => renamed(CONFIGURATION, values)),
    known: renamed(CONFIGURATION, readParts(shape, body)),
  };
}

export interface PreviewRequest {
  readonly organization: string;
  readonly configuration: TokenConfiguration;
}

export function readPreview(issuer: Issuer, body: unknown): Body<PreviewRequest, Known<TokenConfiguration>> {
  const shape = configurationShape(issuer);
  const schema = z.strictObject({ organization: name, ...shape });
  return {
    whole: map(readShape(schema, body, BODY), ({ organization, ...values }) => ({
      organization,
      configuration: renamed(CONFIGURATION, values),
    })),
    known: renamed(CONFIGURATION, readParts(shape, body)),
  };
}

function registrationShape({ settings }: Issuer) {
  return {
    organization: name,
    profile: offeredProfile(settings).nullable().default(null),
    variant: z.string().nullable().default(null),
    facts: z.record(z.string(), z.json()).describe('what is known of the workload: a member for each claim'),
    token_life_seconds: life,
    expires_at: z.int('a time is a whole number of seconds since 1970').nullable().default(null),
  };
}

const REGISTRATION = {
  organization: 'organization',
  profile: 'profile',
  variant: 'variant',
  facts: 'facts',
  tokenLifeSeconds: 'token_life_seconds',
  expiresAt: 'expires_at',
} as const satisfies Record<keyof RegistrationRequest, string>;

export function readRegistration(issuer: Issuer, body: unknown): Body<RegistrationRequest> {
  const shape = registrationShape(issuer);
  return {
    whole: map(readShape(z.strictObject(shape), body, BODY), (values) => renamed(REGISTRATION, values)),
    known: renamed(REGISTRATION, readParts(shape, body)),
  };
}

/** The id of an organization, from the path. */
export function readName(text: string): Result<string> {
  return readShape(name, text, BODY);
}

const LIMIT = '`limit` is a whole number from 1 to 1000';
const limit = z.string(LIMIT).regex(/^(?:[1-9][0-9]{0,2}|1000)$/, LIMIT);

const auditQuery = z.strictObject({ limit: limit.transform(Number).default(100) });

export function readAuditQuery(query: unknown): Result<z.infer<typeof auditQuery>> {
  return readShape(auditQuery, query, QUERY);
}

function map<A, B>(result: Result<A>, change: (value: A) => B): Result<B> {
  return result.ok ? accept(change(result.value)) : result;
}

/** From the names of JSON to ours. */
function renamed<N extends Readonly<Record<string, string>>, V extends Readonly<Record<N[keyof N], unknown>>>(
  names: N,
  values: V,
) {
  const entries = Object.entries(names) as [keyof N, N[keyof N]][];
  return Object.fromEntries(entries.map(([ours, theirs]) => [ours, values[theirs]])) as {
    readonly [K in keyof N]: V[N[K]];
  };
}
