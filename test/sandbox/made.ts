/** Programs in other languages that tests need: made once, and kept in the cache of the bootstrap. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cacheRoot, publish, toolFolder } from '../../tools/lib/cache.mjs';
import { capture } from '../../tools/lib/process.mjs';
import { BootstrapError } from '../../tools/lib/say.mjs';

/**
 * The folder in the cache, named after what it is made from.
 * @param fill makes it in a draft, which is there at once or not at all
 */
export async function made(
  name: string,
  sources: readonly string[],
  fill: (draft: string) => Promise<void>,
): Promise<string> {
  const hash = createHash('sha256');
  for (const source of sources) hash.update(readFileSync(source));
  const root = cacheRoot(process.env);
  const folder = toolFolder(root, name, hash.digest('hex').slice(0, 8));
  await publish(root, folder, `preparing ${name}`, fill);
  return folder;
}

/** As the bootstrap does: a user's own settings neither build something else nor install elsewhere. */
export async function step(command: string, ...args: readonly string[]): Promise<void> {
  const env = { ...process.env, GOOS: undefined, GOARCH: undefined, GOWORK: 'off', PIP_USER: '0' };
  const { code, output, failure } = await capture(command, args, {
    env: { ...env, PIP_DISABLE_PIP_VERSION_CHECK: '1' },
  });
  if (code === 0) return;
  throw new BootstrapError('build', `${command} ${args.join(' ')} failed:\n${failure ?? output.slice(-2000)}`);
}
