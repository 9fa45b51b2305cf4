/** Who is let in to the admin API, and what they may do: before the body is read, so that strangers cost nothing. */

import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Administrators, authenticateAdministrator } from '../../issuer/administrator.ts';
import { type Refusals, comeBack } from '../limits.ts';
import { sendProblem } from '../problem.ts';
import { type Operation } from './operations.ts';

type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>;

export interface Guard {
  /** A hook for routes with this access. */
  readonly admit: (access: Operation['access']) => Hook;
  /** Who sent a request that was let in, as the audit has it. */
  readonly actorOf: (request: FastifyRequest) => string;
}

/** As long as keys that could not be fetched are not tried again, in seconds. */
const RETRY_SECONDS = 30;

/** @param refusals told of each request of nobody; how many an address may have is looked at before */
export function createGuard(administrators: Administrators, refusals: Refusals): Guard {
  const actors = new WeakMap<FastifyRequest, string>();
  const admit = (access: Operation['access']): Hook => {
    return async (request, reply) => {
      const found = await authenticateAdministrator(administrators, bearerOf(request.headers.authorization));
      if (!found.ok) {
        request.log.info({ reason: found.reason }, 'nobody who may use the admin API');
        if (found.unavailable) return sendUnavailable(reply);
        await refusals.count(request.ip);
        return sendUnknown(reply);
      }
      if (access === 'change' && found.role !== 'admin') return sendForbidden(reply);
      actors.set(request, found.actor);
      return undefined;
    };
  };
  const actorOf = (request: FastifyRequest): string => {
    const actor = actors.get(request);
    if (actor === undefined) throw new RangeError('a request got past the guard');
    return actor;
  };
  return { admit, actorOf };
}

function bearerOf(header: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
}

/** The log alone says why: whoever is refused learns nothing of who is admitted. */
function sendUnknown(reply: FastifyReply): FastifyReply {
  void reply.header('www-authenticate', 'Bearer');
  return sendProblem(reply, 401, 'the bearer is missing, or is nobody who may use this API: the log says why');
}

function sendUnavailable(reply: FastifyReply): FastifyReply {
  const why = "the keys of the token's issuer cannot be fetched now; try again later, or use the admin token";
  return sendProblem(comeBack(reply, RETRY_SECONDS), 503, why);
}

/** RFC 6750, section 3.1. */
function sendForbidden(reply: FastifyReply): FastifyReply {
  void reply.header('www-authenticate', 'Bearer error="insufficient_scope"');
  return sendProblem(reply, 403, 'a reader may not change anything');
}
