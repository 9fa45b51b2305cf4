#!/usr/bin/env node
// `npm run image`: the issuer's image by podman, on bases that need no registry; `-- --measure` also says how large it
// is and how fast it starts, `-- --fresh` builds it without what was built before, `-- --tag NAME` names it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cacheRoot } from './lib/cache.mjs';
import { endCleanly } from './lib/ending.mjs';
import { buildImage, providePodman } from './lib/image.mjs';
import { measureImage } from './lib/image-measures.mjs';
import { BootstrapError, say } from './lib/say.mjs';

const repo = fileURLToPath(new URL('..', import.meta.url));
const root = cacheRoot(process.env);

async function main() {
  const { values } = parseArgs({
    options: { fresh: { type: 'boolean' }, measure: { type: 'boolean' }, tag: { type: 'string' } },
  });
  const { version } = JSON.parse(readFileSync(join(repo, 'package.json'), 'utf8'));
  const tag = values.tag ?? `localhost/idp-kit:${version}`;
  const provided = await providePodman({ root, env: process.env });
  if (!provided.ok) throw new BootstrapError('prerequisite', provided.reason);
  console.log(await buildImage(repo, root, provided, { tag, fresh: values.fresh === true }));
  if (values.measure === true) for (const line of await measureImage(provided.podman, tag)) console.log(line);
  say(`it is ${tag} in: ${provided.podman.command.join(' ')}`);
}

const free = endCleanly();
try {
  await main();
} catch (error) {
  if (!(error instanceof BootstrapError)) throw error;
  say(error.message);
  process.exitCode = 1;
} finally {
  free();
}
