/** The secrets that the configuration names: read once, and of the admin token only the hash is kept. */

import { createHash } from 'node:crypto';
import { link, open, readFile, rm, stat } from 'node:fs/promises';
import { IssuerFault, reasonOf, systemCode } from '../store/fault.ts';
import { type Random } from '../keys/rings/envelope.ts';
import { SEALING_SECRET_BYTES } from '../keys/rings/secret.ts';
import { readTextFile, shellWord } from './files.ts';
import { type ServerConfig } from './settings.ts';

/** Shorter tokens can be guessed. */
const ADMIN_TOKEN_LENGTH = 20;

/** The hash of the admin token, in hexadecimal. Throws `IssuerFault`. */
export async function readAdminToken(token: NonNullable<ServerConfig['admin']['token']>): Promise<string> {
  if ('sha256' in token) return token.sha256;
  const hint = makeWith('openssl rand -hex 32', token.file);
  const text = (await readTextFile(token.file, 'the admin token', hint)).trim();
  await demandPrivate(token.file, 'the admin token');
  if (text.length < ADMIN_TOKEN_LENGTH || /\s/.test(text)) {
    throw new IssuerFault(
      'bad-configuration',
      `${token.file} holds no admin token: one line of at least ${ADMIN_TOKEN_LENGTH} characters`,
      hint,
    );
  }
  return createHash('sha256').update(text).digest('hex');
}

/** One command that makes the file for its owner alone: a plain one would only lead to the next refusal. */
export function makeWith(command: string, file: string): string {
  return `Make one with: (umask 077; ${command} > ${shellWord(file)})`;
}

/** A group may be what hands the file to this process, as Kubernetes does; everybody else has no business with it. */
export async function demandPrivate(file: string, what: string): Promise<void> {
  const { mode } = await stat(file);
  if ((mode & 0o007) === 0) return;
  const shown = (mode & 0o777).toString(8);
  throw new IssuerFault(
    'bad-configuration',
    `${what} ${file} is open to everybody (mode ${shown})`,
    `Run: chmod 600 ${shellWord(file)}`,
  );
}

/** What seals the private keys; undefined where the file is not there. A line break at its end does not count. */
export async function findSealingSecret(file: string): Promise<Uint8Array | undefined> {
  try {
    const bytes = await readFile(file);
    await demandPrivate(file, 'the sealing secret');
    const secret = bytes.at(-1) === 0x0a ? bytes.subarray(0, -1) : bytes;
    demandLength(file, secret);
    return secret;
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw cause instanceof IssuerFault ? cause : unusable(file, 'read', cause);
  }
}

function demandLength(file: string, secret: Uint8Array): void {
  if (secret.length >= SEALING_SECRET_BYTES) return;
  throw new IssuerFault(
    'bad-configuration',
    `the sealing secret ${file} has ${secret.length} bytes, and ${SEALING_SECRET_BYTES} are the least`,
    makeWith('openssl rand -base64 32', file),
  );
}

/** For a store with keys, which a new secret could not open. */
export function sealingSecretGone(file: string): IssuerFault {
  return new IssuerFault(
    'wrong-sealing-secret',
    `the sealing secret ${file} is not there, and the store may have keys that it sealed`,
    `Put it back; without it these keys are lost. ${makeWith('openssl rand -base64 32', file)} where it is to be a new one.`,
  );
}

/**
 * Creates the sealing secret, for its owner alone. The file appears complete or not at all, and the first of several
 * processes wins: another's keys would be lost with its secret.
 */
export async function createSealingSecret(file: string, random: Random): Promise<Uint8Array> {
  const draft = `${file}.${Buffer.from(random(8)).toString('hex')}`;
  const secret = Buffer.from(Buffer.from(random(SEALING_SECRET_BYTES)).toString('base64url'));
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(Buffer.concat([secret, Buffer.from('\n')]));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await link(draft, file);
    return secret;
  } catch (cause) {
    if (systemCode(cause) !== 'EEXIST') throw unusable(file, 'created', cause);
    const theirs = await findSealingSecret(file);
    if (theirs === undefined) throw unusable(file, 'read', cause);
    return theirs;
  } finally {
    await rm(draft, { force: true });
  }
}

function unusable(file: string, what: string, cause: unknown): IssuerFault {
  return new IssuerFault(
    'file-unreadable',
    `the sealing secret ${file} cannot be ${what}: ${reasonOf(cause)}`,
    'Check the directory and who may use it.',
    { cause },
  );
}
