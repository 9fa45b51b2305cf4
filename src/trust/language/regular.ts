/** Regular languages of text: what a claim may hold, and what a condition admits. */

import { type CharSet, EVERY_CHAR, charSet } from './chars.ts';

/** A regular expression over UTF-16 code units. */
export type Language =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'char'; readonly set: CharSet }
  | { readonly kind: 'sequence'; readonly parts: readonly Language[] }
  | { readonly kind: 'choice'; readonly options: readonly Language[] }
  | { readonly kind: 'repeat'; readonly of: Language }
  /** Every other text; not a part of another expression. */
  | { readonly kind: 'other'; readonly than: Language };

/** Exactly this text. */
export function text(value: string): Language {
  return { kind: 'text', text: value };
}

/** One character of the set. */
export function char(set: CharSet): Language {
  return { kind: 'char', set };
}

export function sequence(...parts: readonly Language[]): Language {
  return { kind: 'sequence', parts };
}

/** Any of the options; with none of them, no text at all. */
export function choice(...options: readonly Language[]): Language {
  return { kind: 'choice', options };
}

/** Any number of times, none included. */
export function repeat(of: Language): Language {
  return { kind: 'repeat', of };
}

/** At least once. */
export function some(of: Language): Language {
  return sequence(of, repeat(of));
}

/** Every text but those of the language. Only on the outside: it is no part of a sequence, choice or repetition. */
export function anyOther(than: Language): Language {
  return than.kind === 'other' ? than.than : { kind: 'other', than };
}

const ANY_CHAR = char(EVERY_CHAR);

/** Every text, the empty one included. */
export const ANY_TEXT: Language = repeat(ANY_CHAR);

/** No text. */
export const NO_TEXT: Language = choice();

export interface WildcardOptions {
  /** The character that stands for any single one (AWS: `?`); empty where there is none (Vault). */
  readonly one: string;
  /** Letters of either case match. */
  readonly ignoreCase?: boolean;
}

/** A pattern in which `*` stands for any run of characters, `:` and `/` included. */
export function wildcards(pattern: string, { one, ignoreCase = false }: WildcardOptions): Language {
  const parts: Language[] = [];
  let literal = '';
  const flush = () => {
    if (literal !== '') parts.push(ignoreCase ? anyCase(literal) : text(literal));
    literal = '';
  };
  for (const character of pattern) {
    if (character !== '*' && (one === '' || character !== one)) {
      literal += character;
      continue;
    }
    flush();
    parts.push(character === '*' ? ANY_TEXT : ANY_CHAR);
  }
  flush();
  return sequence(...parts);
}

/** The text with each letter in either case (as `toLowerCase` compares). */
export function anyCase(value: string): Language {
  return sequence(
    ...Array.from(value, (character) => {
      const [lower, upper] = [character.toLowerCase(), character.toUpperCase()];
      return lower === upper || lower.length !== 1 || upper.length !== 1
        ? text(character)
        : char(charSet(lower + upper));
    }),
  );
}
