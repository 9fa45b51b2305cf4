/** Refusals over HTTP: problem details (RFC 9457). */

import { STATUS_CODES } from 'node:http';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Problem } from '../claims/problem.ts';
import { type FaultCode, IssuerFault } from '../store/fault.ts';
import { type Refusal, type RefusalKind, refusal } from '../issuer/outcome.ts';

/** An outdated version is a precondition that failed (RFC 9110, section 13.1.1). */
const STATUS: Readonly<Record<RefusalKind, number>> = { invalid: 422, missing: 404, conflict: 409, outdated: 412 };

/**
 * `errors` as in section 3 of RFC 9457: each with the place in the body, as a JSON pointer in a fragment.
 * @param extensions further members (RFC 9457, section 3.2)
 */
export function sendProblem(
  reply: FastifyReply,
  status: number,
  detail: string,
  problems: readonly Problem[] = [],
  extensions: Readonly<Record<string, string>> = {},
): FastifyReply {
  const errors = problems.map(({ path, message, hint }) => ({
    ...(path.length === 0 ? {} : { pointer: pointerTo(path) }),
    detail: message,
    ...(hint === undefined ? {} : { hint }),
  }));
  const title = STATUS_CODES[status] ?? 'Error';
  const rest = errors.length === 0 ? extensions : { ...extensions, errors };
  const body = { type: 'about:blank', title, status, detail, ...rest };
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .send(JSON.stringify(body));
}

export function sendRefusal(reply: FastifyReply, { kind, problems }: Refusal, status = STATUS[kind]): FastifyReply {
  const [only, ...others] = problems;
  const detail = only !== undefined && others.length === 0 ? only.message : `there are ${problems.length} problems`;
  return sendProblem(reply, status, detail, problems);
}

/** A body that is read as one thing by some and as another by others. */
export class MalformedBody extends Error {
  override readonly name = 'MalformedBody';
  readonly statusCode = 400;
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super('the body cannot be parsed');
    this.problems = problems;
  }
}

/** What Fastify refuses itself is the client's; everything else is ours, and its message stays in the log. */
export function sendFault(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof MalformedBody) return sendRefusal(reply, refusal('invalid', error.problems), error.statusCode);
  const status = clientStatus(error);
  if (status !== undefined) return sendProblem(reply, status, CLIENT_FAULTS[status] ?? 'the request is malformed');
  request.log.error({ err: error }, 'a request failed');
  if (error instanceof IssuerFault && PASSING.includes(error.code)) {
    return sendProblem(reply, 503, 'the issuer cannot do this now; try again later');
  }
  return sendProblem(reply, 500, 'the issuer failed; its log says why');
}

/** What is over when the store or KMS is back. */
const PASSING: readonly FaultCode[] = ['store-unavailable', 'kms-unavailable', 'ring-contended'];

/** The 4xx status of an error that Fastify raised while it read the request. */
export function clientStatus(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  const { statusCode } = error;
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : undefined;
}

/** Fastify's own messages can quote the request. */
export const CLIENT_FAULTS: Readonly<Record<number, string>> = {
  400: 'the body cannot be parsed',
  413: 'the body is too large',
  415: 'the body has a content type that is not taken here',
};

function pointerTo(path: Problem['path']): string {
  return `#/${path.map((step) => encodeURIComponent(String(step).replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;
}
