/** Routing by the Host header: one listener serves the issuers of several hosts. */

import { type FastifyInstance } from 'fastify';

const CONSTRAINT = 'issuerHost';

/** Teaches the router to tell hosts apart. Routes without `atHost` are served at any. */
export function routeByHost(server: FastifyInstance): void {
  server.addConstraintStrategy({
    name: CONSTRAINT,
    storage: () => {
      const handlers = new Map<unknown, Parameters<ReturnType<Strategy['storage']>['set']>[1]>();
      return {
        get: (host) => handlers.get(host) ?? null,
        set: (host, handler) => void handlers.set(host, handler),
      };
    },
    deriveConstraint: (request) => hostName(request.headers.host),
  });
}

type Strategy = Parameters<FastifyInstance['addConstraintStrategy']>[0];

export function atHost(host: string): { readonly constraints: Record<string, string> } {
  return { constraints: { [CONSTRAINT]: host } };
}

/** Without the port, which the listener behind a proxy need not share with the issuer URL; names know no case. */
function hostName(header: string | undefined): string {
  return (header ?? '')
    .replace(/:[0-9]*$/, '')
    .replace(/\.$/, '')
    .toLowerCase();
}
