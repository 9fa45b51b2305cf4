/** The files that the configuration names. */

import { access, constants, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { IssuerFault, reasonOf, systemCode } from '../store/fault.ts';

const READABLE = 'Check the path and who may read it.';

/** @param missing what to do where it is not there. Throws `IssuerFault`. */
export async function readTextFile(file: string, what: string, missing = READABLE): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const hint = systemCode(cause) === 'ENOENT' ? missing : READABLE;
    throw new IssuerFault('file-unreadable', `${what} ${file} cannot be read: ${reasonOf(cause)}`, hint, { cause });
  }
}

export async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/** Can a file be created there? Throws `IssuerFault` where not. */
export async function demandDirectoryOf(file: string): Promise<void> {
  const directory = dirname(file);
  const found = await stat(directory).catch(() => undefined);
  if (found === undefined) {
    throw unusable(`the directory ${directory} is not there`, `Make it: mkdir -p ${shellWord(directory)}`);
  }
  if (!found.isDirectory()) throw unusable(`${directory} is no directory`, 'Choose another path.');
  try {
    await access(directory, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw unusable(
      `nothing can be created in the directory ${directory}: ${reasonOf(cause)}`,
      'Give it to this user.',
      cause,
    );
  }
}

/** A path as a shell reads it, for commands in hints. */
export function shellWord(path: string): string {
  return /^[\w./~+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

function unusable(message: string, hint: string, cause?: unknown): IssuerFault {
  return new IssuerFault('file-unreadable', message, hint, { cause });
}
