/** Text of a policy with its variables (IAM User Guide, "IAM policy elements: variables and tags"). */

import { type Pattern, codesOf, patternOf } from '../matcher.ts';
import { type KeyValues } from './request.ts';

/** Only in this version does `${…}` mean anything (IAM JSON policy elements: Version). */
export const WITH_VARIABLES = '2012-10-17';

/** `${…}`, which holds a key, and maybe a default between quotes. */
const VARIABLE = /\$\{([^}]*)\}/g;
const KEY = /^\s*(?<key>[^,]*?)\s*(?:,\s*'(?<fallback>[^']*)'\s*)?$/;

/** Characters that stand for themselves when they are written as variables. */
const LITERALS = ['*', '?', '$'];

/** Does the text depend on the request? */
export function hasVariables(text: string, version: string): boolean {
  return version === WITH_VARIABLES && text.includes('${');
}

/**
 * The characters that a value must have. Undefined where a variable has no value, so that nothing matches; `unknown` where that
 * value is not known.
 */
export function resolve(
  text: string,
  version: string,
  valuesOf: (key: string) => KeyValues,
): Pattern | undefined | 'unknown' {
  if (!hasVariables(text, version)) return patternOf(text, '?');
  const pattern: number[] = [];
  let end = 0;
  for (const found of text.matchAll(VARIABLE)) {
    pattern.push(...patternOf(text.slice(end, found.index), '?'));
    end = found.index + found[0].length;
    const value = valueOf(found[1] ?? '', valuesOf);
    if (value === undefined || value.kind === 'unknown') return value?.kind;
    pattern.push(...codesOf(value.text));
  }
  return [...pattern, ...patternOf(text.slice(end), '?')];
}

type Value = { readonly kind: 'unknown' } | { readonly kind: 'text'; readonly text: string } | undefined;

/** A key with several values cannot be a variable. */
function valueOf(variable: string, valuesOf: (key: string) => KeyValues): Value {
  if (LITERALS.includes(variable)) return { kind: 'text', text: variable };
  const { key = '', fallback } = KEY.exec(variable)?.groups ?? {};
  const values = valuesOf(key);
  if (values === 'unknown') return { kind: 'unknown' };
  const text = values === undefined ? fallback : values.length === 1 ? values[0] : undefined;
  return text === undefined ? undefined : { kind: 'text', text };
}
