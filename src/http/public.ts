/** The public listener: discovery, keys and the token endpoint of every issuer, each at its own host and path. */

import formbody from '@fastify/formbody';
import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type PublishedDocument, discoveryDocument, jwksDocument } from '../issuer/documents.ts';
import { type Issuer, splitUrl } from '../issuer/settings.ts';
import { type Store } from '../store/store.ts';
import { healthRoutes } from './health.ts';
import { atHost, routeByHost } from './host.ts';
import { type ServerOptions, createServer } from './server.ts';
import { tokenErrorHandler, tokenHandler } from './token.ts';

/** A credential, a few audiences and the URNs of RFC 8693 have less than 4 KiB. */
const BODY_LIMIT = 16_384;

export function createPublicServer(
  issuers: readonly Issuer[],
  store: Store,
  options: Omit<ServerOptions, 'bodyLimit'>,
): FastifyInstance {
  const server = createServer({ ...options, bodyLimit: BODY_LIMIT });
  routeByHost(server);
  // Forms alone: nothing else is read here.
  server.removeAllContentTypeParsers();
  void server.register(formbody, { bodyLimit: BODY_LIMIT });
  healthRoutes(server, issuers, store);
  for (const issuer of issuers) issuerRoutes(server, issuer);
  return server;
}

function issuerRoutes(server: FastifyInstance, issuer: Issuer): void {
  const { settings } = issuer;
  const { host, path } = splitUrl(settings.url);
  const cacheControl = `public, max-age=${settings.cacheSeconds}`;
  const serve = (document: (issuer: Issuer) => PublishedDocument) => (request: FastifyRequest, reply: FastifyReply) =>
    sendDocument(request, reply.header('cache-control', cacheControl), document(issuer));
  server.get(`${path}/.well-known/openid-configuration`, atHost(host), serve(discoveryDocument));
  for (const jwksPath of settings.jwksPaths) server.get(jwksPath, atHost(host), serve(jwksDocument));
  server.post(`${path}/token`, { ...atHost(host), errorHandler: tokenErrorHandler }, tokenHandler(issuer));
}

/** With a validator, so that caches revalidate for the price of a header (RFC 9110, section 13.1.2). */
function sendDocument(request: FastifyRequest, reply: FastifyReply, { body, etag }: PublishedDocument): FastifyReply {
  const asked = (request.headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  void reply.header('etag', etag);
  if (asked.includes(etag) || asked.includes('*')) return reply.code(304).send();
  return reply.type('application/json').send(body);
}
