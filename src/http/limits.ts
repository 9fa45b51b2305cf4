/** How much one workload, one address and everybody together may ask for. */

import { type FastifyReply, type onRequestHookHandler } from 'fastify';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { sendProblem } from './problem.ts';

const MINUTE = 60;

/**
 * Takes one from what a key may have in a minute.
 * @returns seconds after which it may try again; undefined where it got one
 */
export type Take = (key: string) => Promise<number | undefined>;

export function perMinute(points: number): Take {
  const limiter = new RateLimiterMemory({ points, duration: MINUTE });
  return (key) => limiter.consume(key).then(() => undefined, secondsOf);
}

/** For what is only known afterwards to count, such as a refusal. */
export interface Refusals {
  /** Seconds that an address has to wait; undefined where it may go on, at once where nobody was refused lately. */
  readonly wait: (address: string) => Promise<number | undefined> | undefined;
  readonly count: (address: string) => Promise<void>;
}

export function refusalsPerMinute(points: number): Refusals {
  const limiter = new RateLimiterMemory({ points, duration: MINUTE });
  let forgotten = 0;
  const secondsLeft = async (address: string) => {
    const used = await limiter.get(address);
    return used === null || used.consumedPoints < points ? undefined : secondsOf(used);
  };
  return {
    wait: (address) => (performance.now() > forgotten ? undefined : secondsLeft(address)),
    count: async (address) => {
      forgotten = performance.now() + MINUTE * 1000;
      await limiter.penalty(address);
    },
  };
}

function secondsOf(thrown: unknown): number {
  if (thrown instanceof RateLimiterRes) return Math.max(1, Math.ceil(thrown.msBeforeNext / 1000));
  throw thrown;
}

/**
 * Lets so many requests in at once, and tells the others to come back: a queue that only grows serves nobody in time.
 * For routes that sign; what comes from memory is always served.
 */
export function shedLoad(limit: number): onRequestHookHandler {
  let inside = 0;
  return (_request, reply, done) => {
    if (inside >= limit) {
      void sendProblem(comeBack(reply, 1), 503, 'the issuer has more requests than it can answer in time');
      return;
    }
    inside += 1;
    reply.raw.once('close', () => {
      inside -= 1;
    });
    done();
  };
}

/** Refuses addresses of which too many requests were refused: guessing must cost time. */
export function slowGuessing(refusals: Refusals): onRequestHookHandler {
  return (request, reply, done) => {
    const waiting = refusals.wait(request.ip);
    if (waiting === undefined) {
      done();
      return;
    }
    waiting.then((seconds) => {
      if (seconds === undefined) done();
      else void sendProblem(comeBack(reply, seconds), 429, 'too many requests of this address were refused');
    }, done);
  };
}

/** Seconds (RFC 9110, section 10.2.3). */
export function comeBack(reply: FastifyReply, seconds: number): FastifyReply {
  return reply.header('retry-after', seconds);
}
