// The Python tools: a virtual environment of pinned, hashed packages, and a launcher for each program.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { missing } from './prerequisites.mjs';
import { capture, which } from './process.mjs';
import { BootstrapError, duration, say, withSignOfLife } from './say.mjs';
import { PYTHON } from './table.mjs';
import { findVersion, satisfies } from './versions.mjs';

/** @typedef {import('./process.mjs').Environment} Environment */

const NAMES = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];

/**
 * @typedef {object} PythonEnvironment
 * @property {string} what what is in it
 * @property {string} why what an interpreter is needed for
 * @property {string} requirements its packages, under `tools/python`
 * @property {Readonly<Record<string, string>>} programs the module of each
 * @property {readonly string[]} [extended] programs that get modules of ours by PYTHONPATH; the others do not look there
 */

/** By the name of the cache's folder. */
export const ENVIRONMENTS = /** @satisfies {Readonly<Record<string, PythonEnvironment>>} */ ({
  'python-tools': {
    what: 'moto and the AWS CLI',
    why: 'moto, which plays AWS, and the AWS CLI are Python programs, and no good ones are on PATH',
    requirements: 'requirements.txt',
    programs: { moto_server: 'moto.server', aws: 'awscli' },
    extended: ['moto_server'],
  },
  checkov: {
    what: 'Checkov',
    why: 'Checkov is a Python program, and no good one is on PATH',
    requirements: 'checkov.txt',
    programs: { checkov: 'checkov.main' },
  },
});

/** @typedef {keyof typeof ENVIRONMENTS} EnvironmentName */

/** @param {EnvironmentName} name */
const requirementsOf = (name) =>
  fileURLToPath(new URL(`../python/${ENVIRONMENTS[name].requirements}`, import.meta.url));

/**
 * Names the environment after its packages and launchers: others, another folder.
 *
 * @param {EnvironmentName} name
 */
export function environmentVersion(name) {
  return createHash('sha256')
    .update(readFileSync(requirementsOf(name)))
    .update(JSON.stringify(launchersOf(ENVIRONMENTS[name])))
    .digest('hex')
    .slice(0, 8);
}

/**
 * @param {EnvironmentName} name
 * @param {string} folder where it was published: it breaks when its interpreter is uninstalled
 */
export function isUsable(name, folder) {
  const programs = Object.keys(ENVIRONMENTS[name].programs).map((program) => join(folder, 'bin', program));
  return [join(folder, 'venv', 'bin', 'python'), ...programs].every((file) => existsSync(file));
}

/**
 * @param {EnvironmentName} name
 * @param {string} folder
 * @param {Environment} env
 */
export async function installEnvironment(name, folder, env) {
  const { what, why } = ENVIRONMENTS[name];
  const python = await findPython(env, why);
  const started = Date.now();
  say(`installing ${what} from PyPI into a virtual environment; about a minute, once`);
  const venv = join(folder, 'venv');
  // Isolated (-I) and without a user's pip settings for where to install: only the pinned packages, only in there.
  const steps = [
    [python, '-m', 'venv', venv],
    [
      join(venv, 'bin', 'python'),
      '-I',
      '-m',
      'pip',
      'install',
      '--require-hashes',
      '--requirement',
      requirementsOf(name),
    ],
  ];
  for (const [command = '', ...args] of steps) {
    const step = () => capture(command, args, { env: { ...env, PIP_USER: '0', PIP_DISABLE_PIP_VERSION_CHECK: '1' } });
    const { code, output, failure } = await withSignOfLife(`installing ${what}`, step);
    if (code !== 0) {
      throw new BootstrapError('build', `${command} ${args.join(' ')} failed:\n${failure ?? output.slice(-2000)}`);
    }
  }
  await mkdir(join(folder, 'bin'));
  for (const [program, text] of launchersOf(ENVIRONMENTS[name])) {
    await writeFile(join(folder, 'bin', program), text, { mode: 0o755 });
  }
  say(`${what} installed in ${duration(Date.now() - started)}`);
}

/**
 * Launchers of our own, since pip writes the draft folder's path into its scripts, and their folder holds a `python3`
 * that would hide the user's. None looks for modules in the folder that it is started in, or among the user's.
 *
 * @param {PythonEnvironment} environment
 * @returns {[program: string, text: string][]}
 */
function launchersOf({ programs, extended = [] }) {
  return Object.entries(programs).map(([program, module]) => {
    const run = `import sys; sys.path.remove(""); import runpy; runpy.run_module("${module}", run_name="__main__", alter_sys=True)`;
    const how = extended.includes(program) ? `-s -c '${run}'` : `-I -m ${module}`;
    return [program, `#!/bin/sh\nexec "$(dirname "$0")/../venv/bin/python" ${how} "$@"\n`];
  });
}

/**
 * @param {Environment} env
 * @param {string} [why] what it is needed for
 * @returns {Promise<string>} an interpreter that is new enough and can make virtual environments
 */
export async function findPython(env, why = ENVIRONMENTS['python-tools'].why) {
  const question = 'import sys, venv, ensurepip; print("%d.%d.%d" % sys.version_info[:3])';
  const refused = [];
  for (const name of NAMES) {
    const python = which(name, env['PATH']);
    if (python === undefined) continue;
    const { code, output } = await capture(python, ['-c', question], { env, timeout: 20_000 });
    const version = findVersion(output);
    if (code === 0 && version !== undefined && satisfies(version, PYTHON.accept)) return python;
    refused.push(
      code === 0 ? `${python} is ${version}` : `${python} does not run, or lacks the module venv or ensurepip`,
    );
  }
  const found = refused.length > 0 ? `no Python is good enough (${refused.join('; ')})` : 'python3 is missing';
  throw missing('python', `${found}: ${PYTHON.accept} with venv is needed`, why);
}
