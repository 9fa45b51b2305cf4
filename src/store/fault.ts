/** What stops the issuer: faults, each with a stable code. Expected refusals are returned, not thrown. */

export type FaultCode =
  | 'backup-refused'
  | 'bad-configuration'
  | 'file-unreadable'
  | 'kms-refused'
  | 'kms-unavailable'
  | 'listener-unavailable'
  | 'no-free-key'
  | 'publish-contended'
  | 'publish-refused'
  | 'ring-contended'
  | 'store-newer'
  | 'store-unavailable'
  | 'target-unavailable'
  | 'wrong-sealing-secret';

export class IssuerFault extends Error {
  override readonly name = 'IssuerFault';
  readonly code: FaultCode;
  /** What to do about it, as one sentence. */
  readonly hint: string;

  constructor(code: FaultCode, message: string, hint: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}

/** What the system says, in words. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  EADDRINUSE: 'the port is taken',
  EADDRNOTAVAIL: 'this machine has no such address',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection broke',
  EHOSTUNREACH: 'there is no way to the host',
  EISDIR: 'it is a directory',
  ENETUNREACH: 'there is no way to the host',
  ENOENT: 'there is no such file or directory',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is no directory',
  ENOTFOUND: 'there is no such host',
  EPERM: 'permission is denied',
  EPIPE: 'the connection broke',
  EROFS: 'it is on a file system that cannot be written',
  ETIMEDOUT: 'it does not answer',
};

/** Why a file or an address cannot be used, from the error of the system. */
export function reasonOf(cause: unknown): string {
  return REASONS[systemCode(cause) ?? ''] ?? (cause instanceof Error ? cause.message : String(cause));
}

/** The code of an error of the system or of Node, such as `ENOENT`. */
export function systemCode(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
}
