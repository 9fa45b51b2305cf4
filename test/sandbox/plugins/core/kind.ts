/** What one resource type is to a stand-in plugin: a table of properties and four calls to the real API. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Bag = Record<string, Json>;

/** How values of a property are checked and compared; `set` ignores order, `policy` compares JSON documents by meaning. */
export type ValueType = 'string' | 'number' | 'boolean' | 'list' | 'set' | 'map' | 'policy' | 'block';

export interface Property {
  readonly as: ValueType;
  /** Compares two values where `as` alone does not say when they mean the same. */
  readonly same?: (left: Json, right: Json) => boolean;
  readonly required?: true;
  /** Put in by check when the program gives none, as the real provider's schema does. */
  readonly default?: Json;
  /** Without a value from the program the API's own answer stands (Terraform: Optional and Computed). */
  readonly computed?: true;
  /** Never an input. */
  readonly output?: true;
  /** A change makes a new resource (Terraform: ForceNew). */
  readonly replace?: true;
  /** Named after the resource, with a random suffix, when the program gives no name. */
  readonly autoName?: true;
  /** The API never tells it: what was put in stays in the state. */
  readonly unread?: true;
}

export interface Kind<Api> {
  readonly properties: Readonly<Record<string, Property>>;
  /** Makes the resource and yields its id. What fails half way is undone here: the engine knows nothing of it yet. */
  create(api: Api, inputs: Bag): Promise<string>;
  /** Everything the API knows of it, or nothing when it is gone. `state` is empty at import. */
  read(api: Api, id: string, state: Bag): Promise<Bag | undefined>;
  /** Left out where every input replaces. */
  update?(api: Api, id: string, olds: Bag, news: Bag): Promise<void>;
  delete(api: Api, id: string, state: Bag): Promise<void>;
}

/** The engine's mark for a value that is not known before the update runs (pulumi/sdk, plugin.UnknownStringValue). */
export const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
/** Its siblings for a boolean, a number, an array and an object. */
const UNKNOWNS = new Set([
  UNKNOWN,
  '1c4a061d-8072-4f0a-a4cb-0ff528b18fe7',
  '3eeb2bf0-c639-47a8-9e75-3b44932eb421',
  '6a19a0b0-7e62-4c92-b797-7f8e31da9cc2',
  'dd056dcd-154b-4c76-9bd3-c8f88648b5ff',
]);

export function hasUnknown(value: Json | undefined): boolean {
  if (typeof value === 'string') return UNKNOWNS.has(value);
  if (Array.isArray(value)) return value.some(hasUnknown);
  return typeof value === 'object' && value !== null && Object.values(value).some(hasUnknown);
}

export const isBag = (value: Json | undefined): value is Bag =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
export const texts = (value: Json | undefined): string[] => (Array.isArray(value) ? value.map(text) : []);
/** A map of strings, as tags and bound claims are; what is not a string is left out. */
export const stringMap = (value: Json | undefined): Record<string, string> =>
  isBag(value) ? Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, text(entry)])) : {};

/** The first of several settings that is set; an empty text is not. */
export const firstSet = (...settings: readonly (Json | undefined)[]): string | undefined =>
  settings.map(text).find((setting) => setting !== '');

/** Drops what is undefined, so that an absent answer is an absent property. */
export function bag(entries: Readonly<Record<string, Json | undefined>>): Bag {
  const result: Bag = {};
  for (const [key, value] of Object.entries(entries)) if (value !== undefined) result[key] = value;
  return result;
}
