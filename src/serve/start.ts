/** The running issuer: both listeners, the refresh of its keys, and an orderly end. */

import { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { createAdminServer } from '../http/admin/server.ts';
import { perMinute } from '../http/limits.ts';
import { createMetrics, metricsRoute } from '../http/metrics.ts';
import { createPublicServer } from '../http/public.ts';
import { createServer } from '../http/server.ts';
import { type Issuer } from '../issuer/settings.ts';
import { shownProxy } from './fetch/proxy.ts';
import { trustUpstreams } from './fetch/trust.ts';
import { type Listening, listen } from './listen.ts';
import { type OpenPorts, openIssuers } from './open.ts';
import { startRetention } from './retention.ts';
import { readAdminToken } from './secrets.ts';
import { type ListenerConfig, type ServerConfig } from './settings.ts';
import { REFRESH_SECONDS } from './times.ts';
import { readTls } from './tls.ts';
import type { Traces } from './traces/open.ts';

export interface StartPorts extends OpenPorts {
  readonly log: FastifyBaseLogger;
}

export interface RunningIssuer {
  /** Where the public listener is, e.g. `https://127.0.0.1:8443`: issuers are told apart by the Host header. */
  readonly publicUrl: string;
  readonly adminUrl: string;
  /** Undefined where metrics are not served. */
  readonly metricsUrl: string | undefined;
  /** Answers what has begun, then closes everything. */
  readonly stop: () => Promise<void>;
}

/** Starts serving. Throws `IssuerFault`; whatever was opened by then is closed again. */
export async function startIssuer(config: ServerConfig, ports: StartPorts): Promise<RunningIssuer> {
  const { log } = ports;
  const metrics = createMetrics();
  const traces = await openTraces(config, log);
  warnOfProxy(config, ports);
  const { token } = config.admin;
  const tokenSha256 = token === undefined ? undefined : await readAdminToken(token);
  const admins = await trustUpstreams(config.admin.issuers, ports.now, ports.proxy);
  const [tls, adminTls] = await Promise.all([readTls(config.listen.tls), readTls(config.admin.tls)]);
  const { store, issuers, close } = await openIssuers(config, {
    ...ports,
    traces,
    takeToken: perMinute(config.limits.tokensPerMinute),
    audited: metrics.count,
    unopened: (issuer, kid, fault) => {
      log.error({ err: fault, issuer, kid }, 'a key does not open here: it is published, and does not sign');
    },
  });
  const refresh = refreshRings(issuers, log);
  const retention = startRetention({ store, now: ports.now, auditSeconds: config.auditSeconds, log });
  const listeners: Listening[] = [];
  const stop = async () => {
    await Promise.all([refresh.stop(), retention.stop(), ...listeners.map((listener) => listener.stop())]);
    await Promise.all([close(), admins.close(), traces?.stop()]);
  };
  const serve = async (name: string, server: FastifyInstance, listener: ListenerConfig) => {
    const listening = await listen(name, server, listener);
    listeners.push(listening);
    return listening.url;
  };
  const serveMetrics = async (listener: ListenerConfig) => {
    const server = createServer({ log, tls: await readTls(listener.tls), bodyLimit: 1024 });
    metricsRoute(server, metrics);
    return serve('metrics', server, listener);
  };
  try {
    metrics.showKeys(issuers);
    const { trustedProxies } = config.listen;
    // A span is the framework's.
    const series = traces === undefined ? metrics.requests('public') : undefined;
    const publicServer = createPublicServer(issuers, store, { log, tls, trustedProxies, series }, config.limits);
    metrics.watch(publicServer, 'public');
    traces?.watch(publicServer, 'public');
    const publicUrl = await serve('listen', publicServer, config.listen);
    const administrators = { tokenSha256, issuers: admins.upstreams, now: ports.now };
    const adminOptions = { log, tls: adminTls, trustedProxies: config.admin.trustedProxies };
    const adminServer = createAdminServer(issuers, store, administrators, adminOptions, config.limits);
    metrics.watch(adminServer, 'admin');
    traces?.watch(adminServer, 'admin');
    const adminUrl = await serve('admin', adminServer, config.admin);
    const metricsUrl = config.metrics === undefined ? undefined : await serveMetrics(config.metrics);
    log.info({ listening: publicUrl, admin: adminUrl, metrics: metricsUrl }, 'issuer ready');
    return { publicUrl, adminUrl, metricsUrl, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

/** The libraries are loaded where they are needed alone. */
async function openTraces(config: ServerConfig, log: FastifyBaseLogger): Promise<Traces | undefined> {
  if (config.traces === undefined) return undefined;
  const { openTraces: open } = await import('./traces/open.ts');
  return open(config.traces, config, log);
}

/** What is checked of the addresses of upstreams is checked where their names are resolved. */
function warnOfProxy({ admin, issuers }: ServerConfig, { proxy, log }: StartPorts): void {
  const count = admin.issuers.length + issuers.flatMap(({ upstreams }) => upstreams).length;
  if (proxy === undefined || count === 0) return;
  const what = 'keys of upstreams are fetched by a proxy that resolves their names: it must not lead inside';
  log.warn({ proxy: shownProxy(proxy), upstreams: count }, what);
}

/** Takes over what other replicas did to the keys. While the store is down the last known good is served. */
function refreshRings(issuers: readonly Issuer[], log: FastifyBaseLogger) {
  let running: Promise<void> | undefined;
  const refreshAll = async () => {
    for (const { ring, settings } of issuers) {
      try {
        await ring.refresh();
      } catch (error) {
        log.error({ err: error, issuer: settings.name }, 'the keys could not be refreshed; serving those in memory');
      }
    }
  };
  const timer = setInterval(() => {
    // One at a time: while the store is slow they would queue up, and the end would wait for all of them.
    running ??= refreshAll().finally(() => {
      running = undefined;
    });
  }, REFRESH_SECONDS * 1000);
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
