/** Text of a policy as a pattern: wildcards, policy variables, and the three literals `${*}`, `${?}`, `${$}`. */
import type { Context } from './condition-keys.ts';

/** A pattern in pieces: literal text, or a wildcard. */
export type Piece = { readonly text: string } | { readonly wildcard: '*' | '?' };

export interface PatternOptions {
  readonly context: Context;
  /** Variables mean something only in policies of version 2012-10-17 (IAM User Guide, "Version"). */
  readonly variables: boolean;
}

/** Nothing where a variable has no value and no default: such a text matches nothing. */
export function piecesOf(source: string, { context, variables }: PatternOptions): readonly Piece[] | undefined {
  const pieces: Piece[] = [];
  const tokens = variables ? /\$\{([^}]*)\}|[*?]|[^*?$]+|\$/g : /[*?]|[^*?]+/g;
  for (const [token, variable] of source.matchAll(tokens)) {
    if (variable !== undefined) {
      const text = valueOf(variable, context);
      if (text === undefined) return undefined;
      pieces.push({ text });
    } else if (token === '*' || token === '?') pieces.push({ wildcard: token });
    else pieces.push({ text: token });
  }
  return pieces;
}

function valueOf(variable: string, context: Context): string | undefined {
  if (variable === '*' || variable === '?' || variable === '$') return variable;
  const [, key = '', fallback] = /^\s*([^,]*?)\s*(?:,\s*'([^']*)'\s*)?$/.exec(variable) ?? [];
  const values = context.get(key.toLowerCase());
  // Keys with several values cannot be variables (IAM User Guide, "Variables and tags").
  return values?.length === 1 ? values[0] : values === undefined ? fallback : undefined;
}

/** The text, with wildcards as the characters they are: what StringEquals compares. */
export const literalOf = (pieces: readonly Piece[]): string =>
  pieces.map((piece) => ('text' in piece ? piece.text : piece.wildcard)).join('');

/** `*` is any run of characters, `?` any one, `:` and `/` included. */
export function matches(pieces: readonly Piece[], value: string): boolean {
  const source = pieces.map((piece) => ('text' in piece ? escape(piece.text) : WILDCARD[piece.wildcard])).join('');
  return new RegExp(`^${source}$`, 'su').test(value);
}

/** RegExp.escape is not in every Node that the kit runs on. */
const escape = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

const WILDCARD = { '*': '.*', '?': '.' } as const;

/** Cuts a pattern or a text into the six parts of an ARN at its first five colons. */
export function arnSegments(pieces: readonly Piece[]): readonly (readonly Piece[])[] {
  const segments: Piece[][] = [[]];
  for (const piece of pieces) {
    if ('wildcard' in piece) {
      segments.at(-1)?.push(piece);
      continue;
    }
    const parts = piece.text.split(':');
    const room = ARN_PARTS - segments.length;
    const [first = '', ...rest] = [
      ...parts.slice(0, room),
      ...(parts.length > room ? [parts.slice(room).join(':')] : []),
    ];
    segments.at(-1)?.push({ text: first });
    for (const part of rest) segments.push([{ text: part }]);
  }
  return segments;
}

const ARN_PARTS = 6;
