/** Liveness and readiness, for whatever restarts the issuer and whatever sends it traffic. */

import { type FastifyInstance } from 'fastify';
import { type Issuer } from '../issuer/settings.ts';
import { type Store } from '../store/store.ts';

/** `/healthz`: the process answers. `/readyz`: it can issue a token, with a usable signer for each issuer and the store. */
export function healthRoutes(server: FastifyInstance, issuers: readonly Issuer[], store: Store): void {
  server.get('/healthz', (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'ok' }));
  server.get('/readyz', async (request, reply) => {
    const checks: Record<string, string> = {};
    for (const { settings, ring } of issuers) {
      checks[`issuer ${settings.name}`] = ring.signer() === undefined ? 'no key can sign' : 'ok';
    }
    try {
      await store.ping();
      checks.store = 'ok';
    } catch (error) {
      request.log.error({ err: error }, 'the store does not answer');
      checks.store = 'unavailable';
    }
    const ready = Object.values(checks).every((check) => check === 'ok');
    return reply
      .code(ready ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ status: ready ? 'ready' : 'not ready', checks });
  });
}
