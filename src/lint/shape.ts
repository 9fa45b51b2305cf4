/**
 * What a policy is like, whatever the names in it: nothing that is asked of it depends on whether a repository is called `api` or
 * `web`, so one answer does for all policies of a shape.
 */

import { type IssuerProfile } from '../claims/profile.ts';

export interface Names {
  /** The text with stand-ins for its names. */
  readonly rename: (text: string) => string;
  /** The value with its names again, wherever it has text. */
  readonly restore: <T>(value: T) => T;
}

const SEPARATORS = /([:/@|]+)/;
const NAME = /^[A-Za-z0-9_-]{3,}$/;
const DIGITS = /^[0-9]{3,}$/;
const WILDCARDS = /[*?]/;
const STAND_IN = /qz[0-9]+z|7{6}[0-9]{3}7{6}/g;

/** Words that mean something: what rules ask for, and kinds of refs. */
const WORDS = ['refs', 'heads', 'tags', 'not-reviewed', 'workflows', 'true', 'false', 'branch', 'tag'];

/**
 * Stand-ins for the names in the texts. Part of a name, as in `v*`, stays as it is; undefined where it could be part of one of the names.
 * @param words that stay as they are
 */
export function namesIn(texts: readonly string[], words: ReadonlySet<string>): Names | undefined {
  if (texts.some((text) => text.search(STAND_IN) >= 0)) return undefined;
  const pieces = texts.map((text) => text.split(SEPARATORS));
  const standIns = new Map<string, string>();
  const nameOf = (piece: string): string => {
    if (!NAME.test(piece) || words.has(piece)) return piece;
    const count = standIns.size;
    const known = standIns.get(piece) ?? (DIGITS.test(piece) ? `777777${100 + count}777777` : `qz${count}z`);
    standIns.set(piece, known);
    return known;
  };
  const renamed = new Map(texts.map((text, at) => [text, pieces[at]?.map(nameOf).join('') ?? text]));
  const parts = pieces.flat().filter((piece) => WILDCARDS.test(piece) && /[^*?]/.test(piece));
  const isIn = (part: string) => [...standIns].flat().some((name) => mayHave(name, part));
  if (standIns.size > MOST || parts.some(isIn)) return undefined;
  const names = new Map([...standIns].map(([name, standIn]) => [standIn, name]));
  const textOf = (text: string) =>
    text.includes('qz') || text.includes('777777')
      ? text.replaceAll(STAND_IN, (found) => names.get(found) ?? found)
      : text;
  return {
    rename: (text) => renamed.get(text) ?? text,
    restore: (value) => restoreIn(value, textOf),
  };
}

/** Has the name any of the texts between the wildcards where the pattern has it: at its beginning, at its end, or anywhere? */
function mayHave(name: string, pattern: string): boolean {
  const fixed = pattern.split(WILDCARDS);
  return fixed.some((text, at) => {
    if (text === '') return false;
    if (at === 0) return name.startsWith(text);
    return at === fixed.length - 1 ? name.endsWith(text) : name.includes(text);
  });
}

/** As many as there are stand-ins of three digits. */
const MOST = 900;

function restoreIn<T>(value: T, textOf: (text: string) => string): T {
  if (typeof value === 'string') return textOf(value) as T;
  if (Array.isArray(value)) return value.map((one: unknown) => restoreIn(one, textOf)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, restoreIn<unknown>(one, textOf)])) as T;
}

/**
 * Words of the subjects and claims of the profiles.
 * @param names that are asked for beside them, so that policies which have them are no others' equals
 */
export function wordsOf(profiles: readonly IssuerProfile[], names: readonly string[] = []): ReadonlySet<string> {
  const variants = profiles.flatMap((profile) => Object.values(profile.variants));
  const texts = variants.flatMap(({ claims, subject, facts = {} }) => [
    ...Object.keys(claims),
    ...Object.keys(facts),
    ...(subject.kind === 'templates' ? subject.templates : subject.minted).flatMap(({ parts, fixed, except = {} }) => [
      ...parts.flatMap((part) => ('literal' in part ? [part.literal] : [part.claim])),
      ...Object.values(fixed),
      ...Object.values(except),
    ]),
  ]);
  return new Set([...WORDS, ...[...texts, ...names].flatMap((text) => text.split(SEPARATORS))]);
}
