#!/usr/bin/env node
// Runs a command of this repository (`test`, `check`, `demo`) with everything it needs, which it provides first.
import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheRoot } from './lib/cache.mjs';
import { COMMANDS, planFor } from './lib/commands.mjs';
import { endCleanly } from './lib/ending.mjs';
import { newerNode, ownNodeFolder } from './lib/node.mjs';
import { installPackages } from './lib/packages.mjs';
import { offerPlugins } from './lib/plugins.mjs';
import { endLike, runThrough } from './lib/process.mjs';
import { provideTools } from './lib/provide.mjs';
import { BootstrapError, say } from './lib/say.mjs';
import { TOOLS } from './lib/table.mjs';

const repo = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const root = cacheRoot(process.env);

/**
 * @param {import('./lib/process.mjs').Environment} env
 * @param {readonly string[]} front folders that go in front of PATH
 * @returns {import('./lib/process.mjs').Environment}
 */
function withPath(env, front) {
  return { ...env, PATH: [...front, env['PATH'] ?? ''].join(delimiter) };
}

/** @param {readonly string[]} argv */
async function main(argv) {
  const plan = planFor(argv);
  if (process.platform === 'win32') throw new BootstrapError('platform', 'on Windows, please run this inside WSL');
  if (!plan) throw new BootstrapError('usage', `usage: tools/run.mjs ${Object.keys(COMMANDS).join(' | ')} [arguments]`);
  const free = endCleanly();
  const node = await newerNode(root, process.env);
  if (node !== undefined) {
    free();
    const env = withPath(process.env, [dirname(node)]);
    return runThrough(node, [fileURLToPath(import.meta.url), ...argv], { env });
  }
  const env = { ...withPath(process.env, ownNodeFolder(process.env)), PULUMI_SKIP_UPDATE_CHECK: 'true' };
  await installPackages(repo, root, env);
  free();
  return runPlan(plan, env);
}

/**
 * @param {readonly import('./lib/commands.mjs').Step[]} plan
 * @param {import('./lib/process.mjs').Environment} bare
 */
async function runPlan(plan, bare) {
  let end = /** @type {{ code: number | null, signal: NodeJS.Signals | null }} */ ({ code: 0, signal: null });
  let env = bare;
  let ready = false;
  for (const { tools, argv } of plan) {
    if (tools && !ready) {
      env = await withTools(bare);
      ready = true;
    }
    end = await runThrough(process.execPath, argv, { env, cwd: repo });
    if (end.code !== 0) break;
  }
  return end;
}

/** @param {import('./lib/process.mjs').Environment} bare */
async function withTools(bare) {
  const free = endCleanly();
  // Looked for on the caller's own PATH: what a child may additionally find there is not the caller's.
  const front = await provideTools(TOOLS, { root, env: { ...bare, PATH: process.env['PATH'] } });
  const env = withPath(bare, front);
  await offerPlugins(repo, root, env);
  free();
  return env;
}

try {
  endLike(await main(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof BootstrapError)) throw error;
  say(error.message);
  process.exitCode = error.code === 'usage' ? 2 : 1;
}
