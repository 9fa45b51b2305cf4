/** What is kept for a time only: entries of the audit, and the keys by which registrations are not made twice. */

import { type FastifyBaseLogger } from 'fastify';
import { KEY_SECONDS } from '../issuer/idempotency.ts';
import { type Store } from '../store/store.ts';

export interface RetentionOptions {
  readonly store: Store;
  /** Whole seconds since 1970. */
  readonly now: () => number;
  /** How long the audit is kept, in seconds; null: for ever. */
  readonly auditSeconds: number | null;
  readonly log: FastifyBaseLogger;
}

export interface Retention {
  /** Removes what is over now. Never rejects: what is left goes the next time. */
  readonly run: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Rows at once: with SQLite nothing else is answered meanwhile, and with PostgreSQL nobody waits for the locks. */
const BATCH = 500;
/** Batches in one run, so that its end comes soon when the issuer is to stop. A run a minute removes 12 million a day. */
const BATCHES = 18;
const MILLISECONDS = 60_000;

/** Begins at once, and goes on every minute. Replicas that do it at once share the work. */
export function startRetention({ store, now, auditSeconds, log }: RetentionOptions): Retention {
  let running: Promise<void> | undefined;
  let stopped = false;
  const removeAll = async () => {
    const time = now();
    const audit =
      auditSeconds === null ? 0 : await inBatches((limit) => store.audit.removeBefore(time - auditSeconds, limit));
    const keys = await inBatches((limit) => store.idempotency.removeBefore(time - KEY_SECONDS, limit));
    if (audit + keys > 0) log.info({ audit, idempotency: keys }, 'removed what is kept for a time only');
  };
  const inBatches = async (remove: (limit: number) => Promise<number>) => {
    let removed = 0;
    for (let batch = 0; batch < BATCHES && !stopped; batch += 1) {
      const count = await remove(BATCH);
      removed += count;
      if (count < BATCH) break;
      await turn();
    }
    return removed;
  };
  const run = () => {
    running ??= removeAll()
      .catch((error: unknown) => {
        log.error({ err: error }, 'what is kept for a time only could not be removed; trying again');
      })
      .finally(() => {
        running = undefined;
      });
    return running;
  };
  const timer = setInterval(() => void run(), MILLISECONDS);
  void run();
  return {
    run,
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}

/** Lets requests in between. */
function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
