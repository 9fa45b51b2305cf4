// Provides each tool the cheapest way: what is on PATH, what the cache holds, the maker's download, a build.
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { platform, publish, toolFolder } from './cache.mjs';
import { downloadTool } from './download.mjs';
import { buildWithGo } from './go.mjs';
import { probe, rememberedProbe } from './probe.mjs';
import { which } from './process.mjs';
import { environmentVersion, installEnvironment, isUsable } from './python.mjs';
import { BootstrapError, say } from './say.mjs';

/**
 * @typedef {import('./table.mjs').Tool} Tool
 * @typedef {{ root: string, env: import('./process.mjs').Environment }} Context
 */

/**
 * @param {readonly Tool[]} tools
 * @param {Context} context
 * @returns {Promise<readonly string[]>} folders to put in front of PATH
 */
export async function provideTools(tools, { root, env }) {
  /** @type {string[]} */
  const front = [];
  for (const tool of tools) {
    const path = [...front, env['PATH'] ?? ''].join(delimiter);
    const folder = await provide(tool, { root, env: { ...env, PATH: path } });
    if (folder !== undefined && !front.includes(folder)) front.push(folder);
  }
  return front;
}

/**
 * @param {Tool} tool
 * @param {Context} context
 * @returns {Promise<string | undefined>} the folder to add, unless it is on PATH
 */
async function provide(tool, context) {
  if (await isOnPath(tool, context)) return undefined;
  const environment = tool.recipe.kind === 'python' ? tool.recipe.environment : undefined;
  const version = environment === undefined ? tool.version : environmentVersion(environment);
  const final = toolFolder(context.root, environment ?? tool.name, version);
  const make = (/** @type {string} */ draft) => fill(tool, draft, context);
  const isWhole = (/** @type {string} */ folder) =>
    environment === undefined ? existsSync(folder) : isUsable(environment, folder);
  await publish(context.root, final, `preparing ${tool.name}`, make, isWhole);
  return join(final, 'bin');
}

/**
 * @param {Tool} tool
 * @param {Context} context
 */
async function isOnPath(tool, { root, env }) {
  const file = which(tool.command, env['PATH']) ?? besideItsTool(tool, env['PATH']);
  if (file === undefined) return false;
  // What this cache holds was checked when it was made.
  if (file.startsWith(join(root, 'tools'))) return true;
  const verdict = await rememberedProbe(tool, file, env, root);
  if (!verdict.good) say(`${file} ${verdict.reason}; using another ${tool.name}`);
  return verdict.good;
}

/**
 * Pulumi finds its language host on PATH or in the folder its own file really is in.
 *
 * @param {Tool} tool
 * @param {string | undefined} path
 */
function besideItsTool(tool, path) {
  const other = tool.beside === undefined ? undefined : which(tool.beside, path);
  return other === undefined ? undefined : which(tool.command, dirname(realpathSync(other)));
}

/**
 * @param {Tool} tool
 * @param {string} draft
 * @param {Context} context
 */
async function fill(tool, draft, { root, env }) {
  const { recipe } = tool;
  if (recipe.kind === 'python') await installEnvironment(recipe.environment, draft, env);
  else if (!(await downloadTool(tool, platform(), draft, { root, env })))
    await buildWithGo({ ...tool, recipe }, draft, env);
  const question =
    tool.probe.kind === 'python' ? { kind: /** @type {const} */ ('runs'), args: ['--help'] } : tool.probe;
  const file = join(draft, 'bin', tool.command);
  const verdict = await probe(tool.probe === question ? tool : { probe: question }, file, env);
  if (!verdict.good) throw new BootstrapError('build', `the ${tool.name} that was just made ${verdict.reason}`);
}
