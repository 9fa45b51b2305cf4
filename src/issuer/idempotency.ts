/**
 * Registering once, however often the request comes (draft-ietf-httpapi-idempotency-key-header-07): a client whose answer
 * was lost sends it again with the same key. Replicas and restarts agree, since the key is kept with the registration.
 */

import { problem } from '../claims/problem.ts';
import { type IdempotencyKeyRow } from '../store/schema.ts';
import { auditChange } from './audit.ts';
import { sha256 } from './credential.ts';
import { type Outcome, done, refusal } from './outcome.ts';
import {
  type NewRegistration,
  type Registration,
  type RegistrationRequest,
  findRegistration,
  prepareRegistration,
} from './registration.ts';
import { type Issuer } from './settings.ts';

/** Keys are remembered so long, in seconds. */
export const KEY_SECONDS = 86_400;

/** `made`: only a new one has a credential, since no credential is kept. */
export type RegisteredOnce =
  | { readonly kind: 'made'; readonly made: NewRegistration }
  | { readonly kind: 'repeated'; readonly registration: Registration };

/**
 * Registers a workload, unless the key did so within its time. Refuses a key that came with another request, and one whose
 * registration is gone: making another would bring back what somebody has revoked.
 */
export async function registerOnce(
  issuer: Issuer,
  request: RegistrationRequest,
  key: string,
): Promise<Outcome<RegisteredOnce>> {
  const { store, settings } = issuer;
  const since = issuer.now() - KEY_SECONDS;
  const request_sha256 = sha256(canonical(request));
  const used = await store.idempotency.find(settings.name, key);
  if (used !== undefined && used.created_at >= since) return repeated(issuer, used, request_sha256);
  const prepared = await prepareRegistration(issuer, request);
  if (!prepared.ok) return prepared;
  const { made, row, entry } = prepared.value;
  const { id: registration, createdAt: created_at } = made.registration;
  const claim = { issuer: settings.name, key, request_sha256, registration, created_at };
  const written = await auditChange(issuer, entry, (audited) => store.idempotency.register(row, claim, since, audited));
  if (written) return done({ kind: 'made', made });
  // Another request with the key was faster.
  const theirs = await store.idempotency.find(settings.name, key);
  return theirs === undefined ? refusal('conflict', [BUSY]) : repeated(issuer, theirs, request_sha256);
}

const BUSY = problem([], 'another request with this Idempotency-Key is under way', 'Repeat the request.');

async function repeated(
  { store }: Issuer,
  { request_sha256, registration: id }: IdempotencyKeyRow,
  asked: string,
): Promise<Outcome<RegisteredOnce>> {
  if (request_sha256 !== asked) {
    const hint = 'Take a new key for a new request.';
    return refusal('invalid', [problem([], 'this Idempotency-Key came with another body before', hint)]);
  }
  const registration = await findRegistration(store, id);
  if (registration !== undefined) return done({ kind: 'repeated', registration });
  const hint = 'Take a new key to register it again.';
  return refusal('conflict', [problem([], `the registration ${id} of this Idempotency-Key was removed`, hint)]);
}

/** The same text for the same request, in whatever order its members came. */
function canonical(request: RegistrationRequest): string {
  return JSON.stringify(request, (_name, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  );
}
