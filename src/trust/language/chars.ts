/** Sets of characters (UTF-16 code units), and the coarsest division of all characters that respects several sets. */

/** Sorted, disjoint ranges of code units, both ends included. */
export type CharSet = readonly (readonly [first: number, last: number])[];

const LAST = 0xffff;

export const EVERY_CHAR: CharSet = [[0, LAST]];

/** The characters of a text, and ranges written as `a-z`. */
export function charSet(characters: string, ...ranges: readonly string[]): CharSet {
  const single = Array.from({ length: characters.length }, (_, at): [number, number] => {
    const code = characters.charCodeAt(at);
    return [code, code];
  });
  return merge([...single, ...ranges.map((range): [number, number] => [range.charCodeAt(0), range.charCodeAt(2)])]);
}

/** All other characters. */
export function complement(set: CharSet): CharSet {
  const gaps: [number, number][] = [];
  let next = 0;
  for (const [first, last] of set) {
    if (first > next) gaps.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= LAST) gaps.push([next, LAST]);
  return gaps;
}

function merge(ranges: [number, number][]): CharSet {
  const merged: [number, number][] = [];
  for (const [first, last] of ranges.sort((left, right) => left[0] - right[0])) {
    const open = merged.at(-1);
    if (open !== undefined && first <= open[1] + 1) open[1] = Math.max(open[1], last);
    else merged.push([first, last]);
  }
  return merged;
}

/** Characters that no set tells apart are one class, which a representative stands for. */
export interface Classes {
  /** All of them, those first of which a character reads well. */
  readonly inOrder: readonly number[];
  /** A character of each class, one that reads well where there is one. */
  readonly representatives: readonly string[];
  /** The class of a code unit. */
  of(code: number): number;
  /** The classes that make up one of the sets which were divided. */
  within(set: CharSet): readonly number[];
}

/** What a witness is best written with. */
const PLEASANT = 'xyzabcdefghijklmnopqrstuvw0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_./@:';

/** The coarsest classes of which each of the sets is a union. */
export function divide(sets: Iterable<CharSet>): Classes {
  const distinct = [...new Set(sets)];
  const bounds = [...new Set([0, ...distinct.flatMap((set) => set.flatMap(([first, last]) => [first, last + 1]))])]
    .filter((bound) => bound <= LAST)
    .sort((left, right) => left - right);
  const segmentOf = segmentsBetween(bounds);
  const signatures = bounds.map(() => [] as number[]);
  for (const [index, set] of distinct.entries()) {
    for (const [first, last] of set) {
      for (let at = segmentOf(first); at < bounds.length && (bounds[at] ?? 0) <= last; at++)
        signatures[at]?.push(index);
    }
  }
  const known = new Map<string, number>();
  const classOfSegment = signatures.map((signature) => {
    const key = signature.join();
    const found = known.get(key) ?? known.size;
    known.set(key, found);
    return found;
  });
  const of = (code: number): number => classOfSegment[segmentOf(code)] ?? 0;
  const representatives = Array.from({ length: known.size }, () => '');
  const pleasant = new Set<number>();
  for (const character of PLEASANT) {
    const at = of(character.charCodeAt(0));
    representatives[at] ||= character;
    pleasant.add(at);
  }
  for (const [at, first] of bounds.entries()) {
    const size = (bounds[at + 1] ?? LAST + 1) - first;
    representatives[classOfSegment[at] ?? 0] ||= String.fromCharCode(readable(first, size));
  }
  const inOrder = [...new Set([...pleasant, ...representatives.keys()])];
  const memo = new Map<CharSet, readonly number[]>();
  const within = (set: CharSet): readonly number[] => {
    const found = memo.get(set) ?? [...new Set(set.flatMap(([first, last]) => segments(first, last)))];
    memo.set(set, found);
    return found;
  };
  const segments = (first: number, last: number): number[] => {
    const classes: number[] = [];
    for (let at = segmentOf(first); at < bounds.length && (bounds[at] ?? 0) <= last; at++)
      classes.push(classOfSegment[at] ?? 0);
    return classes;
  };
  return { inOrder, representatives, of, within };
}

/** Code units that nearly every text is made of. */
const ASCII = 128;

/** Between which of the bounds a code unit lies: the last one that is not above it. The first bound is 0. */
function segmentsBetween(bounds: readonly number[]): (code: number) => number {
  const ofAscii = new Uint32Array(ASCII);
  for (let code = 0, at = 0; code < ASCII; code++) {
    while ((bounds[at + 1] ?? Infinity) <= code) at++;
    ofAscii[code] = at;
  }
  return (code) => {
    if (code < ASCII) return ofAscii[code] ?? 0;
    let [low, high] = [0, bounds.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((bounds[middle] ?? 0) <= code) low = middle;
      else high = middle - 1;
    }
    return low;
  };
}

/** A printable character of the range, where it has one. */
function readable(first: number, size: number): number {
  const printable = 0x21;
  return first < printable && first + size > printable ? printable : first;
}
