/** Token exchange (RFC 8693) without HTTP: from what a workload shows to a token that says what it is. */

import { type Problem, describeProblem, problem } from '../claims/problem.ts';
import { type IssuerProfile } from '../claims/profile.ts';
import { audienceClaims } from './audience.ts';
import { awsSessionClaims } from './aws-session.ts';
import { audit } from './audit.ts';
import { type AuditEntry } from './audit-entry.ts';
import { sha256 } from './credential.ts';
import { identityOf } from './identity.ts';
import { signJws } from './jws.ts';
import { tokenLife } from './life.ts';
import { type MintedClaims, mintClaims } from './mint.ts';
import { type Organization, findOrganization } from './organization.ts';
import { type Issuer } from './settings.ts';
import { type SubjectToken, type Workload, type WorkloadSource, authenticate } from './workload.ts';

/**
 * RFC 6749, section 5.2, and RFC 8693, section 2.2.2; `temporarily_unavailable` is of RFC 6749, section 4.1.2.1, and
 * `slow_down` of RFC 8628, section 3.5.
 */
export type ExchangeError =
  | 'invalid_request'
  | 'invalid_scope'
  | 'invalid_target'
  | 'unsupported_grant_type'
  | 'temporarily_unavailable'
  | 'slow_down';

export interface ExchangeRefusal {
  readonly ok: false;
  readonly error: ExchangeError;
  readonly description: string;
  /** The subject token was not accepted, whatever else was asked for. */
  readonly unauthenticated?: true;
  /** Seconds. */
  readonly retryAfter?: number;
}

export interface IssuedToken {
  readonly ok: true;
  readonly token: string;
  readonly expiresIn: number;
}

export interface ExchangeRequest {
  readonly subject: SubjectToken;
  readonly audiences: readonly string[];
}

/** One answer for every way in which a subject token is not accepted: the audit alone says which. */
const UNKNOWN: Readonly<Record<SubjectToken['kind'], string>> = {
  credential: 'the workload credential is unknown, expired or revoked: have the workload registered again',
  jwt: "the subject token is of no upstream that this issuer trusts, or is not admitted: the issuer's audit says why",
};

const UPSTREAM_AWAY = 'the keys of the upstream issuer cannot be fetched now; try again later';

export async function exchange(issuer: Issuer, request: ExchangeRequest): Promise<IssuedToken | ExchangeRefusal> {
  const { subject, audiences: aud } = request;
  const found = await authenticate(issuer, subject);
  if (!found.ok) {
    const { reason, unavailable, source } = found;
    const error = unavailable ? 'temporarily_unavailable' : 'invalid_request';
    const description = unavailable ? UPSTREAM_AWAY : UNKNOWN[subject.kind];
    const refusal = await refuseExchange(issuer, error, description, { ...source, aud, reason });
    return unavailable ? refusal : { ...refusal, unauthenticated: true };
  }
  const { workload } = found;
  const wait = await issuer.takeToken(workloadKey(workload));
  if (wait !== undefined) return slowDown(issuer, workload, wait);
  const who = { organization: workload.organization, ...workload.source, aud };
  const organization = await findOrganization(issuer, workload.organization);
  if (organization === undefined) return refuseExchange(issuer, 'invalid_request', UNKNOWN[subject.kind], who);
  const prepared = prepare(issuer, organization, workload, aud);
  return prepared.ok
    ? issue(issuer, prepared.claims, organization, who)
    : refuseExchange(issuer, prepared.error, prepared.problems.map(describeProblem).join('; '), who);
}

/** One for each registration; of an upstream, for each of its subjects. */
function workloadKey({ source, subject }: Workload): string {
  return source.registration ?? `${source.upstream ?? ''} ${subject}`;
}

/** Not audited: whoever asks too often would fill the store as well. */
function slowDown(issuer: Issuer, { organization, source }: Workload, retryAfter: number): ExchangeRefusal {
  issuer.audited(issuer.settings.name, { kind: 'limited', organization, ...source });
  return { ok: false, error: 'slow_down', description: 'this workload asks for tokens too often', retryAfter };
}

type Prepared =
  | { readonly ok: true; readonly claims: MintedClaims }
  | { readonly ok: false; readonly error: ExchangeError; readonly problems: readonly Problem[] };

function prepare(
  issuer: Issuer,
  organization: Organization,
  workload: Workload,
  audiences: readonly string[],
): Prepared {
  const identity = identityOf(issuer.settings, organization, workload);
  if (!identity.ok) return { ...identity, error: 'invalid_request' };
  const { profile } = identity.value;
  const audience = audienceClaims(profile.audience, audiences, organization.audiences);
  if (!audience.ok) return { ...audience, error: audiences.length === 0 ? 'invalid_request' : 'invalid_target' };
  const now = issuer.now();
  const lifeSeconds = lifeOf(profile, organization, workload, now);
  if (lifeSeconds <= 0) return { ok: false, error: 'invalid_request', problems: [EXPIRED] };
  const jti = Buffer.from(issuer.random(16)).toString('hex');
  const claims = mintClaims({ identity: identity.value, audience: audience.value, now, lifeSeconds, jti });
  const session = awsSessionClaims(organization.awsSession, claims);
  if (!session.ok) return { ...session, error: 'invalid_request' };
  return { ok: true, claims: organization.awsSession === null ? claims : { ...session.value, ...claims } };
}

/** A tolerance for clocks lets a token in that has just expired, and what would be issued for it would have expired too. */
const EXPIRED = problem([], 'the subject token has expired', 'get a new one');

/** Refusals are audited too: the reason there may say more than the client is told. */
export async function refuseExchange(
  issuer: Issuer,
  error: ExchangeError,
  description: string,
  entry: Omit<AuditEntry, 'kind'> = {},
): Promise<ExchangeRefusal> {
  const { organization } = issuer.settings;
  await audit(issuer, { kind: 'refused', organization, ...entry, reason: `${error}: ${entry.reason ?? description}` });
  return { ok: false, error, description };
}

async function issue(
  issuer: Issuer,
  claims: MintedClaims,
  organization: Organization,
  who: WorkloadSource,
): Promise<IssuedToken | ExchangeRefusal> {
  const signer = issuer.ring.signer(organization.algorithm ?? undefined);
  if (signer === undefined) {
    const why = `no ${organization.algorithm ?? ''} key signs yet: a new key is published first`;
    return refuseExchange(issuer, 'temporarily_unavailable', why, { organization: organization.id, ...who });
  }
  const token = await signJws(claims, signer);
  const { sub, jti, aud } = claims;
  await audit(issuer, {
    kind: 'issued',
    organization: organization.id,
    registration: who.registration,
    upstream: who.upstream,
    jti: typeof jti === 'string' ? jti : undefined,
    kid: signer.kid,
    sub,
    aud: ([] as unknown[]).concat(aud ?? []).filter((value) => typeof value === 'string'),
    tokenSha256: sha256(token),
  });
  return { ok: true, token, expiresIn: claims.exp - claims.iat };
}

/** Never past the end of the workload. */
function lifeOf(profile: IssuerProfile, organization: Organization, workload: Workload, now: number): number {
  const left = workload.endsAt === null ? Infinity : workload.endsAt - now;
  return Math.min(tokenLife(profile, organization, workload.tokenLifeSeconds), left);
}
