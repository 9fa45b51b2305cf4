/** The running issuer: both listeners, the refresh of its keys, and an orderly end. */

import { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { createAdminServer } from '../http/admin.ts';
import { createPublicServer } from '../http/public.ts';
import { type Issuer } from '../issuer/settings.ts';
import { type Listening, listen } from './listen.ts';
import { type OpenPorts, openIssuers } from './open.ts';
import { readAdminToken } from './secrets.ts';
import { type ListenerConfig, REFRESH_SECONDS, type ServerConfig } from './settings.ts';
import { readTls } from './tls.ts';

export interface StartPorts extends OpenPorts {
  readonly log: FastifyBaseLogger;
}

export interface RunningIssuer {
  /** Where the public listener is, e.g. `https://127.0.0.1:8443`: issuers are told apart by the Host header. */
  readonly publicUrl: string;
  readonly adminUrl: string;
  /** Answers what has begun, then closes everything. */
  readonly stop: () => Promise<void>;
}

/** Starts serving. Throws `IssuerFault`; whatever was opened by then is closed again. */
export async function startIssuer(config: ServerConfig, ports: StartPorts): Promise<RunningIssuer> {
  const { log } = ports;
  const tokenSha256 = await readAdminToken(config.admin);
  const [tls, adminTls] = await Promise.all([readTls(config.listen.tls), readTls(config.admin.tls)]);
  const { store, issuers, close } = await openIssuers(config, ports);
  const refresh = refreshRings(issuers, log);
  const listeners: Listening[] = [];
  const stop = async () => {
    await Promise.all([refresh.stop(), ...listeners.map((listener) => listener.stop())]);
    await close();
  };
  const serve = async (name: string, server: FastifyInstance, listener: ListenerConfig) => {
    const listening = await listen(name, server, listener);
    listeners.push(listening);
    return listening.url;
  };
  try {
    const publicServer = createPublicServer(issuers, store, { log, tls });
    const publicUrl = await serve('listen', publicServer, config.listen);
    const adminServer = createAdminServer(issuers, store, { log, tls: adminTls, tokenSha256 });
    const adminUrl = await serve('admin', adminServer, config.admin);
    log.info({ listening: publicUrl, admin: adminUrl }, 'issuer ready');
    return { publicUrl, adminUrl, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

/** Takes over what other replicas did to the keys. While the store is down the last known good is served. */
function refreshRings(issuers: readonly Issuer[], log: FastifyBaseLogger) {
  let running = Promise.resolve();
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
    running = running.then(refreshAll);
  }, REFRESH_SECONDS * 1000);
  return {
    stop: () => {
      clearInterval(timer);
      return running;
    },
  };
}
