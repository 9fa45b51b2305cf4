#!/usr/bin/env node
// The components for Pulumi programs in other languages, as an executable that Pulumi finds on PATH or where the project says.
import { existsSync, readFileSync } from 'node:fs';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
// A checkout runs its sources, whose types Node strips; a package ships them compiled.
const source = new URL('../components/provider.ts', import.meta.url);
const entry = existsSync(source) ? source : new URL('../dist/components/provider.js', import.meta.url);

try {
  const { serve } = await import(entry.href);
  await serve(version, process.argv.slice(2));
} catch (error) {
  const [, absent] = /Cannot find package '(@pulumi\/[^'/]+)/.exec(error.message) ?? [];
  if (absent === undefined) throw error;
  // Who runs `idp` alone is spared Pulumi's packages, which therefore do not come by themselves.
  console.error(
    `pulumi-resource-idp-kit: ${absent} is missing\nInstall it beside idp-kit: npm install @pulumi/pulumi @pulumi/aws @pulumi/vault`,
  );
  process.exitCode = 1;
}
