/** What stops the issuer: faults, each with a stable code. Expected refusals are returned, not thrown. */

export type FaultCode =
  | 'bad-configuration'
  | 'file-unreadable'
  | 'listener-unavailable'
  | 'ring-contended'
  | 'store-newer'
  | 'store-unavailable'
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
