#!/usr/bin/env node
// The policy pack as an executable, which the engine starts by its path: for language hosts that cannot start packs.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// A checkout runs its sources, whose types Node strips; a package ships them compiled.
const source = new URL('../policy/', import.meta.url);
const folder = existsSync(source) ? source : new URL('../dist/policy/', import.meta.url);

try {
  // The SDK reads the pack's version from the package.json of the working folder.
  process.chdir(fileURLToPath(folder));
  await import(new URL('start.js', folder).href);
} catch (error) {
  const [, absent] = /Cannot find package '(@pulumi\/[^'/]+)/.exec(error.message) ?? [];
  if (absent === undefined) throw error;
  console.error(
    `pulumi-analyzer-idp-kit: ${absent} is missing\nInstall it beside idp-kit: npm install @pulumi/pulumi @pulumi/policy`,
  );
  process.exitCode = 1;
}
