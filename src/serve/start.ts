/** The running issuer: both listeners, the refresh of its keys, and an orderly end. */

import { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { createAdminServer } from '../http/admin.ts';
import { createPublicServer } from '../http/public.ts';
import { type TlsKeyPair } from '../http/server.ts';
import { type Issuer } from '../issuer/settings.ts';
import { IssuerFault } from '../store/fault.ts';
import { type OpenPorts, openIssuers } from './open.ts';
import { readAdminToken, readTls } from './secrets.ts';
import { type ListenerConfig, REFRESH_SECONDS, type ServerConfig } from './settings.ts';

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

/** Requests that have begun get this long. */
const DRAIN_MILLISECONDS = 10_000;

/** Starts serving. Throws `IssuerFault`; whatever was opened by then is closed again. */
export async function startIssuer(config: ServerConfig, ports: StartPorts): Promise<RunningIssuer> {
  const { log } = ports;
  const tokenSha256 = await readAdminToken(config.admin);
  const [tls, adminTls] = await Promise.all([readTls(config.listen), readTls(config.admin)]);
  const { store, issuers, close } = await openIssuers(config, ports);
  const refresh = refreshRings(issuers, log);
  const servers: FastifyInstance[] = [];
  const stop = async () => {
    await Promise.all([refresh.stop(), ...servers.map(drain)]);
    await close();
  };
  const serve = async (name: string, listener: ListenerConfig, create: () => FastifyInstance) => {
    const server = create();
    servers.push(server);
    return listen(name, server, listener);
  };
  try {
    const publicUrl = await serve('listen', config.listen, () =>
      withTls(tls, () => createPublicServer(issuers, store, { log, tls })),
    );
    const adminUrl = await serve('admin', config.admin, () =>
      withTls(adminTls, () => createAdminServer(issuers, store, { log, tls: adminTls, tokenSha256 })),
    );
    log.info({ listening: publicUrl, admin: adminUrl }, 'issuer ready');
    return { publicUrl, adminUrl, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

/** Node checks certificate and key when the server is made. */
function withTls(tls: TlsKeyPair | undefined, create: () => FastifyInstance): FastifyInstance {
  try {
    return create();
  } catch (cause) {
    if (tls === undefined) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new IssuerFault(
      'bad-configuration',
      `the certificate cannot be used: ${why}`,
      'cert_file and key_file are PEM files of one pair.',
      { cause },
    );
  }
}

async function listen(name: string, server: FastifyInstance, { host, port, tls }: ListenerConfig): Promise<string> {
  try {
    await server.listen({ host, port });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const why = code === 'EADDRINUSE' ? 'the port is taken' : String(cause);
    throw new IssuerFault(
      'listener-unavailable',
      `\`${name}\` cannot serve at ${host}:${port}: ${why}`,
      'Choose another host or port, or end what has it.',
      { cause },
    );
  }
  const address = server.server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${bound}`;
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

async function drain(server: FastifyInstance): Promise<void> {
  const timer = setTimeout(() => {
    server.server.closeAllConnections();
  }, DRAIN_MILLISECONDS);
  await server.close();
  clearTimeout(timer);
}
