/** The public listener: discovery, keys and the token endpoint of every issuer, each at its own host and path. */

import formbody from '@fastify/formbody';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, type onRequestHookHandler } from 'fastify';
import { type PublishedDocument, discoveryDocument, jwksDocument } from '../issuer/documents.ts';
import { type Issuer, splitUrl } from '../issuer/settings.ts';
import { type Store } from '../store/store.ts';
import { healthRoutes } from './health.ts';
import { atHost, routeByHost } from './host.ts';
import { idTokenErrorHandler, idTokenHandler } from './id-token.ts';
import { type Refusals, refusalsPerMinute, shedLoad, slowGuessing } from './limits.ts';
import { type ServerOptions, createServer } from './server.ts';
import { tokenErrorHandler, tokenHandler } from './token.ts';

/** A credential, a few audiences and the URNs of RFC 8693 have less than 4 KiB. */
const BODY_LIMIT = 16_384;

export interface PublicLimits {
  /** Requests for tokens at once. */
  readonly concurrentRequests: number;
  /** For each address. */
  readonly refusalsPerMinute: number;
}

export function createPublicServer(
  issuers: readonly Issuer[],
  store: Store,
  options: Omit<ServerOptions, 'bodyLimit'>,
  limits: PublicLimits,
): FastifyInstance {
  const server = createServer({ ...options, bodyLimit: BODY_LIMIT });
  const refusals = refusalsPerMinute(limits.refusalsPerMinute);
  const guards = [shedLoad(limits.concurrentRequests), slowGuessing(refusals)];
  routeByHost(server);
  // Forms alone: nothing else is read here.
  server.removeAllContentTypeParsers();
  void server.register(formbody, { bodyLimit: BODY_LIMIT });
  healthRoutes(server, issuers, store);
  for (const issuer of issuers) {
    documentRoutes(server, issuer);
    tokenRoutes(server, issuer, guards, refusals);
  }
  return server;
}

function documentRoutes(server: FastifyInstance, issuer: Issuer): void {
  const { settings } = issuer;
  const { host, path } = splitUrl(settings.url);
  const cacheControl = `public, max-age=${settings.cacheSeconds}`;
  const serve = (document: (issuer: Issuer) => PublishedDocument) => (request: FastifyRequest, reply: FastifyReply) =>
    sendDocument(request, reply.header('cache-control', cacheControl), document(issuer));
  server.get(`${path}/.well-known/openid-configuration`, atHost(host), serve(discoveryDocument));
  for (const jwksPath of settings.jwksPaths) server.get(jwksPath, atHost(host), serve(jwksDocument));
}

function tokenRoutes(
  server: FastifyInstance,
  issuer: Issuer,
  onRequest: onRequestHookHandler[],
  refusals: Refusals,
): void {
  const { host, path } = splitUrl(issuer.settings.url);
  const options = { ...atHost(host), onRequest };
  server.get(`${path}/id-token`, { ...options, errorHandler: idTokenErrorHandler }, idTokenHandler(issuer, refusals));
  server.post(`${path}/token`, { ...options, errorHandler: tokenErrorHandler }, tokenHandler(issuer, refusals));
}

/** With a validator, so that caches revalidate for the price of a header (RFC 9110, section 13.1.2). */
function sendDocument(request: FastifyRequest, reply: FastifyReply, { body, etag }: PublishedDocument): FastifyReply {
  const asked = (request.headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  void reply.header('etag', etag);
  if (asked.includes(etag) || asked.includes('*')) return reply.code(304).send();
  return reply.type('application/json').send(body);
}
