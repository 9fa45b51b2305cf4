/** What stands in front of the container, as the load balancer does: it ends TLS, and passes everything on. */
import { request as httpRequest } from 'node:http';
import { createServer } from 'node:https';
import { type Authority } from '../sandbox/net/authority.ts';
import { close, listen } from '../sandbox/net/ports.ts';

export interface Balancer {
  readonly address: { readonly host: string; readonly port: number };
  readonly stop: () => Promise<void>;
}

/** @param port of the container, on loopback */
export async function startBalancer(authority: Authority, name: string, port: number): Promise<Balancer> {
  const { certPem: cert, keyPem: key } = await authority.issue([name]);
  const server = createServer({ cert, key }, (request, response) => {
    const { method, url: path, headers } = request;
    const upstream = httpRequest({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    upstream.on('error', (error) => response.destroy(error));
    request.pipe(upstream);
  });
  const own = await listen(server);
  return {
    address: { host: '127.0.0.1', port: own },
    stop: async () => {
      server.closeAllConnections();
      await close(server);
    },
  };
}
