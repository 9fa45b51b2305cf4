/** The admin listener: organizations, registrations, keys and the audit, behind a bearer token. */

import { createHash, timingSafeEqual } from 'node:crypto';
import { type FastifyInstance, errorCodes } from 'fastify';
import { type Issuer } from '../issuer/settings.ts';
import { type Store } from '../store/store.ts';
import { auditRoutes, keyRoutes, organizationRoutes, registrationRoutes } from './admin-routes.ts';
import { healthRoutes } from './health.ts';
import { sendProblem } from './problem.ts';
import { type ServerOptions, createServer } from './server.ts';

const BODY_LIMIT = 65_536;

export interface AdminOptions extends Omit<ServerOptions, 'bodyLimit'> {
  /** Hexadecimal; the token itself is not kept. */
  readonly tokenSha256: string;
}

export function createAdminServer(issuers: readonly Issuer[], store: Store, options: AdminOptions): FastifyInstance {
  const server = createServer({ ...options, bodyLimit: BODY_LIMIT });
  healthRoutes(server, issuers, store);
  void server.register(
    (scope, _options, ready) => {
      // Before the body is read: strangers cost nothing.
      scope.addHook('onRequest', async (request, reply) => {
        if (!tokenFits(request.headers.authorization, options.tokenSha256)) {
          void reply.header('www-authenticate', 'Bearer');
          return sendProblem(reply, 401, 'the admin token is missing or wrong');
        }
        return undefined;
      });
      takeEmptyBodies(scope);
      scope.addHook('onSend', async (_request, reply) => {
        void reply.header('cache-control', 'no-store');
        return Promise.resolve();
      });
      organizationRoutes(scope, issuers);
      registrationRoutes(scope, issuers, store);
      keyRoutes(scope, issuers);
      auditRoutes(scope, store);
      ready();
    },
    { prefix: '/admin' },
  );
  return server;
}

/**
 * Requests that need no body often come with the type of one, since clients set it for all of theirs: an empty body is
 * none, whatever its type. Any other is JSON.
 */
function takeEmptyBodies(scope: FastifyInstance): void {
  const parseJson = scope.getDefaultJsonParser('error', 'error');
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null);
    else void parseJson(request, body, done);
  });
  scope.addContentTypeParser<string>('*', { parseAs: 'string' }, (_request, body, done) => {
    done(body === '' ? null : new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE());
  });
}

function tokenFits(header: string | undefined, sha256: string): boolean {
  const token = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1] ?? '';
  const hash = createHash('sha256').update(token).digest();
  return timingSafeEqual(hash, Buffer.from(sha256, 'hex')) && token !== '';
}
