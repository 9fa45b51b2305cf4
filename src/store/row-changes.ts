/** Whether anybody has changed a row that may be kept: one small question for many tokens. */

import { type Kysely } from 'kysely';
import { prepare } from './prepared.ts';
import { tablesGone } from './queries.ts';
import { type Schema } from './schema.ts';

/** Those who ask within this time get the same answer: what another process wrote is seen this much later at most. */
const SEEN_MILLISECONDS = 20;

/**
 * The value of `row_changes`, from memory or from the store. Rejects as its queries do.
 * @param mayDiffer where the database knows a cheaper question: false only if nobody has written since it was last asked
 */
export function latestChange(
  db: Kysely<Schema>,
  mayDiffer: () => boolean = () => true,
): () => string | Promise<string> {
  const query = prepare(db, db.selectFrom('row_changes').select('latest'));
  let known: string | undefined;
  let asking: Promise<string> | undefined;
  let askedAt = -Infinity;
  const ask = async () => {
    try {
      const [row] = await query();
      if (row === undefined) throw tablesGone();
      known = row.latest;
      return known;
    } finally {
      asking = undefined;
    }
  };
  return () => {
    if (asking !== undefined) return asking;
    const now = performance.now();
    if (known !== undefined && now - askedAt < SEEN_MILLISECONDS) return known;
    askedAt = now;
    if (!mayDiffer() && known !== undefined) return known;
    // Should the question fail, it is asked again.
    known = undefined;
    asking = ask();
    return asking;
  };
}
