/** The admin listener: organizations, registrations, keys and the audit, for administrators alone. */

import { type FastifyInstance } from 'fastify';
import { type Administrators } from '../../issuer/administrator.ts';
import { type Issuer } from '../../issuer/settings.ts';
import { type Store } from '../../store/store.ts';
import { healthRoutes } from '../health.ts';
import { refusalsPerMinute, slowGuessing } from '../limits.ts';
import { type ServerOptions, createServer } from '../server.ts';
import { auditHandlers } from './audit.ts';
import { takeStrictJson } from './body.ts';
import { createGuard } from './guard.ts';
import { type Handlers, type World } from './handlers.ts';
import { keyHandlers } from './keys.ts';
import { openApiDocument } from './openapi.ts';
import { OPERATIONS, type OperationId } from './operations.ts';
import { organizationHandlers } from './organizations.ts';
import { registrationHandlers } from './registrations.ts';

const BODY_LIMIT = 65_536;

export interface AdminLimits {
  /** For each address, and apart from those of the public listener: who has an old credential still administrates. */
  readonly refusalsPerMinute: number;
}

export function createAdminServer(
  issuers: readonly Issuer[],
  store: Store,
  administrators: Administrators,
  options: Omit<ServerOptions, 'bodyLimit'>,
  limits: AdminLimits,
): FastifyInstance {
  const server = createServer({ ...options, bodyLimit: BODY_LIMIT });
  healthRoutes(server, issuers, store);
  const refusals = refusalsPerMinute(limits.refusalsPerMinute);
  const { admit, actorOf } = createGuard(administrators, refusals);
  const handlers = allHandlers({ issuers, store, actorOf, now: administrators.now });
  void server.register(
    (scope, _options, ready) => {
      const slow = slowGuessing(refusals);
      takeStrictJson(scope);
      scope.addHook('onSend', async (_request, reply) => {
        void reply.header('cache-control', 'no-store');
        return Promise.resolve();
      });
      for (const [id, { method, path, access }] of Object.entries(OPERATIONS)) {
        const url = path.replace(/\{(\w+)\}/g, ':$1');
        scope.route({ method, url, onRequest: [slow, admit(access)], handler: handlers[id as OperationId] });
      }
      ready();
    },
    { prefix: '/admin' },
  );
  return server;
}

function allHandlers(world: World): Handlers {
  const document = openApiDocument();
  return {
    ...organizationHandlers(world),
    ...registrationHandlers(world),
    ...keyHandlers(world),
    ...auditHandlers(world),
    getOpenApi: async (_request, reply) => reply.send(document),
  };
}
