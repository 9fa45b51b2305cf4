// Builds a tool from its Go module: the way that works where only package registries can be reached.
import { chmod, copyFile, mkdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { missing } from './prerequisites.mjs';
import { capture, which } from './process.mjs';
import { BootstrapError, duration, say, withSignOfLife } from './say.mjs';
import { compareVersions, findVersion } from './versions.mjs';

const MODULES = fileURLToPath(new URL('../go/', import.meta.url));
// The first Go that fetches a newer one by itself when a module asks for it and GOTOOLCHAIN allows it.
const SELF_UPDATING = '1.21';

/** @typedef {import('./process.mjs').Environment} Environment */

/**
 * @param {import('./table.mjs').Tool & { recipe: { kind: 'go' } }} tool
 * @param {string} folder the program goes to its `bin`
 * @param {Environment} env
 */
export async function buildWithGo(tool, folder, env) {
  const module = join(MODULES, tool.name);
  const go = await findGo(await neededGo(module), tool, env);
  await mkdir(join(folder, 'bin'));
  const output = join(folder, 'bin', basename(tool.command));
  const stamp = tool.recipe.stamp === undefined ? '' : ` -X ${tool.recipe.stamp}`;
  const flags = ['-mod=readonly', '-trimpath', `-ldflags=-s -w${stamp}`];
  say(`building ${tool.name} ${tool.version} from its Go module; ${tool.recipe.takes} on 2 cores, once`);
  const started = Date.now();
  const outcome = await withSignOfLife(`building ${tool.name}`, () =>
    capture(go, ['-C', module, 'build', ...flags, '-o', output, tool.recipe.package], { env: buildEnvironment(env) }),
  );
  if (outcome.code !== 0) {
    const why = outcome.failure ?? outcome.output.trim().split('\n').slice(-20).join('\n');
    throw new BootstrapError('build', `${tool.name} could not be built:\n${why}`);
  }
  await placeScripts(go, module, tool.recipe, folder, env);
  say(`${tool.name} built in ${duration(Date.now() - started)}`);
}

/**
 * @param {string} go
 * @param {string} module
 * @param {Extract<import('./table.mjs').Recipe, { kind: 'go' }>} recipe
 * @param {string} folder
 * @param {Environment} env
 */
async function placeScripts(go, module, { package: program, scripts = [] }, folder, env) {
  if (scripts.length === 0) return;
  const list = ['-C', module, 'list', '-mod=readonly', '-f', '{{.Dir}}', program];
  const { code, output, failure } = await capture(go, list, { env: buildEnvironment(env) });
  if (code !== 0) throw new BootstrapError('build', `${program} cannot be found again:\n${failure ?? output}`);
  for (const script of scripts) {
    const placed = join(folder, 'bin', basename(script));
    await copyFile(join(output.trim(), script), placed);
    await chmod(placed, 0o755);
  }
}

/** @param {string} module */
async function neededGo(module) {
  const [, version] = /^go (\S+)$/m.exec(await readFile(join(module, 'go.mod'), 'utf8')) ?? [];
  if (version === undefined) throw new TypeError(`${module}/go.mod names no Go version`);
  return version;
}

/**
 * @param {string} needed
 * @param {{ name: string, why: string }} tool
 * @param {Environment} env
 * @param {string} [because] why it is built, where that is not for want of a download
 * @returns {Promise<string>} the program
 */
export async function findGo(needed, tool, env, because) {
  const why =
    because ?? `${tool.name} (${tool.why}) is not on PATH, its maker's download cannot be had, so it is built with Go`;
  const go = which('go', env['PATH']);
  if (go === undefined) throw missing('go', `go is missing (${needed} or newer)`, why);
  // Asked outside of any module, where it does not fetch another toolchain.
  const { code, output } = await capture(go, ['env', 'GOVERSION', 'GOTOOLCHAIN'], { env, cwd: tmpdir() });
  const [version = '', toolchain = ''] = output.trim().split('\n');
  if (code !== 0) throw missing('go', `${go} does not run (Go ${needed} or newer is needed)`, why);
  if (!isEnough(findVersion(version) ?? '0', toolchain, needed)) {
    throw missing('go', `${go} is ${version}, and ${needed} or newer is needed`, why);
  }
  return go;
}

/**
 * @param {string} version the Go that is installed
 * @param {string} toolchain its GOTOOLCHAIN
 * @param {string} needed
 */
export function isEnough(version, toolchain, needed) {
  if (compareVersions(version, needed) >= 0) return true;
  return compareVersions(version, SELF_UPDATING) >= 0 && /^(auto|.*\+auto)$/.test(toolchain);
}

/**
 * The user's settings, less those that would build something else: a workspace above, or another platform.
 *
 * @param {Environment} env
 * @returns {Environment}
 */
function buildEnvironment(env) {
  return { ...env, GOOS: undefined, GOARCH: undefined, GOWORK: 'off' };
}
