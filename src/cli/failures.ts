// How a command fails: text or JSON on stderr, and an exit status that scripts can branch on.
import { WorkloadFailure, type FailureCode } from '../workload/failure.ts';
import { quoteRemote } from '../workload/remote-text.ts';
import { tell, type CliIo } from './io.ts';

/** 0 done; 1 AWS, Vault or the issuer said no; 2 the input or setup is wrong; 3 unreachable or unforeseen. */
export type ExitStatus = 0 | 1 | 2 | 3;

const STATUS: Readonly<Record<FailureCode, ExitStatus>> = {
  'issuer-refused': 1,
  'aws-refused': 1,
  'vault-refused': 1,
  'code-host-refused': 2,
  'bad-input': 2,
  'no-token-source': 2,
  'token-source-misconfigured': 2,
  'malformed-token': 2,
  'audience-unavailable': 2,
  'file-unparsable': 2,
  'file-not-written': 3,
  unavailable: 3,
  unreachable: 3,
  'reply-invalid': 3,
};

export function statusOf({ code }: WorkloadFailure): ExitStatus {
  return STATUS[code];
}

/** Prints what was thrown and returns the exit status for it. */
export function reportFailure(io: CliIo, thrown: unknown, asJson: boolean): ExitStatus {
  if (thrown instanceof WorkloadFailure) {
    const { code, message, hint } = thrown;
    tell(io, asJson ? JSON.stringify({ error: { code, message, hint } }) : `idp: ${message}\n${hint}`);
    return statusOf(thrown);
  }
  // Unforeseen: the stack may help and a foreign message may quote a secret, so it is cut and only shown on demand.
  const message =
    thrown instanceof Error ? `${thrown.name}: ${quoteRemote(thrown.message)}` : 'something that is no error';
  const hint = 'This is a fault of idp. Set IDP_DEBUG=1 to see where, and report it.';
  tell(io, asJson ? JSON.stringify({ error: { code: 'unforeseen', message, hint } }) : `idp: ${message}\n${hint}`);
  if (io.env.IDP_DEBUG === '1' && thrown instanceof Error) tell(io, thrown.stack ?? '');
  return 3;
}

/** A usage error of the command line itself. */
export function reportUsage(io: CliIo, message: string, asJson: boolean): ExitStatus {
  const hint = 'idp --help and idp <command> --help show what there is.';
  tell(io, asJson ? JSON.stringify({ error: { code: 'bad-input', message, hint } }) : `idp: ${message}\n${hint}`);
  return 2;
}
