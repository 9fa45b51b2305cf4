#!/usr/bin/env node
// Launcher. It must run on any Node that reads modules, to say that the Node is too old.
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const OLDEST = [22, 18];
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  console.error(
    `idp: needs Node.js ${OLDEST.join('.')} or newer, and this is ${process.versions.node}\nInstall a newer Node.js, or put it first on PATH.`,
  );
  process.exitCode = 2;
} else {
  // Signatures are made on the thread pool: as many at once as there are cores, and a thread for files and name lookups.
  process.env.UV_THREADPOOL_SIZE ??= String(availableParallelism() + 1);
  // A checkout runs its sources, whose types Node strips; a package ships them compiled.
  const source = new URL('../src/cli/main.ts', import.meta.url);
  const entry = existsSync(source) ? source : new URL('../dist/src/cli/main.js', import.meta.url);
  const { main } = await import(entry.href);
  // A reader that has seen enough, such as `head`, is no failure of the command.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  process.exitCode = await main(process.argv.slice(2));
}
