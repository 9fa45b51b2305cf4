/** A whole stand-in plugin, before it is put on the wire: its kinds, its functions and how it reaches the real API. */
import { createRequire } from 'node:module';
import type { Bag, Kind } from './kind.ts';

export interface Plugin<Api> {
  readonly name: 'aws' | 'vault';
  /** Type token to kind. */
  readonly kinds: Readonly<Record<string, Kind<Api>>>;
  /** Function token to function. */
  readonly functions: Readonly<Record<string, (api: Api, args: Bag) => Promise<Bag>>>;
  /** Reaches the API with the stack's configuration (`aws:region`, `vault:address`, …) over that of the environment. */
  connect(config: Bag): Api;
}

const require = createRequire(import.meta.url);

/** The version of the SDK beside it: the engine asks the plugin for the version the program's SDK names. */
export function sdkVersion(name: string): string {
  return (require(`@pulumi/${name}/package.json`) as { version: string }).version;
}

export function kindOf<Api>(plugin: Plugin<Api>, type: string): Kind<Api> {
  const kind = plugin.kinds[type];
  if (kind === undefined) throw new Error(lacks(plugin, 'resource type', type, Object.keys(plugin.kinds)));
  return kind;
}

export function functionOf<Api>(plugin: Plugin<Api>, token: string): (api: Api, args: Bag) => Promise<Bag> {
  const found = plugin.functions[token];
  if (found === undefined) throw new Error(lacks(plugin, 'function', token, Object.keys(plugin.functions)));
  return found;
}

function lacks(plugin: { readonly name: string }, what: string, token: string, has: readonly string[]): string {
  const install = `pulumi plugin install resource ${plugin.name} v${sdkVersion(plugin.name)}`;
  return (
    `the stand-in for pulumi-resource-${plugin.name} does not have the ${what} '${token}'. It is test equipment of idp-kit and ` +
    `has: ${has.join(', ') || 'none'}. Get the real plugin with \`${install}\`, or put pulumi-resource-${plugin.name} on PATH.`
  );
}
