/** The bodies of the admin API: parsed once, with every mistake at once. */

import { z } from 'zod';
import { type Result, accept, problem } from '../../claims/problem.ts';
import { PROFILE_NAMES, type ProfileName } from '../../claims/profile.ts';
import { checkAudience } from '../../issuer/audience.ts';
import { type TokenConfiguration, findAlgorithm } from '../../issuer/organization.ts';
import { findOffered } from '../../issuer/profile.ts';
import { type RegistrationRequest } from '../../issuer/registration.ts';
import { type Issuer, type IssuerSettings } from '../../issuer/settings.ts';
import { type Known, type Wording, checkedBy, readBy, readParts, readShape } from '../../issuer/shape.ts';
import { ALGORITHMS, type Algorithm } from '../../keys/algorithms.ts';

/** A body: all of it where its shape is right, and in any case what of it is, so that this can be checked further. */
export interface Body<B, K = Known<B>> {
  readonly whole: Result<B>;
  readonly known: K;
}

const BODY: Wording = { whole: 'the body', part: 'member', object: 'an object' };

/** Those that have a name in the OpenAPI document. */
export const REQUESTS = z.registry<{ id: string }>();

/** Names that stand in paths and in the audit. */
const NAME = 'a name has 1 to 100 letters, digits, `_`, `-` and `.`';
export const name = z.string().regex(/^[A-Za-z0-9_.-]{1,100}$/, NAME);

/** Less than a minute is over before the relying party's clock agrees. */
const LIFE = 'a token lives a whole number of seconds, 60 or more';
const life = z.int(LIFE).min(60, LIFE).nullable().default(null);

const audiences = checkedBy(z.array(checkedBy(z.string(), checkAudience)), (list) =>
  list.length > 0 ? [] : [problem([], 'a list without audiences allows none', 'null allows any')],
);

const json = z.json().register(REQUESTS, { id: 'Json' });

const claim = z.string('a claim has a name').min(1, 'a claim has a name');

/** AWS's own claims in tokens for AWS. */
export const awsSession = z.strictObject({
  tags: z.record(z.string(), claim).default({}).describe('{ KEY: CLAIM }: tags with the values of claims'),
  transitive_tag_keys: z.array(z.string()).default([]),
  source_identity: claim.nullable().default(null).describe('the claim that names who acts'),
  roles: z.array(z.string()).nullable().default(null).describe('ARNs of the roles that the tokens may take'),
});

/** The profiles that this issuer offers, not all that there are. */
function offeredProfile(settings: IssuerSettings) {
  const offered = settings.profiles.map(({ profile }) => profile).join(', ');
  return readBy(z.string(), (text) => findOffered(settings, text)).describe(`the issuer offers: ${offered}`);
}

type Names<T> = z.ZodType<T>;

/** What the members are, whichever profiles and algorithms there are to choose from. */
function configurationMembers<P extends Names<ProfileName>, A extends Names<Algorithm>>(profile: P, algorithm: A) {
  return {
    profile,
    sub_fields: z.array(z.string()).default([]),
    audiences: audiences.nullable().default(null),
    token_life_seconds: life,
    max_token_life_seconds: life.describe('none of its tokens lives longer; null: as long as the profile allows'),
    algorithm: algorithm.nullable().default(null),
    facts: z.record(z.string(), json).default({}).describe('facts that all of its workloads share'),
    aws_session: awsSession.nullable().default(null),
  };
}

function configurationShape({ settings, ring }: Issuer) {
  const algorithm = readBy(z.string(), (text) => findAlgorithm(ring.settings, text));
  return configurationMembers(offeredProfile(settings), algorithm);
}

/** The members, by the names that they have here. */
const CONFIGURATION = {
  profile: 'profile',
  subFields: 'sub_fields',
  audiences: 'audiences',
  tokenLifeSeconds: 'token_life_seconds',
  maxTokenLifeSeconds: 'max_token_life_seconds',
  algorithm: 'algorithm',
  facts: 'facts',
  awsSession: 'aws_session',
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

function registrationMembers<P extends Names<ProfileName>>(profile: P) {
  return {
    organization: name,
    profile: profile.nullable().default(null),
    variant: z.string().nullable().default(null),
    facts: z.record(z.string(), json).describe('what is known of the workload: a member for each claim'),
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

export function readRegistration({ settings }: Issuer, body: unknown): Body<RegistrationRequest> {
  const shape = registrationMembers(offeredProfile(settings));
  return {
    whole: map(readShape(z.strictObject(shape), body, BODY), (values) => renamed(REGISTRATION, values)),
    known: renamed(REGISTRATION, readParts(shape, body)),
  };
}

/** The id of an organization, from the path. */
export function readName(text: string): Result<string> {
  return readShape(name, text, BODY);
}

/** The bodies as the OpenAPI document has them: an issuer may offer less than all profiles and algorithms. */
const anyConfiguration = configurationMembers(z.enum(PROFILE_NAMES), z.enum(ALGORITHMS));
export const configurationBody = z.strictObject(anyConfiguration).register(REQUESTS, { id: 'TokenConfiguration' });
export const previewBody = z
  .strictObject({ organization: name, ...anyConfiguration })
  .register(REQUESTS, { id: 'SubjectPreviewRequest' });
export const registrationBody = z
  .strictObject(registrationMembers(z.enum(PROFILE_NAMES)))
  .register(REQUESTS, { id: 'RegistrationRequest' });

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
