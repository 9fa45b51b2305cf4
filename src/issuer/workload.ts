/** Who asks for a token: a registered workload by its credential, or one that an upstream issuer vouches for. */

import { type Claims } from '../claims/claims.ts';
import { type ProfileName } from '../claims/profile.ts';
import { credentialFits, credentialId } from './credential.ts';
import { fromRow } from './registration.ts';
import { type Issuer } from './settings.ts';
import { upstreamFacts } from './upstream/upstream.ts';
import { verifyUpstream } from './upstream/verify.ts';

/** What a client shows (RFC 8693, section 2.1: `subject_token`). */
export type SubjectToken =
  { readonly kind: 'credential'; readonly credential: string } | { readonly kind: 'jwt'; readonly jwt: string };

/** For protocols that do not say what they carry. */
export function subjectTokenOf(text: string): SubjectToken {
  return credentialId(text) === undefined ? { kind: 'jwt', jwt: text } : { kind: 'credential', credential: text };
}

/** Where a workload is known from, as the audit has it. */
export interface WorkloadSource {
  readonly registration?: string;
  readonly upstream?: string;
}

export interface Workload {
  readonly source: WorkloadSource;
  /** Its name at the source. */
  readonly subject: string;
  readonly organization: string;
  /** Null: the organization's. */
  readonly profile: ProfileName | null;
  /** Null: the profile's main variant. */
  readonly variant: string | null;
  readonly facts: Claims;
  /** Null: the organization's. */
  readonly tokenLifeSeconds: number | null;
  /** Seconds since 1970. None of its tokens lives longer; null: no bound. */
  readonly endsAt: number | null;
}

export type Authenticated =
  | { readonly ok: true; readonly workload: Workload }
  /** `reason` is for the audit: the client is told the same whatever it is. */
  | { readonly ok: false; readonly unavailable: boolean; readonly source: WorkloadSource; readonly reason: string };

export function authenticate(issuer: Issuer, subject: SubjectToken): Promise<Authenticated> {
  return subject.kind === 'jwt' ? byUpstream(issuer, subject.jwt) : byCredential(issuer, subject.credential);
}

const refused = (reason: string, source: WorkloadSource = {}): Authenticated => ({
  ok: false,
  unavailable: false,
  source,
  reason,
});

async function byCredential(issuer: Issuer, credential: string): Promise<Authenticated> {
  const id = credentialId(credential);
  if (id === undefined) return refused('the subject token is no workload credential');
  const source = { registration: id };
  const row = await issuer.store.registrations.find(id);
  if (!credentialFits(credential, row?.credential_sha256) || row === undefined) {
    return refused(row === undefined ? 'there is no such registration' : 'the secret is wrong', source);
  }
  if (row.issuer !== issuer.settings.name) return refused(`it is of the issuer ${row.issuer}`, source);
  const { organization: own = row.organization } = issuer.settings;
  if (row.organization !== own) return refused(`it is of the organization ${row.organization}, not ${own}`, source);
  const { organization, profile, variant, facts, tokenLifeSeconds, expiresAt } = fromRow(row);
  if (expiresAt !== null && expiresAt <= issuer.now()) return refused('the registration has expired', source);
  return {
    ok: true,
    workload: { source, subject: id, organization, profile, variant, facts, tokenLifeSeconds, endsAt: expiresAt },
  };
}

/** Its tokens end with the one that it showed: what the upstream takes back is over here too. */
async function byUpstream(issuer: Issuer, jwt: string): Promise<Authenticated> {
  const verified = await verifyUpstream(issuer.upstreams, jwt, issuer.now());
  if (!verified.ok) return { ...verified, source: {} };
  const { upstream, claims, expiresAt } = verified.token;
  const { name, organization, profile, variant } = upstream;
  const facts = upstreamFacts(upstream, claims);
  return {
    ok: true,
    workload: {
      source: { upstream: name },
      subject: typeof claims.sub === 'string' ? claims.sub : '',
      organization,
      profile,
      variant,
      facts,
      tokenLifeSeconds: null,
      endsAt: expiresAt,
    },
  };
}
