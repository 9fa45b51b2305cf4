// The credentials file that the AWS CLI and every SDK read.
import { join } from 'node:path';
import { setting, type Environment } from '../environment.ts';
import { WorkloadFailure } from '../failure.ts';
import { replaceFile } from '../files/replace.ts';
import { editProfile } from './credentials-edit.ts';

/** Credentials of one session. */
export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/** Names that every SDK can read back in brackets; `__proto__` would poison the JavaScript one. */
const PROFILE = /^(?!__proto__$)[\w@+.%:/-]{1,128}$/;

export function checkProfile(profile: string): void {
  if (PROFILE.test(profile)) return;
  throw new WorkloadFailure(
    'bad-input',
    `--profile "${profile.slice(0, 100).replace(/\p{C}/gu, '?')}" is not a profile name`,
    'Use up to 128 letters, digits and _ @ + . % : / -',
  );
}

/** AWS_SHARED_CREDENTIALS_FILE (a leading `~/` is the home directory, as in the AWS CLI), else ~/.aws/credentials. */
export function credentialsPath(env: Environment, homedir: string): string {
  const named = setting(env, 'AWS_SHARED_CREDENTIALS_FILE');
  if (named === undefined) return join(homedir, '.aws', 'credentials');
  return named.startsWith('~/') ? join(homedir, named.slice(2)) : named;
}

/**
 * Writes a session into a profile and returns the file's real path with the profile's keys as they were before.
 * The keys are the SDKs' three and `x_security_token_expires`, which saml2aws and its kin write and SDKs skip.
 */
export async function writeCredentials(
  path: string,
  profile: string,
  session: SessionCredentials,
): Promise<{ readonly path: string; readonly before: ReadonlyMap<string, string> }> {
  const entries = [
    ['aws_access_key_id', session.accessKeyId],
    ['aws_secret_access_key', session.secretAccessKey],
    ['aws_session_token', session.sessionToken],
    ['x_security_token_expires', session.expiration.toISOString()],
  ] as const;
  let before: ReadonlyMap<string, string> = new Map();
  const written = await replaceFile(path, (current) => {
    const edit = editProfile(decodeText(current, path), profile, entries);
    if (!edit.ok) throw unparsable(path, `line ${edit.line} ${edit.problem}`);
    before = edit.before;
    return edit.text;
  });
  return { path: written, before };
}

function decodeText(content: Buffer | undefined, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content ?? new Uint8Array());
  } catch {
    throw unparsable(path, 'it is not UTF-8 text');
  }
}

function unparsable(path: string, problem: string): WorkloadFailure {
  return new WorkloadFailure(
    'file-unparsable',
    `${path} was left as it is: ${problem}`,
    'Mend it by hand, or write to another file with AWS_SHARED_CREDENTIALS_FILE.',
  );
}
