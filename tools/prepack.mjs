#!/usr/bin/env node
// `npm pack` runs this first: the sources as JavaScript, declarations of what is public, and what the code reads as files.
import { execFileSync } from 'node:child_process';
import { cpSync, renameSync, rmSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const COMPILED = '.ts';

/** @param {string} project */
function compile(project) {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  // `npm run check` is what looks at types.
  execFileSync(process.execPath, [tsc, '-p', project, '--noCheck'], { cwd: root, stdio: 'inherit' });
}

/** The command in few files: to find and read its many modules takes longer than most of them run. Packages stay outside. */
async function bundleCommand() {
  const [modules, bundled] = [join(dist, 'src', 'cli'), join(dist, 'command')];
  const bundle = await rolldown({ input: join(modules, 'main.js'), platform: 'node', external: /^[^./]/ });
  await bundle.write({
    dir: bundled,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    // What reviews trust is loaded as a whole or not at all.
    codeSplitting: { groups: [{ name: 'trust', test: /[\\/]src[\\/](?:claims|trust|lint|diff)[\\/]/ }] },
  });
  await bundle.close();
  rmSync(modules, { recursive: true });
  renameSync(bundled, modules);
}

// Else what an earlier version had would be shipped with this one.
rmSync(dist, { recursive: true, force: true });
compile('tsconfig.build.json');
compile('tsconfig.types.json');
// As they are, byte for byte: a stack that changes from a checkout to the package must see no difference.
for (const folder of ['src', 'components']) {
  cpSync(join(root, folder), join(dist, folder), {
    recursive: true,
    filter: (path) => extname(path) !== COMPILED,
  });
}
// What Pulumi looks for in the folder of a policy pack.
for (const file of ['PulumiPolicy.yaml', 'package.json'])
  cpSync(join(root, 'policy', file), join(dist, 'policy', file));
await bundleCommand();
