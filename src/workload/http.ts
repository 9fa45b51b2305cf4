// HTTP for the few small requests a login or a comment takes: proxies, own authorities, time-outs, one retry, bounded replies.
// It is undici's `request` and not its `fetch`, because fetch hands the body over as a stream that the retry
// interceptor cannot send twice (tried with undici 8.12: a retried POST ends in UND_ERR_REQ_CONTENT_LENGTH_MISMATCH).
import { getCACertificates } from 'node:tls';
import type { Dispatcher } from 'undici';
import { isLoopback, shownAddress } from './address.ts';
import { trustedCertificates, type TrustSetting } from './certificates.ts';
import { setting, type Environment } from './environment.ts';
import { networkFailure } from './network.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpReply {
  readonly status: number;
  /** Where a redirect points. Redirects are never followed: the request carries a secret. */
  readonly location: string | undefined;
  readonly cacheControl?: string | undefined;
  /** Where the next part of a list is (RFC 8288). */
  readonly link?: string | undefined;
  /** How long to wait (RFC 9110, section 10.2.3). */
  readonly retryAfter?: string | undefined;
  readonly body: string;
}

/** Sends one request; throws a `WorkloadFailure` with code `unreachable` when there is no reply. */
export type Http = (request: HttpRequest) => Promise<HttpReply>;

export interface HttpOptions {
  /** Variables that replace the machine's certificate authorities, first set wins. @default none */
  readonly trust?: readonly TrustSetting[];
  /** PEM of one more authority. @default none */
  readonly ca?: string | undefined;
  /** What may be sent twice where no reply comes. @default GET and POST: a second token or login is only one more */
  readonly repeated?: readonly HttpRequest['method'][];
  /** Bytes. @default 256 KiB: what answers is a token endpoint */
  readonly largestReply?: number;
}

const CONNECT_MS = 5_000;
const REPLY_MS = 15_000;
const LONGEST_RETRY_WAIT_MS = 5_000;
const LARGEST_REPLY_BYTES = 256 * 1024;

/** Makes the port. Nothing is loaded or read before the first request, so that commands without one start fast. */
export function createHttp(env: Environment, options: HttpOptions = {}): Http {
  let dispatchers: Promise<{ direct: Dispatcher; proxied: Dispatcher }> | undefined;
  return async (request) => {
    dispatchers ??= openDispatchers(env, options);
    const { direct, proxied } = await dispatchers;
    try {
      return await send(request, isLoopback(request.url) ? direct : proxied);
    } catch (thrown) {
      throw networkFailure(thrown, {
        address: shownAddress(request.url),
        trustVariable: options.trust?.[0]?.variable ?? 'IDP_CA_FILE',
        proxyVariable: proxyFor(env, request.url),
      });
    }
  };
}

/** The proxy variable that applies to an address, NO_PROXY aside. Loopback never goes through a proxy. */
function proxyFor(env: Environment, url: URL): string | undefined {
  if (isLoopback(url)) return undefined;
  return ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'].find((name) => setting(env, name) !== undefined);
}

async function openDispatchers(
  env: Environment,
  options: HttpOptions,
): Promise<{ direct: Dispatcher; proxied: Dispatcher }> {
  const trusted = await trustedCertificates(env, options.trust);
  const ca = options.ca === undefined ? trusted : [...(trusted ?? getCACertificates('default')), options.ca];
  const { Agent, EnvHttpProxyAgent, interceptors } = await import('undici');
  const tls = ca === undefined ? {} : { ca };
  const limits = {
    connect: { timeout: CONNECT_MS, ...tls },
    headersTimeout: REPLY_MS,
    bodyTimeout: REPLY_MS,
    maxResponseSize: options.largestReply ?? LARGEST_REPLY_BYTES,
  };
  // An empty string says "no proxy"; left out, undici would look into process.env behind the caller's back.
  const proxies = {
    httpProxy: setting(env, 'http_proxy') ?? setting(env, 'HTTP_PROXY') ?? '',
    httpsProxy: setting(env, 'https_proxy') ?? setting(env, 'HTTPS_PROXY') ?? '',
    noProxy: setting(env, 'no_proxy') ?? setting(env, 'NO_PROXY') ?? '',
  };
  const retry = interceptors.retry({
    maxRetries: 1,
    minTimeout: 250,
    maxTimeout: LONGEST_RETRY_WAIT_MS,
    methods: [...(options.repeated ?? ['GET', 'POST'])],
    statusCodes: [429, 502, 503],
    throwOnError: false,
  });
  return {
    direct: new Agent(limits).compose(retry),
    proxied: new EnvHttpProxyAgent({ ...limits, ...proxies, requestTls: tls, proxyTls: tls }).compose(retry),
  };
}

async function send(request: HttpRequest, dispatcher: Dispatcher): Promise<HttpReply> {
  const undici = await import('undici');
  const reply = await undici.request(request.url, {
    method: request.method,
    headers: { accept: 'application/json', 'user-agent': 'idp-kit', ...request.headers },
    ...(request.body === undefined ? {} : { body: request.body }),
    dispatcher,
    signal: AbortSignal.timeout(2 * (CONNECT_MS + REPLY_MS) + LONGEST_RETRY_WAIT_MS),
  });
  const header = (name: string) => {
    const value = reply.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  };
  const { location } = reply.headers;
  return {
    status: reply.statusCode,
    location: typeof location === 'string' ? location : undefined,
    cacheControl: header('cache-control'),
    link: header('link'),
    retryAfter: header('retry-after'),
    body: await reply.body.text(),
  };
}
