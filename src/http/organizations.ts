/** Routes of an issuer whose organizations have issuer URLs of their own: each serves what one of an issuer would. */

import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type OrganizationIssuers } from '../issuer/organization-issuer.ts';
import { type Issuer, type IssuerSettings } from '../issuer/settings.ts';
import { type Refusals, comeBack } from './limits.ts';
import { sendProblem } from './problem.ts';

/** In a route, in the place of an organization's id. */
export const ORGANIZATION = ':organization';

export type Handler = (request: FastifyRequest, reply: FastifyReply) => FastifyReply | Promise<FastifyReply>;

/**
 * Handles a request as the issuer of the organization that the path names. Those that are known are always served; of others
 * an address may ask for as many as it may have requests refused, since each costs a look into the store.
 */
export function atOrganization(
  organizations: OrganizationIssuers,
  refusals: Refusals,
  handlerOf: (issuer: Issuer) => Handler,
): Handler {
  return async (request, reply) => {
    const { organization: id } = request.params as { readonly organization: string };
    const known = organizations.known(id);
    if (known !== undefined) return handlerOf(known)(request, reply);
    const wait = await refusals.wait(request.ip);
    if (wait !== undefined) {
      return sendProblem(comeBack(reply, wait), 429, 'too many requests of this address were refused');
    }
    const found = await organizations.find(id);
    if (found !== undefined) return handlerOf(found)(request, reply);
    await refusals.count(request.ip);
    reply.callNotFound();
    return reply;
  };
}

/** In the words of the clients of each endpoint: RFC 9457, RFC 6749 (section 5.2) and GitHub's. */
export function sendNoIssuer({ url }: IssuerSettings): Handler {
  const detail = `${url} is no issuer: each organization has one of its own, ${url}/ORGANIZATION`;
  const words = { error: 'invalid_request', error_description: detail, message: detail };
  return (_request, reply) => sendProblem(reply, 404, detail, [], words);
}
