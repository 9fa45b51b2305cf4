// A real HTTP server on loopback that remembers what it was asked.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Cut the connection instead of answering. */
  readonly cut?: boolean;
}

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly received: Received[];
}

type Handler = (request: Received, count: number) => Answer;

/** Serves until disposed; `handler` gets each request with its number, from 1. */
export async function serve(
  handler: Handler,
  tls?: { readonly key: string; readonly cert: string },
): Promise<TestServer> {
  const received: Received[] = [];
  const scheme = tls === undefined ? 'http' : 'https';
  const listener = (incoming: IncomingMessage, response: ServerResponse): void => {
    let body = '';
    incoming.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    incoming.on('end', () => {
      const url = new URL(incoming.url ?? '/', `${scheme}://127.0.0.1`);
      const request = { method: incoming.method ?? '', url, headers: incoming.headers, body };
      const answer = handler(request, received.push(request));
      if (answer.cut === true) incoming.socket.destroy();
      else response.writeHead(answer.status ?? 200, answer.headers).end(answer.body ?? '');
    });
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const json = (value: unknown, status = 200): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});

/** A port where nothing listens. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
