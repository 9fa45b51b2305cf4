/** How much one workload, one address and everybody together may ask for. */

import { type FastifyReply, type FastifyRequest, type onRequestHookHandler } from 'fastify';
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
  /** Seconds that an address has to wait; undefined where it may go on. */
  readonly wait: (address: string) => Promise<number | undefined>;
  readonly count: (address: string) => Promise<void>;
}

export function refusalsPerMinute(points: number): Refusals {
  const limiter = new RateLimiterMemory({ points, duration: MINUTE });
  return {
    wait: async (address) => {
      const used = await limiter.get(address);
      return used === null || used.consumedPoints < points ? undefined : secondsOf(used);
    },
    count: async (address) => {
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
export function slowGuessing(refusals: Refusals) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const seconds = await refusals.wait(request.ip);
    if (seconds === undefined) return undefined;
    return sendProblem(comeBack(reply, seconds), 429, 'too many requests of this address were refused');
  };
}

/** Seconds (RFC 9110, section 10.2.3). */
export function comeBack(reply: FastifyReply, seconds: number): FastifyReply {
  return reply.header('retry-after', seconds);
}
