/** Verification of upstream tokens (RFC 7519, section 7.2; RFC 8725). */

import { type JWTPayload, decodeProtectedHeader, jwtVerify } from 'jose';
import { JOSEError, JWTClaimValidationFailed, JWTExpired } from 'jose/errors';
import { type Claims } from '../../claims/claims.ts';
import { describeProblem } from '../../claims/problem.ts';
import { parseStrictJson } from '../strict-json.ts';
import { type KeyOf, UpstreamUnavailable } from './keys.ts';
import { type TrustedIssuer, type Upstream, checkAdmitted } from './upstream.ts';

/** An upstream and how its keys are found. */
export interface TrustedUpstream<U extends TrustedIssuer = Upstream> {
  readonly upstream: U;
  readonly keyOf: KeyOf;
}

export interface UpstreamToken<U extends TrustedIssuer = Upstream> {
  readonly upstream: U;
  readonly claims: Claims;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

/** `unavailable`: the upstream's keys cannot be had now. `reason` is for the audit. */
export interface NotVerified {
  readonly ok: false;
  readonly unavailable: boolean;
  readonly reason: string;
}

export type Verified<U extends TrustedIssuer = Upstream> =
  { readonly ok: true; readonly token: UpstreamToken<U> } | NotVerified;

/** Clocks of upstreams may be this much off, in seconds. */
const TOLERANCE = 60;

/** Longer than the tokens of any known platform; and a bound on the work of parsing. */
const LENGTH_LIMIT = 12_000;

/** A token of which an upstream admits the claims. Exactly one may: of two it would be a guess which mapping was meant. */
export async function verifyUpstream(
  upstreams: readonly TrustedUpstream[],
  jwt: string,
  now: number,
): Promise<Verified> {
  const verified = await verifyEach(upstreams, jwt, now);
  if (!verified.ok) return verified;
  const [token, other] = verified.tokens;
  if (other === undefined) return { ok: true, token };
  return refused(`the upstreams ${verified.tokens.map(({ upstream }) => upstream.name).join(' and ')} both admit it`);
}

export type VerifiedEach<U extends TrustedIssuer> =
  { readonly ok: true; readonly tokens: readonly [UpstreamToken<U>, ...UpstreamToken<U>[]] } | NotVerified;

/** The token as each of those that admit it sees it, or why none does. */
export async function verifyEach<U extends TrustedIssuer>(
  upstreams: readonly TrustedUpstream<U>[],
  jwt: string,
  now: number,
): Promise<VerifiedEach<U>> {
  const payload = readPayload(jwt);
  if (typeof payload === 'string') return refused(payload);
  const candidates = upstreams.filter(({ upstream }) => upstream.issuer === payload.iss);
  if (candidates.length === 0) return refused(`no upstream is the issuer ${shown(payload.iss)}`);
  const outcomes = await Promise.all(candidates.map((candidate) => verifyWith(candidate, jwt, payload, now)));
  const [token, ...others] = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.token] : []));
  if (token !== undefined) return { ok: true, tokens: [token, ...others] };
  const refusals = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome]));
  return refusals.find(({ unavailable }) => unavailable) ?? refused(refusals.map(({ reason }) => reason).join('; '));
}

const refused = (reason: string): NotVerified => ({ ok: false, unavailable: false, reason });

/** The claims, or why they cannot be read. Not verified. */
function readPayload(jwt: string): Claims | string {
  const [header, payload, signature, ...more] = jwt.split('.');
  if (jwt.length > LENGTH_LIMIT) return `the subject token is longer than ${LENGTH_LIMIT} characters`;
  if (header === undefined || payload === undefined || signature === undefined || more.length > 0) {
    return 'the subject token is no JWT';
  }
  // jose skips white space, padding and loose bits, which RFC 7515 (section 2) does not allow: a token has one spelling.
  if (![header, payload, signature].every(isBase64url)) return 'the subject token is no JWT: it is not base64url';
  for (const part of [header, payload]) {
    // Relying parties would read a name that is there twice, or in two cases, as one or the other.
    const read = parseStrictJson(Buffer.from(part, 'base64url').toString('utf8'), { folded: true });
    if (!read.ok) return `the subject token is malformed: ${read.problems.map(describeProblem).join('; ')}`;
    if (typeof read.value !== 'object' || read.value === null || Array.isArray(read.value)) return 'it is no JWT';
    if (part === payload) return read.value as Claims;
  }
  return 'the subject token is no JWT';
}

function isBase64url(text: string): boolean {
  return Buffer.from(text, 'base64url').toString('base64url') === text;
}

async function verifyWith<U extends TrustedIssuer>(
  { upstream, keyOf }: TrustedUpstream<U>,
  jwt: string,
  payload: Claims,
  now: number,
): Promise<Verified<U>> {
  const problems = checkAdmitted(upstream, payload);
  if (problems.length > 0) return refused(`${upstream.name}: ${problems.map(describeProblem).join('; ')}`);
  try {
    const { payload: verified } = await jwtVerify(jwt, keyOf, {
      issuer: upstream.issuer,
      audience: [...upstream.audiences],
      algorithms: [...upstream.algorithms],
      requiredClaims: ['exp'],
      clockTolerance: TOLERANCE,
      currentDate: new Date(now * 1000),
    });
    return { ok: true, token: { upstream, claims: payload, expiresAt: expiryOf(verified) } };
  } catch (error) {
    if (error instanceof UpstreamUnavailable) return { ok: false, unavailable: true, reason: describeFault(error) };
    if (!(error instanceof JOSEError)) throw error;
    return refused(`${upstream.name}: ${describeFault(error)}${describeHeader(jwt, error)}`);
  }
}

/** `requiredClaims` has seen to it that there is one. */
function expiryOf({ exp = 0 }: JWTPayload): number {
  return exp;
}

function describeFault(error: Error): string {
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message}${cause}`;
}

function describeHeader(jwt: string, error: JOSEError): string {
  if (error instanceof JWTClaimValidationFailed || error instanceof JWTExpired) return '';
  const { alg, kid } = decodeProtectedHeader(jwt);
  return ` (alg ${shown(alg)}, kid ${shown(kid)})`;
}

function shown(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value).slice(0, 200);
}
