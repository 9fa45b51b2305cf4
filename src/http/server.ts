/** What both listeners have in common: limits, one log line a request without anything secret, problems as JSON. */

import {
  type FastifyBaseLogger,
  type FastifyHttpOptions,
  type FastifyHttpsOptions,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify';
import { type Server as HttpServer } from 'node:http';
import { type Server } from 'node:https';
import { clientStatus, sendFault, sendProblem } from './problem.ts';

/** PEM. */
export interface TlsKeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface ServerOptions {
  readonly log: FastifyBaseLogger;
  readonly tls?: TlsKeyPair | undefined;
  /** Bytes. */
  readonly bodyLimit: number;
  /** Networks whose word is taken for the address of a client. @default none */
  readonly trustedProxies?: readonly string[];
  /** How long a client may take to send a request. @default 10 s */
  readonly requestMilliseconds?: number;
}

/** Long enough for a slow client with a small body, short enough that many of them do not add up. */
const REQUEST_MILLISECONDS = 10_000;

/** How often Node looks for requests that take longer; its own 30 s would let them last four times as long. */
const CHECKING_MILLISECONDS = 1_000;

/** Longer than the idle time of common load balancers (60 s), which must be the first to close a connection. */
const KEEP_ALIVE_MILLISECONDS = 65_000;

/** Levels at which the line of a request would be made and thrown away. */
const WITHOUT_REQUESTS: ReadonlySet<string> = new Set(['warn', 'error', 'fatal', 'silent']);

/** A server without routes. Unknown paths are 404 as a problem (RFC 9457). */
export function createServer(options: ServerOptions): FastifyInstance {
  const { log, tls, bodyLimit, trustedProxies = [], requestMilliseconds = REQUEST_MILLISECONDS } = options;
  const timing = {
    requestTimeout: requestMilliseconds,
    // Where its limit for headers is the longer one, Node takes each limit for the other, and bodies have a minute.
    headersTimeout: requestMilliseconds,
    connectionsCheckingInterval: Math.min(requestMilliseconds, CHECKING_MILLISECONDS),
  };
  const server = create({
    loggerInstance: log,
    // A logger for each request would cost more than all else that Fastify does, and bind nothing but a number.
    childLoggerFactory: (logger) => logger,
    // One line of our own, below, instead of Fastify's two.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    ...(trustedProxies.length === 0 ? {} : { trustProxy: [...trustedProxies] }),
    requestTimeout: requestMilliseconds,
    http: timing,
    keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
    forceCloseConnections: 'idle' as const,
    // What the router refuses gets to no error handler.
    frameworkErrors: (error, _request, reply) => {
      void sendProblem(
        withoutSniffing(reply),
        clientStatus(error) ?? 500,
        'the URL has a part that is too long, or cannot be decoded',
      );
    },
    ...(tls === undefined ? {} : { https: { ...timing, ...tls } }),
  });
  server.setNotFoundHandler((request, reply) =>
    sendProblem(reply, 404, `nothing is served at ${request.hostname}${shownPath(request)}`),
  );
  server.setErrorHandler((error, request, reply) => sendFault(error, request, reply));
  // Before all else, so that refusals have it too; a hook that sees each payload would cost more.
  server.addHook('onRequest', (_request, reply, done) => {
    void withoutSniffing(reply);
    done();
  });
  if (!logsRequests(log)) return server;
  server.addHook('onResponse', (request, { statusCode: status, elapsedTime }, done) => {
    const { method, hostname: host, ip } = request;
    logAnswered(log, { method, host, path: shownPath(request), ip, status, milliseconds: Math.round(elapsedTime) });
    done();
  });
  return server;
}

export function logsRequests({ level }: FastifyBaseLogger): boolean {
  return !WITHOUT_REQUESTS.has(level);
}

export interface Answered {
  readonly method: string;
  readonly host: string;
  /** Without the query. */
  readonly path: string;
  readonly ip: string;
  readonly status: number;
  readonly milliseconds: number;
}

/** The one line of a request. */
export function logAnswered(log: FastifyBaseLogger, answered: Answered): void {
  log.info(answered, 'answered');
}

/** Whatever is served is what its type says. */
export const NO_SNIFFING = ['x-content-type-options', 'nosniff'] as const;

function withoutSniffing(reply: FastifyReply): FastifyReply {
  return reply.header(...NO_SNIFFING);
}

/** Fastify's types tell servers with TLS from those without; the routes do not care. */
function create(
  options: Omit<FastifyHttpsOptions<Server>, 'https'> & Pick<FastifyHttpOptions<HttpServer>, 'http'>,
): FastifyInstance {
  const server: unknown = fastify(options);
  return server as FastifyInstance;
}

/** Without the query: a credential that somebody put there by mistake stays out of the log. */
function shownPath(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '';
}
