/** The nearest of the names that would have been right. */

/** Levenshtein's distance, by rows. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [i, left] of Array.from(from).entries()) {
    const next = [i + 1];
    for (const [j, right] of Array.from(to).entries()) {
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, (row[j] ?? 0) + (left === right ? 0 : 1)));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

/** `did you mean X?` where one is near, else all that there is. */
export function suggest(wrong: string, offered: readonly string[]): string {
  const ranked = offered.map((name) => ({ name, far: distance(wrong, name) })).sort((a, b) => a.far - b.far);
  const best = ranked[0];
  // A name with which nothing is shared is not near, however short it is.
  const near = best !== undefined && best.far < Math.max(wrong.length, best.name.length);
  if (near && best.far <= Math.max(2, Math.floor(wrong.length / 3))) return `did you mean ${best.name}?`;
  return offered.length === 0 ? 'there are none' : `there are: ${offered.join(', ')}`;
}
