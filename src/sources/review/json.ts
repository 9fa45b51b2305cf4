/** JSON of which nothing is known yet, read member by member. */

import { type Json, Unknown } from '../../trust/resource.ts';

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Unknown);

/** A member that is an object; none where it is not. */
export const objectAt = (value: unknown, name: string): Json => {
  const found = memberAt(value, name);
  return isObject(found) ? found : {};
};

export const memberAt = (value: unknown, name: string): unknown =>
  isObject(value) && Object.hasOwn(value, name) ? (value[name] ?? undefined) : undefined;

export const listAt = (value: unknown, name: string): readonly unknown[] => {
  const found = memberAt(value, name);
  return Array.isArray(found) ? found : found === undefined ? [] : [found];
};

export const textAt = (value: unknown, name: string): string | undefined => {
  const found = memberAt(value, name);
  return typeof found === 'string' && found !== '' ? found : undefined;
};

/** Members with other names; what is null, or empty in a way that the format writes for absent, is left out. */
export function renamed(source: Json, names: Readonly<Record<string, string>>): Json {
  return Object.fromEntries(
    Object.entries(names).flatMap(([name, target]): [string, unknown][] => {
      const value = memberAt(source, name);
      return value === undefined || value === '' ? [] : [[target, value]];
    }),
  );
}
