// Child processes: short ones whose output is read, and the command itself, which gets the terminal.
import { spawn } from 'node:child_process';
import { constants, accessSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * @typedef {Record<string, string | undefined>} Environment
 * @typedef {{ code: number | null, signal: string | null, output: string, failure?: string }} Outcome
 *   `output` is stdout and stderr together, its last 64 KiB; `failure` is set when the program did not start
 */

const KEPT_OUTPUT = 65_536;

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/** Ends the children still running; the bootstrap calls it when it is itself told to stop. */
export function endChildren() {
  for (const child of running) child.kill('SIGINT');
}

/**
 * @param {string} command
 * @param {string | undefined} path a PATH
 * @returns {string | undefined} the file a shell would run
 */
export function which(command, path) {
  const candidates = (path ?? '').split(delimiter).filter((directory) => directory !== '');
  return candidates.map((directory) => join(directory, command)).find(isExecutable);
}

/** @param {string} file */
export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * Runs a program without a terminal and collects what it prints. Never rejects: not starting is an outcome too.
 *
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{ env?: Environment, cwd?: string, timeout?: number }} [options] `timeout` in milliseconds
 * @returns {Promise<Outcome>}
 */
export function capture(file, args, { env = process.env, cwd, timeout } = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { env, cwd, timeout, stdio: ['ignore', 'pipe', 'pipe'], killSignal: 'SIGKILL' });
    running.add(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (/** @type {string} */ text) => {
        output = (output + text).slice(-KEPT_OUTPUT);
      });
    }
    child.on('error', (error) => {
      running.delete(child);
      resolve({ code: null, signal: null, output, failure: error.message });
    });
    child.on('close', (code, signal) => {
      running.delete(child);
      resolve({ code, signal, output });
    });
  });
}

const FORWARDED = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * Runs a program in the foreground, with this process's terminal, signals and end.
 *
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{ env: Environment, cwd?: string }} options
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null }>}
 */
export function runThrough(file, args, { env, cwd }) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env, cwd, stdio: 'inherit' });
    const handlers = FORWARDED.map((signal) => {
      const handler = () => {
        // A terminal's Ctrl-C reaches the whole process group: a second copy would make vitest stop without cleaning up.
        if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
      };
      process.on(signal, handler);
      return /** @type {const} */ ([signal, handler]);
    });
    const done = () => handlers.forEach(([signal, handler]) => process.off(signal, handler));
    child.on('error', (error) => {
      done();
      reject(error);
    });
    child.on('close', (code, signal) => {
      done();
      resolve({ code, signal });
    });
  });
}

/**
 * Ends this process the way its child ended, so that a caller sees the same exit code or signal.
 *
 * @param {{ code: number | null, signal: NodeJS.Signals | null }} end
 */
export function endLike({ code, signal }) {
  if (signal === null) process.exit(code ?? 1);
  FORWARDED.forEach((name) => process.removeAllListeners(name));
  process.kill(process.pid, signal);
}
