/** What an operator does to an issuer's keys. */

import { problem } from '../claims/problem.ts';
import { type KeyRecord } from '../keys/record.ts';
import { type Outcome, done, refusal } from './outcome.ts';
import { type Issuer } from './settings.ts';

/** A key record without its private key. */
export type KeyStatus = Omit<KeyRecord, 'handle'>;

export function keyStatus(issuer: Issuer): readonly KeyStatus[] {
  return issuer.ring.records().map((record) => {
    const { kid, algorithm, state, createdAt, publishedAt, activeAt, retiringAt, removedAt, publicJwk } = record;
    const times = { createdAt, publishedAt, activeAt, retiringAt, removedAt };
    return { issuer: record.issuer, kid, algorithm, state, ...times, publicJwk };
  });
}

/** Publishes a new key, which signs later: no verification fails meanwhile. */
export async function rotateKeys(issuer: Issuer): Promise<Outcome<readonly KeyStatus[]>> {
  const rotated = await issuer.ring.rotate(issuer.actor);
  if (!rotated.ok) {
    const { activeAt } = rotated;
    const when = activeAt === null ? 'once it is published' : `at ${new Date(activeAt * 1000).toISOString()}`;
    return refusal('conflict', [
      problem(
        [],
        `a rotation is under way: the key ${rotated.kid} becomes active ${when}`,
        'in an emergency, replace the keys',
      ),
    ]);
  }
  return done(keyStatus(issuer));
}

/** Removes every key at once and signs with a new one: tokens that are out become unverifiable. */
export async function replaceKeys(issuer: Issuer): Promise<readonly KeyStatus[]> {
  await issuer.ring.replace(issuer.actor);
  return keyStatus(issuer);
}

/** Seals private keys again as new ones are. Says which. */
export async function resealKeys(issuer: Issuer): Promise<readonly string[]> {
  return issuer.ring.reseal(issuer.actor);
}
