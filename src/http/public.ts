/** The public listener: discovery, keys and the token endpoint of every issuer, each at its own host and path. */

import formbody from '@fastify/formbody';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, type onRequestHookHandler } from 'fastify';
import { type PublishedDocument, discoveryDocument, jwksDocument } from '../issuer/documents.ts';
import { type OrganizationIssuers, organizationIssuers, organizationSettings } from '../issuer/organization-issuer.ts';
import { type Issuer, type IssuerSettings, splitUrl } from '../issuer/settings.ts';
import { type Store } from '../store/store.ts';
import { type DocumentPlace, answerDocuments } from './documents.ts';
import { healthRoutes } from './health.ts';
import { atHost, routeByHost } from './host.ts';
import { idTokenErrorHandler, idTokenHandler } from './id-token.ts';
import { type Refusals, refusalsPerMinute, shedLoad, slowGuessing } from './limits.ts';
import { type RequestSeries } from './metrics.ts';
import { type Handler, ORGANIZATION, atOrganization, sendNoIssuer } from './organizations.ts';
import { NO_SNIFFING, type ServerOptions, createServer, logAnswered, logsRequests } from './server.ts';
import { tokenErrorHandler, tokenHandler } from './token.ts';

/** A credential, a few audiences and the URNs of RFC 8693 have less than 4 KiB. */
const BODY_LIMIT = 16_384;

export interface PublicLimits {
  /** Requests for tokens at once. */
  readonly concurrentRequests: number;
  /** For each address. */
  readonly refusalsPerMinute: number;
}

export interface PublicOptions extends Omit<ServerOptions, 'bodyLimit'> {
  /** For documents that are answered in front of the framework. @default the framework answers them all */
  readonly series?: RequestSeries | undefined;
}

export function createPublicServer(
  issuers: readonly Issuer[],
  store: Store,
  options: PublicOptions,
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
    const { settings } = issuer;
    if (settings.perOrganization === true) {
      const organizations = organizationIssuers(issuer);
      rememberAtStart(server, organizations, settings);
      const each = (handlerOf: HandlerOf) => atOrganization(organizations, refusals, handlerOf);
      issuerRoutes(server, organizationSettings(settings, ORGANIZATION), each, guards, refusals);
      issuerRoutes(server, settings, () => sendNoIssuer(settings), guards, refusals);
    } else {
      issuerRoutes(server, settings, (handlerOf) => handlerOf(issuer), guards, refusals);
    }
  }
  answerInFront(server, issuers, options);
  return server;
}

/** Whose word counts for the address of a client only the framework knows, so where it is logged it has them all. */
function answerInFront(server: FastifyInstance, issuers: readonly Issuer[], options: PublicOptions): void {
  const { log, series, trustedProxies = [] } = options;
  const logged = logsRequests(log);
  if (series === undefined || (logged && trustedProxies.length > 0)) return;
  const telling = (host: string, path: string): DocumentPlace['answered'] => {
    const { observe } = series('GET', path, 200);
    if (!logged)
      return (_request, seconds) => {
        observe(seconds);
      };
    return ({ socket: { remoteAddress: ip = '' } }, seconds) => {
      observe(seconds);
      logAnswered(log, { method: 'GET', host, path, ip, status: 200, milliseconds: Math.round(seconds * 1000) });
    };
  };
  const each = issuers.filter(({ settings }) => settings.perOrganization !== true);
  answerDocuments(
    server,
    each.flatMap((issuer) => documentsOf(issuer, telling)),
  );
}

function documentsOf(
  issuer: Issuer,
  telling: (host: string, path: string) => DocumentPlace['answered'],
): DocumentPlace[] {
  const { url, jwksPaths, cacheSeconds } = issuer.settings;
  const { host, path: base } = splitUrl(url);
  const headers = [...NO_SNIFFING, 'cache-control', cacheControl(cacheSeconds)];
  const place = (path: string, document: (issuer: Issuer) => PublishedDocument): DocumentPlace => ({
    host,
    path,
    headers,
    document: () => document(issuer),
    answered: telling(host, path),
  });
  return [place(`${base}${DISCOVERY_PATH}`, discoveryDocument), ...jwksPaths.map((path) => place(path, jwksDocument))];
}

const DISCOVERY_PATH = '/.well-known/openid-configuration';

const cacheControl = (seconds: number) => `public, max-age=${seconds}`;

/** So that they are served while the store is down, whoever has asked for them before. */
function rememberAtStart(server: FastifyInstance, organizations: OrganizationIssuers, { name }: IssuerSettings): void {
  server.addHook('onReady', async () => {
    await organizations.load().catch((error: unknown) => {
      server.log.error({ err: error, issuer: name }, 'the organizations are looked up as they are asked for');
    });
  });
}

type HandlerOf = (issuer: Issuer) => Handler;

/** @param settings of which the routes are made: the handlers know what they serve */
function issuerRoutes(
  server: FastifyInstance,
  { url, jwksPaths }: IssuerSettings,
  handle: (handlerOf: HandlerOf) => Handler,
  onRequest: onRequestHookHandler[],
  refusals: Refusals,
): void {
  const { host, path } = splitUrl(url);
  const at = atHost(host);
  server.get(`${path}${DISCOVERY_PATH}`, at, handle(serveDocument(discoveryDocument)));
  for (const jwksPath of jwksPaths) server.get(jwksPath, at, handle(serveDocument(jwksDocument)));
  const guarded = { ...at, onRequest };
  server.get(
    `${path}/id-token`,
    { ...guarded, errorHandler: idTokenErrorHandler },
    handle((issuer) => idTokenHandler(issuer, refusals)),
  );
  server.post(
    `${path}/token`,
    { ...guarded, errorHandler: tokenErrorHandler },
    handle((issuer) => tokenHandler(issuer, refusals)),
  );
}

const serveDocument =
  (document: (issuer: Issuer) => PublishedDocument): HandlerOf =>
  (issuer) =>
  (request, reply) => {
    const caching = cacheControl(issuer.settings.cacheSeconds);
    return sendDocument(request, reply.header('cache-control', caching), document(issuer));
  };

/** With a validator, so that caches revalidate for the price of a header (RFC 9110, section 13.1.2). */
function sendDocument(request: FastifyRequest, reply: FastifyReply, { body, etag }: PublishedDocument): FastifyReply {
  const asked = (request.headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  void reply.header('etag', etag);
  if (asked.includes(etag) || asked.includes('*')) return reply.code(304).send();
  return reply.type('application/json').send(body);
}
