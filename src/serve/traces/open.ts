/** Traces of an issuer. This is loaded where they are configured, and nowhere else: who has none pays nothing for them. */

import { setTimeout as pause } from 'node:timers/promises';
import { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { type Custody } from '../../keys/custody.ts';
import { type Kms } from '../../keys/kms/port.ts';
import { type Store } from '../../store/store.ts';
import { type ServerConfig } from '../settings.ts';
import { EXPORT_MILLISECONDS, openProvider } from './exporter.ts';
import { traceRequests } from './requests.ts';
import { createSpans } from './spans.ts';
import { type TracesConfig } from './shape.ts';
import { traceCustody, traceKms, traceStore } from './work.ts';

export interface Traces {
  /** A span for each request of a server. */
  readonly watch: (server: FastifyInstance, listener: string) => void;
  readonly store: (store: Store) => Store;
  readonly custody: (custody: Custody) => Custody;
  readonly kms: (kms: Kms) => Kms;
  /** Sends what is left, for 3 s at most. */
  readonly stop: () => Promise<void>;
}

export function openTraces(config: TracesConfig, { store: kind }: ServerConfig, log: FastifyBaseLogger): Traces {
  const provider = openProvider(config, log);
  const spans = createSpans(provider.getTracer('idp-kit'));
  return {
    watch: (server, listener) => {
      traceRequests(server, listener, spans);
    },
    store: (store) => traceStore(spans, store, kind),
    custody: (custody) => traceCustody(spans, custody),
    kms: (kms) => traceKms(spans, kms),
    stop: async () => {
      // That they could not be sent is in the log already.
      const sent = provider.shutdown().catch(() => undefined);
      const done = new AbortController();
      await Promise.race([sent, pause(EXPORT_MILLISECONDS, undefined, done)]);
      done.abort();
    },
  };
}
