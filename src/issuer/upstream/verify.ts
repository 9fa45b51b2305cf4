/** Verification of upstream tokens (RFC 7519, section 7.2; RFC 8725). */

import { type JWTPayload, decodeProtectedHeader, jwtVerify } from 'jose';
import { JOSEError, JWTClaimValidationFailed, JWTExpired } from 'jose/errors';
import { type Claims } from '../../claims/claims.ts';
import { describeProblem } from '../../claims/problem.ts';
import { parseStrictJson } from '../strict-json.ts';
import { type KeyOf, UpstreamUnavailable } from './keys.ts';
import { type Upstream, checkAdmitted } from './upstream.ts';

/** An upstream and how its keys are found. */
export interface TrustedUpstream {
  readonly upstream: Upstream;
  readonly keyOf: KeyOf;
}

export interface UpstreamToken {
  readonly upstream: Upstream;
  readonly claims: Claims;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

export type Verified =
  | { readonly ok: true; readonly token: UpstreamToken }
  /** `unavailable`: the upstream's keys cannot be had now. `reason` is for the audit. */
  | { readonly ok: false; readonly unavailable: boolean; readonly reason: string };

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
  const payload = readPayload(jwt);
  if (typeof payload === 'string') return refused(payload);
  const candidates = upstreams.filter(({ upstream }) => upstream.issuer === payload.iss);
  if (candidates.length === 0) return refused(`no upstream is the issuer ${shown(payload.iss)}`);
  const outcomes = await Promise.all(candidates.map((candidate) => verifyWith(candidate, jwt, payload, now)));
  const admitted = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.token] : []));
  const [token, other] = admitted;
  if (token === undefined) return outcomes.find((outcome) => !outcome.ok && outcome.unavailable) ?? merged(outcomes);
  if (other === undefined) return { ok: true, token };
  return refused(`the upstreams ${admitted.map(({ upstream }) => upstream.name).join(' and ')} both admit it`);
}

function merged(outcomes: readonly Verified[]): Verified {
  return refused(outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.reason])).join('; '));
}

const refused = (reason: string): Verified => ({ ok: false, unavailable: false, reason });

/** The claims, or why they cannot be read. Not verified. */
function readPayload(jwt: string): Claims | string {
  const [header, payload, signature, ...more] = jwt.split('.');
  if (jwt.length > LENGTH_LIMIT) return `the subject token is longer than ${LENGTH_LIMIT} characters`;
  if (header === undefined || payload === undefined || signature === undefined || more.length > 0) {
    return 'the subject token is no JWT';
  }
  for (const part of [header, payload]) {
    // Relying parties would read a name that is there twice, or in two cases, as one or the other.
    const read = parseStrictJson(Buffer.from(part, 'base64url').toString('utf8'), { folded: true });
    if (!read.ok) return `the subject token is malformed: ${read.problems.map(describeProblem).join('; ')}`;
    if (typeof read.value !== 'object' || read.value === null || Array.isArray(read.value)) return 'it is no JWT';
    if (part === payload) return read.value as Claims;
  }
  return 'the subject token is no JWT';
}

async function verifyWith(
  { upstream, keyOf }: TrustedUpstream,
  jwt: string,
  payload: Claims,
  now: number,
): Promise<Verified> {
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
