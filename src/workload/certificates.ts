// Which certificate authorities a connection trusts.
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { getCACertificates } from 'node:tls';
import { setting, type Environment } from './environment.ts';
import { WorkloadFailure } from './failure.ts';

/** A variable that replaces the machine's authorities, as the tool it belongs to has it. */
export interface TrustSetting {
  readonly variable: string;
  readonly kind: 'file' | 'directory';
}

/**
 * The authorities for one kind of connection: the first of `replacements` that is set, else Node's own (which hold
 * NODE_EXTRA_CA_CERTS), plus IDP_CA_FILE. Undefined means Node's own alone, which costs nothing to load.
 */
export async function trustedCertificates(
  env: Environment,
  replacements: readonly TrustSetting[] = [],
): Promise<string[] | undefined> {
  const replacement = replacements.find((row) => setting(env, row.variable) !== undefined);
  const extra = setting(env, 'IDP_CA_FILE');
  if (replacement === undefined && extra === undefined) return undefined;
  const base = replacement === undefined ? getCACertificates('default') : await readTrust(env, replacement);
  return extra === undefined ? base : [...base, await readPem(extra, 'IDP_CA_FILE')];
}

async function readTrust(env: Environment, { variable, kind }: TrustSetting): Promise<string[]> {
  const path = setting(env, variable) ?? '';
  if (kind === 'file') return [await readPem(path, variable)];
  const names = await readdir(path).catch((cause: unknown) => {
    throw unreadable(path, variable, cause);
  });
  const candidates = names.filter((name) => /\.(pem|crt|cer)$/i.test(name));
  if (candidates.length === 0) throw unreadable(path, variable, undefined);
  return await Promise.all(candidates.map((name) => readPem(join(path, name), variable)));
}

async function readPem(path: string, variable: string): Promise<string> {
  const pem = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw unreadable(path, variable, cause);
  });
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw unreadable(path, variable, undefined);
  return pem;
}

function unreadable(path: string, variable: string, cause: unknown): WorkloadFailure {
  return new WorkloadFailure(
    'bad-input',
    `${variable} is ${path}, where no PEM certificate can be read`,
    `Point ${variable} at certificates in PEM form, or unset it to trust the machine's authorities.`,
    { cause },
  );
}
