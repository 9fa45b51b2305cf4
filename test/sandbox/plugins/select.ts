/** Which provider plugins a stack runs with: the real ones where the machine has them, else the stand-ins. */
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';

export type PluginName = 'aws' | 'vault';

/** A real plugin with its version (`unknown` where it does not tell), or a stand-in. */
export type PluginUsed =
  | { readonly kind: 'real'; readonly version: string; readonly file: string }
  | { readonly kind: 'stand-in'; readonly file: string };

export interface PluginPathOptions {
  /** Where executables are put; made when it is not there. To be put first on the PATH of `pulumi`. */
  readonly directory: string;
  /** PATH, on which a real plugin wins. */
  readonly path: string;
  /** Pulumi's home folders, whose `plugins/resource-NAME-vX/` come next: PULUMI_HOME, `~/.pulumi`. */
  readonly pulumiHomes: readonly string[];
  /** The node that runs the stand-ins. @default process.execPath */
  readonly node?: string;
}

export interface PluginPath {
  readonly dir: string;
  readonly used: Readonly<Record<PluginName, PluginUsed>>;
}

/** The first line of a stand-in's comment, by which it is told from a real plugin when its folder is already on PATH. */
const MARK = '#!/bin/sh\n# idp-kit stand-in';

export function pluginPath(options: PluginPathOptions): PluginPath {
  mkdirSync(options.directory, { recursive: true });
  const use = (name: PluginName): PluginUsed => {
    const target = join(options.directory, `pulumi-resource-${name}`);
    rmSync(target, { force: true });
    const real = onPath(name, options.path) ?? inHomes(name, options.pulumiHomes);
    if (real === undefined) return standIn(name, target, options.node ?? process.execPath);
    // The stack may run under another PULUMI_HOME, which does not have the plugin: so it gets a place on PATH.
    symlinkSync(real.file, target);
    return real;
  };
  return { dir: options.directory, used: { aws: use('aws'), vault: use('vault') } };
}

type Real = Extract<PluginUsed, { kind: 'real' }>;

function onPath(name: PluginName, path: string): Real | undefined {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, `pulumi-resource-${name}`);
    if (folder === '' || !isExecutable(file) || isStandIn(file)) continue;
    // The bridged providers print their version and end.
    const { stdout, status } = spawnSync(file, ['--version'], { encoding: 'utf8', timeout: 10_000 });
    return { kind: 'real', version: (status === 0 && stdout.trim().replace(/^v/, '')) || 'unknown', file };
  }
  return undefined;
}

function inHomes(name: PluginName, homes: readonly string[]): Real | undefined {
  const prefix = `resource-${name}-v`;
  for (const home of homes) {
    const versions = list(join(home, 'plugins'))
      .filter((entry) => entry.startsWith(prefix))
      .map((entry) => entry.slice(prefix.length))
      .sort((left, right) => right.localeCompare(left, 'en', { numeric: true }));
    for (const version of versions) {
      const file = join(home, 'plugins', `${prefix}${version}`, `pulumi-resource-${name}`);
      if (isExecutable(file)) return { kind: 'real', version, file };
    }
  }
  return undefined;
}

function standIn(name: PluginName, file: string, node: string): PluginUsed {
  const main = join(import.meta.dirname, name, 'main.ts');
  const script = `${MARK} for the Pulumi provider plugin '${name}'\nexec ${quote(node)} ${quote(main)} "$@"\n`;
  writeFileSync(file, script, { mode: 0o755 });
  return { kind: 'stand-in', file };
}

const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Reads only the beginning: a real plugin has hundreds of megabytes. */
function isStandIn(file: string): boolean {
  const descriptor = openSync(file, 'r');
  try {
    const start = Buffer.alloc(MARK.length);
    readSync(descriptor, start, 0, start.length, 0);
    return start.toString('utf8') === MARK;
  } finally {
    closeSync(descriptor);
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
