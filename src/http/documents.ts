/**
 * Documents in front of the framework. Relying parties fetch them over and over, and to find the route, run its hooks and
 * put the answer together costs more than Node's own share. The routes answer everything that is not said plainly: other
 * methods, conditions, hosts with a port.
 */

import { type IncomingMessage, type RequestListener } from 'node:http';
import { type FastifyInstance } from 'fastify';
import { type PublishedDocument } from '../issuer/documents.ts';

/** Where a document is served, and what the route there answers. */
export interface DocumentPlace {
  readonly host: string;
  readonly path: string;
  readonly document: () => PublishedDocument;
  /** Of the answer, beside those that come from the document: names and values in turn. */
  readonly headers: readonly string[];
  /** Is told of each answer, which no hook of the framework sees. */
  readonly answered: (request: IncomingMessage, seconds: number) => void;
}

export function answerDocuments({ server }: FastifyInstance, places: readonly DocumentPlace[]): void {
  const byHost = new Map<string | undefined, Map<string | undefined, Prepared>>();
  for (const place of places) {
    const byPath = byHost.get(place.host) ?? new Map<string | undefined, Prepared>();
    byHost.set(place.host, byPath.set(place.path, { answer: preparing(place), answered: place.answered }));
  }
  const framework = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: Parameters<RequestListener>[1]) => {
    const found = isPlain(request) ? byHost.get(request.headers.host)?.get(request.url) : undefined;
    // While it closes, the framework tells clients to leave.
    if (found === undefined || !server.listening) {
      for (const listener of framework) listener(request, response);
      return;
    }
    const started = performance.now();
    const { headers, body } = found.answer();
    response.writeHead(200, headers).end(body);
    found.answered(request, (performance.now() - started) / 1000);
  });
}

interface Prepared extends Pick<DocumentPlace, 'answered'> {
  readonly answer: () => Answer;
}

interface Answer {
  readonly headers: string[];
  readonly body: string;
}

/** The document is the same object for as long as it says the same. */
function preparing({ document, headers }: DocumentPlace): () => Answer {
  let last: { readonly of: PublishedDocument; readonly answer: Answer } | undefined;
  return () => {
    const now = document();
    if (last?.of !== now) last = { of: now, answer: { headers: headersOf(now, headers), body: now.body } };
    return last.answer;
  };
}

function headersOf({ body, etag }: PublishedDocument, others: readonly string[]): string[] {
  const length = String(Buffer.byteLength(body));
  return [...others, 'etag', etag, 'content-type', 'application/json; charset=utf-8', 'content-length', length];
}

function isPlain({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    headers['if-none-match'] === undefined &&
    headers['content-length'] === undefined &&
    headers['transfer-encoding'] === undefined
  );
}
