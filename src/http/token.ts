/** The token endpoint: RFC 8693 over the form of RFC 6749. */

import { type FastifyReply, type FastifyRequest } from 'fastify';
import { ID_TOKEN, JWT, TOKEN_EXCHANGE, WORKLOAD_CREDENTIAL } from '../issuer/documents.ts';
import {
  type ExchangeError,
  type ExchangeRefusal,
  type ExchangeRequest,
  exchange,
  refuseExchange,
} from '../issuer/exchange.ts';
import { type Issuer } from '../issuer/settings.ts';
import { type SubjectToken } from '../issuer/workload.ts';
import { type Refusals, comeBack } from './limits.ts';
import { CLIENT_FAULTS, clientStatus } from './problem.ts';

type Form = Readonly<Record<string, string | readonly string[] | undefined>>;

type Parsed =
  | { readonly ok: true; readonly request: ExchangeRequest }
  | { readonly ok: false; readonly error: ExchangeError; readonly description: string };

/** What must be there exactly once, with the value that is taken and the error for any other. */
const FIXED: readonly { readonly name: string; readonly value: string; readonly error: ExchangeError }[] = [
  { name: 'grant_type', value: TOKEN_EXCHANGE, error: 'unsupported_grant_type' },
];

/** What a subject token may be (RFC 8693, section 3). An ID token of an upstream is a JWT. */
const SUBJECTS: Readonly<Record<string, (token: string) => SubjectToken>> = {
  [WORKLOAD_CREDENTIAL]: (credential) => ({ kind: 'credential', credential }),
  [JWT]: (jwt) => ({ kind: 'jwt', jwt }),
  [ID_TOKEN]: (jwt) => ({ kind: 'jwt', jwt }),
};

const SUBJECT_TYPES = `${WORKLOAD_CREDENTIAL} or ${JWT}`;

/** Parameters of RFC 8693 that would change the token. Ignoring them would issue another one than was asked for. */
const NOT_TAKEN: readonly { readonly name: string; readonly error: ExchangeError; readonly description: string }[] = [
  { name: 'resource', error: 'invalid_target', description: 'resource is not taken here; use audience' },
  {
    name: 'scope',
    error: 'invalid_scope',
    description: 'the tokens of this issuer have no scope that can be asked for',
  },
  { name: 'actor_token', error: 'invalid_request', description: 'actor_token is not taken here' },
];

/** Handles `POST {path}/token` of one issuer. */
export function tokenHandler(issuer: Issuer, refusals: Refusals) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const parsed = parseForm((request.body ?? {}) as Form);
    const answer = parsed.ok
      ? await exchange(issuer, parsed.request)
      : await refuseExchange(issuer, parsed.error, parsed.description);
    if (!answer.ok && answer.unauthenticated === true) await refusals.count(request.ip);
    if (!answer.ok) return sendError(retryLater(reply, answer), answer.error, answer.description);
    return reply.header('cache-control', 'no-store').send({
      access_token: answer.token,
      issued_token_type: ID_TOKEN,
      // RFC 8693, section 2.2.1: what is issued is no access token.
      token_type: 'N_A',
      expires_in: answer.expiresIn,
    });
  };
}

/** Faults at the token endpoint, in the form that its clients read. */
export function tokenErrorHandler(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const status = clientStatus(error);
  if (status !== undefined) {
    sendError(reply, 'invalid_request', CLIENT_FAULTS[status] ?? 'the request is malformed', status);
    return;
  }
  request.log.error({ err: error }, 'a token could not be issued');
  sendError(reply, 'temporarily_unavailable', 'the issuer cannot issue tokens now; try again later');
}

function parseForm(form: Form): Parsed {
  const repeated = Object.keys(form).find((name) => name !== 'audience' && Array.isArray(form[name]));
  if (repeated !== undefined) return invalid(`${repeated.slice(0, 50)} is there more than once`);
  for (const { name, value, error } of FIXED) {
    if (form[name] === undefined) return invalid(`${name} is missing; it is ${value}`);
    if (form[name] !== value) return { ok: false, error, description: `${name} must be ${value}` };
  }
  const refused = NOT_TAKEN.find(({ name }) => form[name] !== undefined);
  if (refused !== undefined) return { ok: false, ...refused };
  const { subject_token: token, subject_token_type: type, requested_token_type: wanted, audience = [] } = form;
  if (type === undefined) return invalid(`subject_token_type is missing; it is ${SUBJECT_TYPES}`);
  const subject = typeof type === 'string' && Object.hasOwn(SUBJECTS, type) ? SUBJECTS[type] : undefined;
  if (subject === undefined) return invalid(`subject_token_type must be ${SUBJECT_TYPES}`);
  if (wanted !== undefined && wanted !== ID_TOKEN) return invalid(`requested_token_type can only be ${ID_TOKEN}`);
  if (typeof token !== 'string') return invalid('subject_token is missing; it is what the workload has');
  // RFC 6749, section 3.1: a parameter without a value is as if it were not there.
  const audiences = [audience].flat().filter((value) => value !== '');
  return { ok: true, request: { subject: subject(token.trim()), audiences } };
}

function invalid(description: string): Parsed {
  return { ok: false, error: 'invalid_request', description };
}

export function retryLater(reply: FastifyReply, { retryAfter }: ExchangeRefusal): FastifyReply {
  return retryAfter === undefined ? reply : comeBack(reply, retryAfter);
}

const STATUS: Partial<Readonly<Record<ExchangeError, number>>> = { temporarily_unavailable: 503, slow_down: 429 };

/** @param unauthenticated where 401 is the word for it: the token endpoint has 400 (RFC 6749, section 5.2) */
export function exchangeStatus(error: ExchangeError, unauthenticated = false): number {
  return unauthenticated ? 401 : (STATUS[error] ?? 400);
}

/** RFC 6749, section 5.2, which also says which characters a description may have. */
function sendError(
  reply: FastifyReply,
  error: ExchangeError,
  description: string,
  status = exchangeStatus(error),
): FastifyReply {
  const error_description = description.replaceAll('"', "'").replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?');
  return reply.code(status).header('cache-control', 'no-store').send({ error, error_description });
}
