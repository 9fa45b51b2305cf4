/**
 * The three functions of the `reflect-metadata` proposal that tsyringe, a dependency of @peculiar/x509, asks for when it is
 * loaded. Nothing here uses decorators' metadata, so a table in memory is enough and spares a dependency. Import it first.
 */
const tables = new WeakMap<object, Map<unknown, unknown>>();

function own(key: unknown, target: object): unknown {
  return tables.get(target)?.get(key);
}

function inherited(key: unknown, target: object | null): unknown {
  if (target === null) return undefined;
  return own(key, target) ?? inherited(key, Object.getPrototypeOf(target) as object | null);
}

function define(key: unknown, value: unknown, target: object): void {
  const table = tables.get(target) ?? new Map<unknown, unknown>();
  tables.set(target, table.set(key, value));
}

if (!('getMetadata' in Reflect)) {
  Object.assign(Reflect, { getMetadata: inherited, getOwnMetadata: own, defineMetadata: define });
}
