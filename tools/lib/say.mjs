// What the bootstrap tells its user: on stderr, so that a command's own output stays clean.
import { clearInterval, setInterval } from 'node:timers';

/** A refusal to go on that the user can act on; anything else thrown is a fault of the bootstrap itself. */
export class BootstrapError extends Error {
  /**
   * @param {'platform' | 'prerequisite' | 'integrity' | 'build' | 'usage'} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.name = 'BootstrapError';
    this.code = code;
  }
}

/** @param {string} text */
export function say(text) {
  process.stderr.write(`idp-kit: ${text}\n`);
}

/**
 * @param {number} milliseconds
 * @returns {string} `42 s` or `3 min 05 s`
 */
export function duration(milliseconds) {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/**
 * Runs long work with a line of elapsed time now and then: CI systems end a job that is silent for long.
 *
 * @template T
 * @param {string} what what is being done, as in `building vault`
 * @param {() => Promise<T>} work
 * @param {number} [every] milliseconds between two lines
 * @returns {Promise<T>}
 */
export async function withSignOfLife(what, work, every = 15_000) {
  const started = Date.now();
  const timer = setInterval(() => say(`still ${what}, ${duration(Date.now() - started)}`), every);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
