// Why a connection failed, in words: a table from the codes of Node, OpenSSL and undici.
import { WorkloadFailure } from './failure.ts';

interface NetworkCause {
  readonly what: string;
  readonly hint: (context: NetworkContext) => string;
}

/** What a hint may name: the address, the variable that adds an authority, the variable that names the proxy in use. */
export interface NetworkContext {
  readonly address: string;
  readonly trustVariable: string;
  readonly proxyVariable?: string | undefined;
}

const noRoute = (c: NetworkContext): string =>
  `Check that ${c.address} is right and up, and that this machine may reach it` +
  (c.proxyVariable === undefined ? '.' : `; ${c.proxyVariable} is set, so the proxy may be what refuses.`);
const distrusted = (c: NetworkContext): string =>
  `If the server's certificate comes from a private authority, put that authority's PEM file into ${c.trustVariable}.`;

const TIMED_OUT: NetworkCause = { what: 'it did not answer in time', hint: noRoute };
const DISTRUSTED: NetworkCause = {
  what: 'its certificate is signed by an authority that is not trusted here',
  hint: distrusted,
};
const TOO_LARGE: NetworkCause = { what: 'its reply is larger than expected', hint: noRoute };

const CAUSES: Readonly<Record<string, NetworkCause>> = {
  ECONNREFUSED: { what: 'the connection was refused', hint: noRoute },
  ECONNRESET: { what: 'the connection was cut', hint: noRoute },
  EPIPE: { what: 'the connection was cut', hint: noRoute },
  UND_ERR_SOCKET: { what: 'the connection was cut', hint: noRoute },
  ENOTFOUND: { what: 'the host name is not known', hint: noRoute },
  EAI_AGAIN: { what: 'the host name could not be looked up', hint: noRoute },
  ENETUNREACH: { what: 'the network is unreachable', hint: noRoute },
  EHOSTUNREACH: { what: 'the host is unreachable', hint: noRoute },
  ETIMEDOUT: TIMED_OUT,
  TimeoutError: TIMED_OUT,
  UND_ERR_CONNECT_TIMEOUT: TIMED_OUT,
  UND_ERR_HEADERS_TIMEOUT: TIMED_OUT,
  UND_ERR_BODY_TIMEOUT: TIMED_OUT,
  UND_ERR_RES_EXCEEDED_MAX_SIZE: TOO_LARGE,
  SELF_SIGNED_CERT_IN_CHAIN: DISTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: DISTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: DISTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: DISTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: DISTRUSTED,
  CERT_HAS_EXPIRED: {
    what: 'its certificate has expired',
    hint: () => 'Renew the certificate, or set this clock right.',
  },
  CERT_NOT_YET_VALID: { what: 'its certificate is not valid yet', hint: () => 'Set the clock of this machine right.' },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    what: 'its certificate is for another host name',
    hint: (c) => `Use the host name the certificate is issued for; ${c.address} is not it.`,
  },
  UND_ERR_ABORTED: { what: 'the proxy refused to open a tunnel', hint: noRoute },
};

/** Turns what a client threw into a failure that names the address and the cause. */
export function networkFailure(thrown: unknown, context: NetworkContext): WorkloadFailure {
  if (thrown instanceof WorkloadFailure) return thrown;
  const known = codesOf(thrown).find((code) => Object.hasOwn(CAUSES, code));
  const cause = known === undefined ? undefined : CAUSES[known];
  return new WorkloadFailure(
    'unreachable',
    `cannot reach ${context.address}: ${cause?.what ?? 'the connection failed'} (${known ?? codesOf(thrown)[0] ?? 'unknown'})`,
    cause?.hint(context) ?? noRoute(context),
    { cause: thrown },
  );
}

/** Codes and names along the chain of causes: fetch, undici and the AWS SDK each wrap the one that matters. */
function codesOf(thrown: unknown): string[] {
  const codes: string[] = [];
  let current = thrown;
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    if ('code' in current && typeof current.code === 'string') codes.push(current.code);
    codes.push(current.name);
    current = current instanceof AggregateError && current.cause === undefined ? current.errors[0] : current.cause;
  }
  return codes;
}
