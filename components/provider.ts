/**
 * Serves the components to Pulumi programs in other languages. The schema is in a file: Pulumi's own host makes it from TypeScript
 * sources each time it starts, which a package does not have, and for which it needs a compiler.
 */

import { readFileSync } from 'node:fs';
import * as pulumi from '@pulumi/pulumi';
import { type Provider, main } from '@pulumi/pulumi/provider/index.js';
import * as exported from './index.ts';

type Component = new (
  name: string,
  args: pulumi.Inputs,
  opts?: pulumi.ComponentResourceOptions,
) => pulumi.ComponentResource;

interface Schema {
  readonly name: string;
  readonly resources: Readonly<Record<string, { readonly properties: Readonly<Record<string, unknown>> }>>;
}

/** The classes by their names, which are the last part of their tokens. */
export const COMPONENTS: ReadonlyMap<string, Component> = new Map(
  Object.entries(exported).flatMap(([name, value]) => (isComponent(value) ? [[name, value]] : [])),
);

function isComponent(value: unknown): value is Component {
  return typeof value === 'function' && value.prototype instanceof pulumi.ComponentResource;
}

/** The provider. @param version that of the package */
export function componentProvider(version: string): Provider {
  const schema = JSON.parse(readFileSync(new URL('./schema.json', import.meta.url), 'utf8')) as Schema;
  return {
    version,
    getSchema: () => Promise.resolve(JSON.stringify({ ...schema, version })),
    construct: (name, type, inputs, options) => {
      const known = schema.resources[type];
      const Class = COMPONENTS.get(type.slice(type.lastIndexOf(':') + 1));
      if (known === undefined || Class === undefined)
        throw new Error(`${schema.name} ${version} has no component ${type}`);
      const made = new Class(name, inputs, options);
      const outputs = Object.keys(known.properties).map((property) => [property, Reflect.get(made, property)] as const);
      return Promise.resolve({ urn: made.urn, state: Object.fromEntries(outputs) });
    },
  };
}

/** Answers the engine until it ends. @param args what the engine gives: its own address */
export function serve(version: string, args: readonly string[]): Promise<void> {
  return main(componentProvider(version), [...args]);
}
