// The one error a workload sees: what is wrong and where (`message`), what to do about it (`hint`), never a secret in either.

export type FailureCode =
  | 'bad-input'
  | 'no-token-source'
  | 'token-source-misconfigured'
  | 'malformed-token'
  | 'audience-unavailable'
  | 'issuer-refused'
  | 'aws-refused'
  | 'vault-refused'
  | 'code-host-refused'
  | 'unavailable'
  | 'unreachable'
  | 'reply-invalid'
  | 'file-unparsable'
  | 'file-not-written';

/** A refusal or fault that a person can act on. `code` is stable; `message` and `hint` are for people and may change. */
export class WorkloadFailure extends Error {
  override readonly name = 'WorkloadFailure';
  readonly code: FailureCode;
  readonly hint: string;

  /** `cause` is for debuggers only: reports print `message` and `hint`, because a foreign error may quote what was sent. */
  constructor(code: FailureCode, message: string, hint: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}
