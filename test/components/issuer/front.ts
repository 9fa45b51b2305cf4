/** What stands in front of moto: it notes each call of the AWS API, and can refuse one as AWS does who may not. */
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { close, listen } from '../../sandbox/net/ports.ts';

export interface Front {
  readonly url: string;
  /** `service Action`, or `service METHOD` where the API has no names for its calls; in the order they came. */
  readonly calls: readonly string[];
  /** Refuses this call from now on; nothing: none. */
  refuse(call: string | undefined): void;
  stop(): Promise<void>;
}

/** `…/20261121/eu-central-1/ecs/aws4_request` */
const serviceOf = ({ headers }: IncomingMessage): string =>
  /\/([a-z0-9-]+)\/aws4_request/.exec(headers.authorization ?? '')?.[1] ?? '';

function actionOf({ headers, method = '' }: IncomingMessage, body: string): string {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return target.slice(target.lastIndexOf('.') + 1);
  return new URLSearchParams(body).get('Action') ?? method;
}

export async function startFront(motoUrl: string): Promise<Front> {
  const calls: string[] = [];
  const state: { refused?: string | undefined } = {};
  const { hostname, port } = new URL(motoUrl);
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const call = `${serviceOf(request)} ${actionOf(request, body.toString('utf8'))}`;
    if (call === state.refused) {
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
      response.end('{"__type":"AccessDeniedException","message":"not now"}');
      return;
    }
    calls.push(call);
    const { method, url: path, headers } = request;
    const upstream = httpRequest({ hostname, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    upstream.on('error', (error) => response.destroy(error));
    upstream.end(body);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  const own = await listen(server);
  return {
    url: `http://127.0.0.1:${own}`,
    calls,
    refuse: (call) => {
      state.refused = call;
    },
    stop: async () => {
      server.closeAllConnections();
      await close(server);
    },
  };
}
