// Checks that a file that came over the network is the one that was pinned.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { BootstrapError } from './say.mjs';

/**
 * @param {string} file
 * @param {'sha256' | 'sha512'} algorithm
 * @param {'hex' | 'base64'} encoding
 * @returns {Promise<string>}
 */
export async function digest(file, algorithm, encoding) {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(file), hash);
  return hash.digest(encoding);
}

/**
 * @param {string} file
 * @param {string} expected an integrity string as npm writes it (`sha512-…`, base64), or a bare SHA-256 in hex
 * @throws {BootstrapError} `integrity` when the file is another
 */
export async function verify(file, expected) {
  const npm = /^sha512-(.+)$/.exec(expected);
  const actual = npm ? `sha512-${await digest(file, 'sha512', 'base64')}` : await digest(file, 'sha256', 'hex');
  if (actual !== expected) {
    throw new BootstrapError('integrity', `${file} is not the pinned file: its hash is ${actual}, not ${expected}`);
  }
}
