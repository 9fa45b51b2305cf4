// Whether a program that is already there is good enough: found by running it, remembered by its file.
import { mkdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { capture, isExecutable } from './process.mjs';
import { findVersion, satisfies } from './versions.mjs';

/**
 * @typedef {{ good: true, version: string } | { good: false, reason: string }} Verdict
 * @typedef {{ at: number, version?: string, reason?: string }} Memory
 */

const SLOWEST_START = 20_000;
const DAY = 86_400_000;
// A shim's file stays the same when what it stands for changes: a bad answer is asked again soon.
const BAD_LASTS = 600_000;

/**
 * Runs the program and judges its version.
 *
 * @param {Pick<import('./table.mjs').Tool, 'accept' | 'probe'>} tool
 * @param {string} file
 * @param {import('./process.mjs').Environment} env
 * @returns {Promise<Verdict>}
 */
export async function probe(tool, file, env) {
  return judge(tool, await ask(tool.probe, file, env));
}

/**
 * The same, without running it again while the file is unchanged.
 *
 * @param {Pick<import('./table.mjs').Tool, 'accept' | 'probe'>} tool
 * @param {string} file
 * @param {import('./process.mjs').Environment} env
 * @param {string} root the cache's folder
 * @returns {Promise<Verdict>}
 */
export async function rememberedProbe(tool, file, env, root) {
  const { size, mtimeMs } = await stat(file);
  const key = [file, size, mtimeMs, env['PYENV_VERSION'] ?? ''].join('|');
  const store = join(root, 'probes.json');
  const before = (await readMemories(store))[key];
  if (before && Date.now() - before.at < (before.version === undefined ? BAD_LASTS : DAY)) return judge(tool, before);
  const memory = await ask(tool.probe, file, env);
  await writeMemories(store, { ...(await readMemories(store)), [key]: memory });
  return judge(tool, memory);
}

/**
 * @param {Pick<import('./table.mjs').Tool, 'accept'>} tool
 * @param {Memory} memory
 * @returns {Verdict}
 */
function judge({ accept }, { version, reason }) {
  if (version === undefined) return { good: false, reason: reason ?? 'it tells no version' };
  if (accept !== undefined && !satisfies(version, accept))
    return { good: false, reason: `is ${version}, not ${accept}` };
  return { good: true, version };
}

/**
 * @param {import('./table.mjs').Probe} question
 * @param {string} file
 * @param {import('./process.mjs').Environment} env
 * @returns {Promise<Memory>}
 */
async function ask(question, file, env) {
  const at = Date.now();
  const command = question.kind === 'python' ? await pythonOf(file) : file;
  const args = question.kind === 'python' ? ['-c', askPython(question)] : question.args;
  const quiet = { ...env, PULUMI_SKIP_UPDATE_CHECK: 'true' };
  const { code, signal, output, failure } = await capture(command, args, { env: quiet, timeout: SLOWEST_START });
  if (code !== 0) return { at, reason: `does not run (${failure ?? signal ?? `exit code ${code}`})` };
  const version = question.kind === 'runs' ? '0.0.0' : findVersion(output);
  return version === undefined ? { at, reason: 'tells no version' } : { at, version };
}

/** @param {{ distribution: string, module: string }} question */
function askPython({ distribution, module }) {
  return `import importlib.metadata as m, ${module}; print(m.version(${JSON.stringify(distribution)}))`;
}

/**
 * The interpreter that a Python program runs under: its first line tells, unless the program is a version manager's shim.
 *
 * @param {string} file
 */
export async function pythonOf(file) {
  const real = await realpath(file);
  const [, interpreter] =
    /^#!\s*(\/\S*python[\d.]*)\s*$/m.exec(readFileSync(real, 'utf8').split('\n', 1)[0] ?? '') ?? [];
  if (interpreter !== undefined) return interpreter;
  const beside = [dirname(real), dirname(file)].map((folder) => join(folder, 'python3'));
  return beside.find(isExecutable) ?? 'python3';
}

/**
 * @param {string} store
 * @returns {Promise<Record<string, Memory>>}
 */
async function readMemories(store) {
  try {
    return JSON.parse(await readFile(store, 'utf8'));
  } catch {
    return {};
  }
}

/**
 * @param {string} store
 * @param {Record<string, Memory>} memories
 */
async function writeMemories(store, memories) {
  const recent = Object.entries(memories).filter(([, { at }]) => Date.now() - at < DAY);
  const draft = `${store}.${process.pid}`;
  await mkdir(dirname(store), { recursive: true });
  await writeFile(draft, JSON.stringify(Object.fromEntries(recent), null, 1));
  await rename(draft, store);
}
