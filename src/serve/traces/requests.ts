/**
 * A span for each request, as a part of the trace that its `traceparent` names (W3C Trace Context, Level 1), in the words of
 * OpenTelemetry's semantic conventions for HTTP. Never in a span: a query, a header, a body, or a path that may have anything
 * in it, since people put credentials there by mistake.
 */

import { type Attributes, type Context, ROOT_CONTEXT, SpanKind, defaultTextMapGetter, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { type FastifyInstance, type FastifyRequest } from 'fastify';
import { type Spans, fail } from './spans.ts';

/** Asked every few seconds by whatever restarts the issuer, they would be most of what there is to see. */
const UNTRACED = new Set(['/healthz', '/readyz']);

/** @param listener `public` or `admin` */
export function traceRequests(server: FastifyInstance, listener: string, { tracer, within }: Spans): void {
  const propagator = new W3CTraceContextPropagator();
  const contexts = new WeakMap<FastifyRequest, Context>();
  server.addHook('onRequest', (request, _reply, done) => {
    const route = request.routeOptions.url;
    if (route !== undefined && UNTRACED.has(route)) {
      done();
      return;
    }
    const parent = propagator.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter);
    const name = route === undefined ? request.method : `${request.method} ${route}`;
    const attributes = { 'idp.listener': listener, ...attributesOf(request, route) };
    const context = trace.setSpan(parent, tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent));
    contexts.set(request, context);
    // Fastify keeps it while the body comes by events of the connection, which know nothing of the request.
    within(context, done);
  });
  server.addHook('onResponse', (request, { statusCode }, done) => {
    const span = trace.getSpan(contexts.get(request) ?? ROOT_CONTEXT);
    span?.setAttribute('http.response.status_code', statusCode);
    if (span !== undefined && statusCode >= 500) fail(span, String(statusCode));
    span?.end();
    done();
  });
}

function attributesOf(request: FastifyRequest, route: string | undefined): Attributes {
  const path = request.url.split('?', 1)[0];
  return {
    'http.request.method': request.method,
    'url.scheme': request.protocol,
    ...(route === undefined ? {} : { 'http.route': route }),
    // One without parameters, of which everything is known.
    ...(path === route ? { 'url.path': path } : {}),
    'server.address': request.hostname,
    'client.address': request.ip,
    'network.protocol.version': request.raw.httpVersion,
  };
}
