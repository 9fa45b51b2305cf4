/** Token exchange (RFC 8693) without HTTP: a workload's credential for a token that says what it is. */

import { type Problem, describeProblem } from '../claims/problem.ts';
import { type IssuerProfile } from '../claims/profile.ts';
import { audienceClaims } from './audience.ts';
import { type AuditEntry, audit } from './audit.ts';
import { credentialFits, credentialId, sha256 } from './credential.ts';
import { checkFacts } from './facts.ts';
import { signJws } from './jws.ts';
import { type MintedClaims, mintClaims } from './mint.ts';
import { type Organization, findOrganization } from './organization.ts';
import { selectProfile } from './profile.ts';
import { type Registration, findVariant, fromRow } from './registration.ts';
import { type Issuer } from './settings.ts';

/** RFC 6749, section 5.2, and RFC 8693, section 2.2.2; `temporarily_unavailable` is of RFC 6749, section 4.1.2.1. */
export type ExchangeError =
  'invalid_request' | 'invalid_scope' | 'invalid_target' | 'unsupported_grant_type' | 'temporarily_unavailable';

export interface ExchangeRefusal {
  readonly ok: false;
  readonly error: ExchangeError;
  readonly description: string;
}

export interface IssuedToken {
  readonly ok: true;
  readonly token: string;
  readonly expiresIn: number;
}

export interface ExchangeRequest {
  readonly credential: string;
  readonly audiences: readonly string[];
}

/** One answer for every way in which a credential is not accepted: the audit alone says which. */
const UNKNOWN = 'the workload credential is unknown, expired or revoked: have the workload registered again';

export async function exchange(issuer: Issuer, request: ExchangeRequest): Promise<IssuedToken | ExchangeRefusal> {
  const { audiences: aud } = request;
  const found = await authenticate(issuer, request.credential);
  if (!found.ok) {
    const { id, reason } = found;
    return refuseExchange(issuer, 'invalid_request', UNKNOWN, { registration: id, aud, reason });
  }
  const { registration } = found;
  const who = { organization: registration.organization, registration: registration.id, aud };
  const organization = await findOrganization(issuer, registration.organization);
  if (organization === undefined) return refuseExchange(issuer, 'invalid_request', UNKNOWN, who);
  const prepared = prepare(issuer, organization, registration, aud);
  return prepared.ok
    ? issue(issuer, prepared.claims, organization, who)
    : refuseExchange(issuer, prepared.error, prepared.problems.map(describeProblem).join('; '), who);
}

type Prepared =
  | { readonly ok: true; readonly claims: MintedClaims }
  | { readonly ok: false; readonly error: ExchangeError; readonly problems: readonly Problem[] };

/** The claims of the token. Facts are checked again: the organization may have switched to a profile that needs others. */
function prepare(
  issuer: Issuer,
  organization: Organization,
  registration: Registration,
  audiences: readonly string[],
): Prepared {
  const profile = selectProfile(issuer.settings, organization, registration.profile);
  if (!profile.ok) return { ...profile, error: 'invalid_request' };
  const variant = findVariant(profile.value, registration.variant);
  if (!variant.ok) return { ...variant, error: 'invalid_request' };
  const audience = audienceClaims(profile.value.audience, audiences, organization.audiences);
  if (!audience.ok) return { ...audience, error: audiences.length === 0 ? 'invalid_request' : 'invalid_target' };
  const problems = checkFacts(registration.facts, variant.value);
  if (problems.length > 0) return { ok: false, error: 'invalid_request', problems };
  const now = issuer.now();
  const minted = mintClaims({
    profile: profile.value,
    variant: variant.value,
    facts: registration.facts,
    audience: audience.value,
    now,
    lifeSeconds: lifeOf(profile.value, organization, registration, now),
    jti: Buffer.from(issuer.random(16)).toString('hex'),
  });
  return minted.ok ? { ok: true, claims: minted.value } : { ...minted, error: 'invalid_request' };
}

/** Refusals are audited too: the reason there may say more than the client is told. */
export async function refuseExchange(
  issuer: Issuer,
  error: ExchangeError,
  description: string,
  entry: Omit<AuditEntry, 'kind'> = {},
): Promise<ExchangeRefusal> {
  await audit(issuer, { kind: 'refused', ...entry, reason: `${error}: ${entry.reason ?? description}` });
  return { ok: false, error, description };
}

async function issue(
  issuer: Issuer,
  claims: MintedClaims,
  organization: Organization,
  who: { readonly registration: string },
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
    jti: typeof jti === 'string' ? jti : undefined,
    kid: signer.kid,
    sub,
    aud: ([] as unknown[]).concat(aud ?? []).filter((value) => typeof value === 'string'),
    tokenSha256: sha256(token),
  });
  return { ok: true, token, expiresIn: claims.exp - claims.iat };
}

type Authenticated =
  | { readonly ok: true; readonly registration: Registration }
  | { readonly ok: false; readonly id?: string; readonly reason: string };

async function authenticate(issuer: Issuer, credential: string): Promise<Authenticated> {
  const id = credentialId(credential);
  if (id === undefined) return { ok: false, reason: 'the subject token is no workload credential' };
  const row = await issuer.store.registrations.find(id);
  if (!credentialFits(credential, row?.credential_sha256) || row === undefined) {
    return { ok: false, id, reason: row === undefined ? 'there is no such registration' : 'the secret is wrong' };
  }
  if (row.issuer !== issuer.settings.name) return { ok: false, id, reason: `it is of the issuer ${row.issuer}` };
  const registration = fromRow(row);
  if (registration.expiresAt !== null && registration.expiresAt <= issuer.now()) {
    return { ok: false, id, reason: 'the registration has expired' };
  }
  return { ok: true, registration };
}

/** The registration's wish, else the organization's, else the profile's; never past what the profile or registration allow. */
function lifeOf(profile: IssuerProfile, organization: Organization, registration: Registration, now: number): number {
  const wanted = registration.tokenLifeSeconds ?? organization.tokenLifeSeconds ?? profile.life.default;
  const left = registration.expiresAt === null ? Infinity : registration.expiresAt - now;
  return Math.min(wanted, profile.life.max, left);
}
