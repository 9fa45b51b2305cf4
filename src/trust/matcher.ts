/** What one value of a claim is compared with. */

/** `like`: `*` stands for any run of characters, the empty one included; every other character is itself. */
export type Matcher = { readonly equals: string } | { readonly like: string };

/** The text that begins every value which the matcher admits, and whether it is the whole value. */
export function fixedBeginning(matcher: Matcher): { readonly text: string; readonly complete: boolean } {
  if ('equals' in matcher) return { text: matcher.equals, complete: true };
  const star = matcher.like.indexOf('*');
  return star < 0 ? { text: matcher.like, complete: true } : { text: matcher.like.slice(0, star), complete: false };
}

export function matcherText(matcher: Matcher): string {
  return 'equals' in matcher ? matcher.equals : matcher.like;
}

export function admits(matcher: Matcher, value: string): boolean {
  return 'equals' in matcher ? matcher.equals === value : matchesWildcards(matcher.like, value, '');
}

/** A pattern, character by character: UTF-16 code units, and these two. */
export type Pattern = readonly number[];

/** Any run of characters. */
export const ANY_RUN = -1;
/** Any single character. */
export const ANY_ONE = -2;
/** Behind the last one: no character. */
const END = -3;

/** The pattern of a text in which `*` is any run of characters and `one` (AWS: `?`) any single one. */
export function patternOf(text: string, one: string): Pattern {
  const pattern: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    pattern.push(character === '*' ? ANY_RUN : character === one ? ANY_ONE : text.charCodeAt(at));
  }
  return pattern;
}

/** The pattern of a text in which every character is itself. */
export function codesOf(text: string): Pattern {
  return Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
}

/** Does the pattern match the whole value? Takes time in the product of the lengths at worst, whatever the pattern. */
export function matches(pattern: Pattern, value: string): boolean {
  let p = 0;
  let v = 0;
  let star = -1;
  let resume = 0;
  while (v < value.length) {
    const code = pattern[p] ?? END;
    if (code === ANY_RUN) {
      star = p++;
      resume = v;
    } else if (code === value.charCodeAt(v) || code === ANY_ONE) {
      p++;
      v++;
    } else if (star >= 0) {
      p = star + 1;
      v = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === ANY_RUN) p++;
  return p === pattern.length;
}

export function matchesWildcards(text: string, value: string, one: string): boolean {
  const plain = !text.includes('*') && (one === '' || !text.includes(one));
  return plain ? text === value : matches(patternOf(text, one), value);
}
