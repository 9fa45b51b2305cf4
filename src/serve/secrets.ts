/** The secrets that the configuration names: read once, and of the admin token only the hash is kept. */

import { createHash } from 'node:crypto';
import { link, open, readFile, rm, stat } from 'node:fs/promises';
import { IssuerFault } from '../store/fault.ts';
import { SEALING_SECRET_BYTES, type Random } from '../keys/rings/sealed.ts';
import { readTextFile } from './config.ts';
import { type ListenerConfig, type ServerConfig } from './settings.ts';

/** Shorter tokens can be guessed. */
const ADMIN_TOKEN_LENGTH = 20;

/** The hash of the admin token, in hexadecimal. */
export async function readAdminToken({ token }: ServerConfig['admin']): Promise<string> {
  if ('sha256' in token) return token.sha256;
  const text = (await readTextFile(token.file, 'the admin token')).trim();
  await demandPrivate(token.file, 'the admin token');
  if (text.length < ADMIN_TOKEN_LENGTH || /\s/.test(text)) {
    throw new IssuerFault(
      'bad-configuration',
      `${token.file} holds no admin token: one line of at least ${ADMIN_TOKEN_LENGTH} characters`,
      'Make one with: openssl rand -hex 32',
    );
  }
  return createHash('sha256').update(text).digest('hex');
}

/** A group may be what hands the file to this process, as Kubernetes does; everybody else has no business with it. */
async function demandPrivate(file: string, what: string): Promise<void> {
  const { mode } = await stat(file);
  if ((mode & 0o007) === 0) return;
  const shown = (mode & 0o777).toString(8);
  throw new IssuerFault(
    'bad-configuration',
    `${what} ${file} is open to everybody (mode ${shown})`,
    `Run: chmod 600 ${file}`,
  );
}

export async function readTls({ tls }: ListenerConfig): Promise<{ cert: string; key: string } | undefined> {
  if (tls === undefined) return undefined;
  return {
    cert: await readTextFile(tls.certFile, 'the certificate'),
    key: await readTextFile(tls.keyFile, "the certificate's key"),
  };
}

/** What seals the private keys; undefined where the file is not there. A line break at its end does not count. */
export async function findSealingSecret(file: string): Promise<Uint8Array | undefined> {
  try {
    const bytes = await readFile(file);
    await demandPrivate(file, 'the sealing secret');
    return bytes.at(-1) === 0x0a ? bytes.subarray(0, -1) : bytes;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw cause instanceof IssuerFault ? cause : unusable(file, 'read', cause);
  }
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
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw unusable(file, 'created', cause);
    const theirs = await findSealingSecret(file);
    if (theirs === undefined) throw unusable(file, 'read', cause);
    return theirs;
  } finally {
    await rm(draft, { force: true });
  }
}

function unusable(file: string, what: string, cause: unknown): IssuerFault {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new IssuerFault(
    'file-unreadable',
    `the sealing secret ${file} cannot be ${what}: ${why}`,
    'Check the directory and who may use it.',
    { cause },
  );
}
