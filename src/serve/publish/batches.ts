/** Many files at once, but not all: an issuer with `per_organization` has some for each organization. */

const BATCH = 20;

/** The results, in the order of the items. */
export async function inBatches<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += BATCH) {
    results.push(...(await Promise.all(items.slice(start, start + BATCH).map(run))));
  }
  return results;
}
