/** What STS answers when it refuses: a code, a status and a message, in the query protocol's XML. */

export type StsErrorCode =
  | 'AccessDenied'
  | 'ExpiredTokenException'
  | 'IDPCommunicationError'
  | 'IDPRejectedClaim'
  | 'InternalFailure'
  | 'InvalidAction'
  | 'InvalidIdentityToken'
  | 'LimitExceeded'
  | 'MalformedPolicyDocument'
  | 'NoSuchEntity'
  | 'PackedPolicyTooLarge'
  | 'ValidationError';

/** The HTTP status of each code (STS and IAM service models; `AccessDenied` and `ValidationError` are "common errors"). */
const STATUS: Readonly<Record<StsErrorCode, number>> = {
  AccessDenied: 403,
  ExpiredTokenException: 400,
  IDPCommunicationError: 400,
  IDPRejectedClaim: 403,
  InternalFailure: 500,
  InvalidAction: 400,
  InvalidIdentityToken: 400,
  LimitExceeded: 409,
  MalformedPolicyDocument: 400,
  NoSuchEntity: 404,
  PackedPolicyTooLarge: 400,
  ValidationError: 400,
};

/** A refusal on its way to the client. `detail` is for the log of the sandbox: AWS does not say it. */
export class StsError extends Error {
  readonly code: StsErrorCode;
  readonly detail: string;

  constructor(code: StsErrorCode, message: string, detail = message) {
    super(message);
    this.name = 'StsError';
    this.code = code;
    this.detail = detail;
  }

  get status(): number {
    return STATUS[this.code];
  }
}

export const STS_NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

export function errorXml(error: StsError, requestId: string, namespace = STS_NAMESPACE): string {
  const type = error.status < 500 ? 'Sender' : 'Receiver';
  const children = [
    element('Error', [element('Type', type), element('Code', error.code), element('Message', error.message)]),
    element('RequestId', requestId),
  ];
  return element('ErrorResponse', children, namespace);
}

/** One XML element of text, or of elements already written; the outermost one names the namespace. */
export function element(name: string, content: string | readonly string[], namespace?: string): string {
  const inner = typeof content === 'string' ? escape(content) : `\n${content.join('\n')}\n`;
  return `<${name}${namespace === undefined ? '' : ` xmlns="${namespace}"`}>${inner}</${name}>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};
const escape = (value: string): string => value.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
