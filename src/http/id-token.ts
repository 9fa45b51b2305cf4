/**
 * The request protocol of GitHub Actions, so that its clients work unchanged: `GET $ACTIONS_ID_TOKEN_REQUEST_URL&audience=…`
 * with a bearer, answered by `{"value": "<jwt>"}` (GitHub Docs, "OpenID Connect reference").
 */

import { type FastifyReply, type FastifyRequest } from 'fastify';
import { exchange } from '../issuer/exchange.ts';
import { type Issuer } from '../issuer/settings.ts';
import { subjectTokenOf } from '../issuer/workload.ts';
import { type Refusals } from './limits.ts';
import { sendProblem } from './problem.ts';
import { exchangeStatus, retryLater } from './token.ts';

interface Query {
  readonly audience?: string | readonly string[];
}

/** Handles `GET {path}/id-token` of one issuer. Parameters beside `audience`, such as `api-version`, mean nothing here. */
export function idTokenHandler(issuer: Issuer, refusals: Refusals) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const bearer = /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
    if (bearer === undefined) {
      void reply.header('www-authenticate', 'Bearer');
      return refuse(reply, 401, "the request needs a bearer: the workload's credential");
    }
    const audiences = [(request.query as Query).audience ?? []].flat().filter((value) => value !== '');
    const answer = await exchange(issuer, { subject: subjectTokenOf(bearer), audiences });
    if (!answer.ok) {
      const { error, description, unauthenticated } = answer;
      if (unauthenticated === true) await refusals.count(request.ip);
      return refuse(retryLater(reply, answer), exchangeStatus(error, unauthenticated), description);
    }
    return reply.header('cache-control', 'no-store').send({ value: answer.token });
  };
}

/** GitHub's clients show `message`. */
function refuse(reply: FastifyReply, status: number, detail: string): FastifyReply {
  return sendProblem(reply, status, detail, [], { message: detail });
}

/** What fails here is over soon, and GitHub's clients try again for a 503. */
export function idTokenErrorHandler(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  request.log.error({ err: error }, 'a token could not be issued');
  void refuse(reply, 503, 'the issuer cannot issue tokens now; try again later');
}
