/** A folder that has the packed package installed, with the packages that it declares, and no others. */
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT, packed } from './packed.ts';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

export interface ConsumerOptions {
  /** With Pulumi's packages, which are optional peers. @default true */
  readonly pulumi?: boolean;
}

/**
 * As `npm install` would leave it, but with links to the packages of the checkout: no registry is asked. What the package needs
 * and does not declare is not found.
 */
export async function install(directory: string, { pulumi = true }: ConsumerOptions = {}): Promise<void> {
  const { folder } = await packed();
  const modules = join(directory, 'node_modules');
  const own = join(modules, 'idp-kit');
  cpSync(folder, own, { recursive: true });
  const { bin, dependencies, peerDependencies } = manifestIn(own);
  for (const name of [...Object.keys(dependencies), ...(pulumi ? Object.keys(peerDependencies) : [])]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  mkdirSync(join(modules, '.bin'));
  for (const [name, path] of Object.entries(bin)) {
    chmodSync(join(own, path), 0o755);
    symlinkSync(join('..', 'idp-kit', path), join(modules, '.bin', name));
  }
}

export const manifestIn = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
