// Version numbers as programs print them, and the ranges of them that the tool table accepts.

/**
 * The first version number in a program's output.
 *
 * @param {string} text
 * @returns {string | undefined}
 */
export function findVersion(text) {
  return /\d+\.\d+(?:\.\d+)*/.exec(text)?.[0];
}

/**
 * @param {string} left
 * @param {string} right
 * @returns {number} negative, zero or positive; missing parts count as zero
 */
export function compareVersions(left, right) {
  const a = left.split('.').map(Number);
  const b = right.split('.').map(Number);
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * @param {string} version
 * @param {string} range bounds such as `>=1.19 <3`, alternatives joined by `||`
 */
export function satisfies(version, range) {
  return range.split('||').some((bounds) =>
    bounds
      .trim()
      .split(/\s+/)
      .every((bound) => meets(version, bound)),
  );
}

/**
 * @param {string} version
 * @param {string} bound
 */
function meets(version, bound) {
  const [, operator, limit] = /^(>=|<)(\d+(?:\.\d+)*)$/.exec(bound) ?? [];
  if (limit === undefined) throw new TypeError(`not a version bound: ${JSON.stringify(bound)}`);
  const order = compareVersions(version, limit);
  return operator === '>=' ? order >= 0 : order < 0;
}
