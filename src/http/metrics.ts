/** Metrics for Prometheus (its text format): what was issued and refused, the keys, the requests, the process. */

import { type FastifyInstance } from 'fastify';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { type AuditEntry } from '../issuer/audit-entry.ts';
import { type Issuer } from '../issuer/settings.ts';

/**
 * The time series of a listener, which take the seconds of requests.
 * @param route its pattern: what a client writes into a path must not make a time series of its own
 */
export type RequestSeries = (method: string, route: string, status: number) => { observe: (seconds: number) => void };

export interface Metrics {
  readonly registry: Registry;
  /** Counts what the audit has: tokens, refusals, changes. */
  readonly count: (issuer: string, entry: AuditEntry) => void;
  /** Measures every request that a server's framework answers. */
  readonly watch: (server: FastifyInstance, listener: string) => void;
  /** For those that something else answers. */
  readonly requests: (listener: string) => RequestSeries;
  /** Shows the keys of these issuers at each scrape. */
  readonly showKeys: (issuers: readonly Issuer[]) => void;
}

/** From a document out of memory to a signature of KMS. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const audit = new Counter({
    name: 'idp_audit_entries_total',
    help: 'Entries of the audit: tokens issued and refused, and changes',
    labelNames: ['issuer', 'kind'],
    registers,
  });
  const requests = new Histogram({
    name: 'idp_http_request_duration_seconds',
    help: 'Requests by route and status',
    labelNames: ['listener', 'method', 'route', 'status'],
    buckets: SECONDS,
    registers,
  });
  const entries = byLabels((issuer, kind) => audit.labels({ issuer, kind }));
  const seriesOf = (listener: string): RequestSeries =>
    byLabels((method, route, status) => requests.labels({ listener, method, route, status }));
  return {
    registry,
    count: (issuer, { kind }) => {
      entries(issuer, kind).inc();
    },
    watch: (server, listener) => {
      const series = seriesOf(listener);
      server.addHook('onResponse', (request, reply, done) => {
        const route = request.routeOptions.url ?? 'none';
        series(request.method, route, reply.statusCode).observe(reply.elapsedTime / 1000);
        done();
      });
    },
    requests: seriesOf,
    showKeys: (issuers) => {
      keyGauges(issuers, registers);
    },
  };
}

/** A time series for its labels, which prom-client would sort and join for each value. There are few: no label is a client's. */
function byLabels<L extends readonly (string | number)[], S>(series: (...labels: L) => S): (...labels: L) => S {
  const known = new Map<string, S>();
  return (...labels) => {
    const name = labels.join(' ');
    const found = known.get(name) ?? series(...labels);
    known.set(name, found);
    return found;
  };
}

function keyGauges(issuers: readonly Issuer[], registers: Registry[]): void {
  new Gauge({
    name: 'idp_keys',
    help: 'Published keys by state',
    labelNames: ['issuer', 'algorithm', 'state'],
    registers,
    collect() {
      this.reset();
      for (const { settings, ring } of issuers) {
        for (const { algorithm, state } of ring.records()) {
          if (state !== 'removed') this.inc({ issuer: settings.name, algorithm, state });
        }
      }
    },
  });
  new Gauge({
    name: 'idp_signing_key_age_seconds',
    help: 'How long the active key has signed',
    labelNames: ['issuer', 'algorithm'],
    registers,
    collect() {
      this.reset();
      for (const { settings, ring, now } of issuers) {
        for (const { algorithm, state, activeAt } of ring.records()) {
          if (state === 'active') this.set({ issuer: settings.name, algorithm }, now() - (activeAt ?? now()));
        }
      }
    },
  });
}

/** `/metrics`, for a listener that is not public. */
export function metricsRoute(server: FastifyInstance, { registry }: Metrics): void {
  server.get('/metrics', async (_request, reply) =>
    reply
      .header('cache-control', 'no-store')
      .type(registry.contentType)
      .send(await registry.metrics()),
  );
}
