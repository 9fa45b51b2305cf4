/** Words for the tables of `kinds/`: properties of a kind, and answers that say that something is gone. */
import type { Json, Property, ValueType } from '../core/kind.ts';

export type Properties = Record<string, Property>;

function each(names: readonly string[], property: Property): Properties {
  return Object.fromEntries(names.map((name) => [name, property]));
}

/** A change updates. */
export const changeable = (as: ValueType, ...names: string[]): Properties => each(names, { as });
/** A change makes a new one. */
export const fixed = (as: ValueType, ...names: string[]): Properties => each(names, { as, replace: true });
/** Kept as it was put in: the API does not tell it, or an emulator does not. */
export const kept = (as: ValueType, ...names: string[]): Properties => each(names, { as, unread: true });
export const outputs = (as: ValueType, ...names: string[]): Properties => each(names, { as, output: true });

/** How the services of AWS call it. */
const GONE = /NotFound|NoSuch|NonexistentItem|DoesNotExist|ClusterNotFound|InvalidAllocationID/;

/** Nothing, where the API says that there is no such thing. */
export async function unlessMissing<Result>(call: Promise<Result>): Promise<Result | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Error && GONE.test(error.name)) return undefined;
    throw error;
  }
}

type Letters = (text: string) => string;

function renamed(value: Json, rename: Letters): Json {
  if (Array.isArray(value)) return value.map((entry) => renamed(entry, rename));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [rename(key), renamed(entry, rename)]));
}

/** Pulumi's names as those of most APIs: `matchPattern` is `MatchPattern`. */
export const pascal = (value: Json): Json => renamed(value, (key) => key.charAt(0).toUpperCase() + key.slice(1));
/** And back. */
export const camel = (value: Json): Json => renamed(value, (key) => key.charAt(0).toLowerCase() + key.slice(1));

/** An answer of the SDK as data: without what is undefined, and with dates as text. */
export const plain = (answer: unknown): Json => JSON.parse(JSON.stringify(answer ?? null)) as Json;
