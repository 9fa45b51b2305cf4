/** From what goes wrong at AWS KMS to faults that say what to do. Nothing of the request gets into them. */

import { type FaultCode, IssuerFault, systemCode } from '../../store/fault.ts';

interface Row {
  readonly code: FaultCode;
  readonly why: string;
  readonly hint: string;
}

const WAIT = 'It is tried again with the next token; see the health of AWS KMS and the way to it.';

const away = (why: string, hint = WAIT): Row => ({ code: 'kms-unavailable', why, hint });
const refused = (why: string, hint: string): Row => ({ code: 'kms-refused', why, hint });

const CREDENTIALS = 'Give the process the credentials of a role that may use the key.';

/** By the names of the errors (AWS KMS API reference, "Errors" of each action and "Common Errors"). */
const ROWS: Readonly<Record<string, Row>> = {
  AccessDeniedException: refused(
    'the permission is missing',
    'Allow it in the policy of the role and of the key: docs/issuer.md has the policy.',
  ),
  DisabledException: refused('the key is disabled', 'Enable it.'),
  ExpiredTokenException: refused('the AWS credentials have expired', CREDENTIALS),
  IncorrectKeyException: refused('the data key is of another key', 'Put back the record of the key as it was.'),
  InvalidArnException: refused('this is no ARN of a key', 'Correct it in the configuration.'),
  InvalidCiphertextException: {
    code: 'wrong-sealing-secret',
    why: 'what is sealed was changed, or belongs to another key or issuer',
    hint: 'Put back the record of the key as it was; without it the key is lost.',
  },
  InvalidKeyUsageException: refused('the key is made for something else', 'Name a key with the right spec and usage.'),
  InvalidSignatureException: refused('the AWS credentials are wrong', CREDENTIALS),
  KMSInvalidStateException: refused(
    'the key is in a state in which it cannot be used',
    'Cancel its deletion, or wait until it is made.',
  ),
  NotFoundException: refused('there is no such key', 'Check the name, the account and the region (AWS_REGION).'),
  UnrecognizedClientException: refused('the AWS credentials are unknown', CREDENTIALS),
  CredentialsProviderError: refused('there are no AWS credentials', CREDENTIALS),
  KMSInternalException: away('it failed'),
  DependencyTimeoutException: away('it failed'),
  KeyUnavailableException: away('the key is not at hand'),
  LimitExceededException: refused('a quota is used up', 'Raise the quota of AWS KMS.'),
  ThrottlingException: away('there are more requests than the quota allows', 'Raise the request quota of AWS KMS.'),
  RequestLimitExceeded: away('there are more requests than the quota allows', 'Raise the request quota of AWS KMS.'),
  TimeoutError: away('it does not answer'),
};

/** Errors of AWS say what may not be done by whom, and that is no secret; those of other kinds can quote the request. */
const QUOTED = new Set(['AccessDeniedException']);
const QUOTED_CHARACTERS = 300;

/** @param what what was asked for, e.g. `sign with arn:aws:kms:…` */
export function kmsFault(what: string, error: unknown): IssuerFault {
  const name = error instanceof Error ? error.name : '';
  const { code, why, hint } = ROWS[name] ?? unforeseen(error);
  return new IssuerFault(code, `AWS KMS cannot ${what}: ${why}${detailOf(name, error)}`, hint);
}

/** Neither an answer nor a known name: then nobody is there, and that passes. */
function unforeseen(error: unknown): Row {
  const status = statusOf(error);
  if (status !== undefined && status >= 400 && status < 500) {
    return refused(`it refuses (${(error as Error).name})`, 'See the API reference of AWS KMS for this error.');
  }
  if (error instanceof Error && /region is missing/i.test(error.message)) {
    return {
      code: 'bad-configuration',
      why: 'no region is known',
      hint: 'Set AWS_REGION, or name keys by their ARNs.',
    };
  }
  if (status !== undefined) return away('it failed');
  const reason = systemCode(error);
  return away(reason === undefined ? 'it gives no answer that can be read' : `it cannot be reached (${reason})`);
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  const metadata = error.$metadata as { readonly httpStatusCode?: number } | undefined;
  return metadata?.httpStatusCode;
}

function detailOf(name: string, error: unknown): string {
  if (!QUOTED.has(name) || !(error instanceof Error)) return '';
  const text = error.message.replace(/[^\x20-\x7e]/g, '?').slice(0, QUOTED_CHARACTERS);
  return text === '' ? '' : ` (${text})`;
}
