/** Which timings of a rotation no verifier can notice. Pure. */

import { type Timings } from './plan.ts';

/** What the rotation has to be safe for, in seconds. */
export interface Surroundings {
  /** The longest life of a token. */
  readonly tokenLife: number;
  /** How long relying parties use the JWKS before they fetch it again. */
  readonly cacheAge: number;
  /** How long after its end a token is still taken. AWS: 300 s. */
  readonly leeway: number;
  /** How far replicas are apart: what one knows before the other, and their clocks. */
  readonly spread: number;
}

/**
 * A key signs only when every cache has it: one that was filled by the slowest replica just before it published the key.
 * It goes only when no token of it is taken any more: one that the slowest replica signed at the last moment.
 */
export function leastTimings({ tokenLife, cacheAge, leeway, spread }: Surroundings): Omit<Timings, 'rotateSeconds'> {
  return { publishSeconds: cacheAge + spread, keepSeconds: tokenLife + leeway + cacheAge + spread };
}

/** The timings that would break a verifier, or never come to an end; none where they are safe. */
export function unsafeTimings(timings: Timings, surroundings: Surroundings): (keyof Timings)[] {
  const least = leastTimings(surroundings);
  const { publishSeconds, keepSeconds, rotateSeconds } = timings;
  return [
    ...(publishSeconds < least.publishSeconds ? (['publishSeconds'] as const) : []),
    ...(keepSeconds < least.keepSeconds ? (['keepSeconds'] as const) : []),
    // The next key is published before this one is old enough, so it must not be old when it begins to sign.
    ...(rotateSeconds !== null && rotateSeconds <= publishSeconds ? (['rotateSeconds'] as const) : []),
  ];
}
